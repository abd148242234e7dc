from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedepth.distance import Distance
from livedepth.errors import SettingsError
from livedepth.settings import EFFECTS, KNOBS, Settings, SettingsHolder

NUMERIC = [key for key, knob in KNOBS.items() if knob.kind in ("integer", "number")]


def test_every_default_is_allowed_by_its_own_knob() -> None:
    defaults = Settings()
    for key, knob in KNOBS.items():
        assert knob.parse(key, getattr(defaults, key)) == getattr(defaults, key)


def test_every_knob_is_explained() -> None:
    for knob in KNOBS.values():
        assert len(knob.help) > 10
        assert knob.allowed()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("strength", "0.25", 0.25),
        ("width", "640", 640),
        ("loop", "yes", True),
        ("loop", "off", False),
        ("focus", "auto", None),
        ("focus", "0.5", 0.5),
        ("output", "preview, out.mp4", ("preview", "out.mp4")),
        ("effect", "replace", "replace"),
        ("focus", "1.2 m", Distance(1.2)),
        ("focus", "80cm", Distance(0.8)),
        ("focus", Distance(0.5), Distance(0.5)),
        ("keep_within", "1.5 m", Distance(1.5)),
        ("keep_within", 2, Distance(2.0)),
        ("visibility", "auto", None),
        ("visibility", "3", Distance(3.0)),
    ],
)
def test_texts_are_parsed_to_the_type_of_the_setting(key: str, text: str, value: object) -> None:
    assert getattr(Settings().updated({key: text}), key) == value


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("strength", 1.5, "a number from 0 to 1"),
        ("strength", "much", "a number from 0 to 1"),
        ("strength", float("nan"), "a number from 0 to 1"),
        ("strength", True, "a number from 0 to 1"),
        ("width", 640.5, "an integer from 16 to 7680"),
        ("effect", "sepia", "one of blur"),
        ("loop", "perhaps", "true or false"),
        ("focus", "near", "or auto"),
        ("focus", "1.2", "a number from 0 to 1, or a distance from 0.05 m to 1000 m"),
        ("focus", "0 m", "such as 1.2 m or 80 cm, or auto"),
        ("focus", Distance(float("nan")), "a distance from 0.05 m"),
        ("keep_within", "2 km", "a distance from 0.05 m"),
        ("visibility", 0, "a bare number is metres"),
        ("visibility", True, "a bare number is metres"),
        ("output", 3, "a list of texts"),
        ("source", 3, "a text"),
    ],
)
def test_a_refusal_names_key_value_and_what_is_allowed(
    key: str, value: object, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings().updated({key: value})
    assert key in str(caught.value)
    assert repr(value) in str(caught.value)
    assert allowed in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="did you mean strength"):
        Settings().updated({"strenght": 0.5})


def test_the_constructor_checks_as_well() -> None:
    with pytest.raises(SettingsError):
        Settings(effect="sepia")


@given(st.sampled_from(NUMERIC), st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_taken_in_range_or_refused(key: str, value: float) -> None:
    knob = KNOBS[key]
    try:
        settings = Settings().updated({key: value})
    except SettingsError:
        assert not (knob.minimum <= value <= knob.maximum) or value != int(value)
    else:
        assert knob.minimum <= getattr(settings, key) <= knob.maximum


@given(st.sampled_from(sorted(KNOBS)), st.text(max_size=12))
def test_any_text_is_a_value_or_an_error_of_ours(key: str, text: str) -> None:
    complaint = key
    try:
        Settings().updated({key: text})
    except SettingsError as error:
        complaint = str(error)
    assert key in complaint


def test_plain_values_are_read_back_as_the_same_settings() -> None:
    settings = Settings().updated({"focus": "75 cm", "visibility": "4 m", "output": "null"})
    plain = json.loads(json.dumps(settings.plain()))
    assert plain["focus"] == "0.75 m"
    assert plain["keep_within"] is None
    assert Settings().updated(plain) == settings


def test_a_running_stream_changes_live_settings_only() -> None:
    holder = SettingsHolder(Settings())
    before = holder.current
    assert holder.change(effect="depth").effect == "depth"
    assert before.effect == "blur"
    with pytest.raises(SettingsError, match="cannot change while a stream runs"):
        holder.change(width=640)
    with pytest.raises(SettingsError):
        holder.change(effect="depth", strength=3)
    assert holder.current.effect == "depth"


def test_changes_from_many_threads_are_all_kept() -> None:
    holder = SettingsHolder(Settings(strength=0.0))
    barrier = threading.Barrier(4)

    def toggle(key: str, values: tuple[object, ...]) -> None:
        barrier.wait()
        for value in values * 50:
            holder.change(**{key: value})

    jobs: list[tuple[str, tuple[object, ...]]] = [
        ("effect", EFFECTS),
        ("strength", (0.1, 0.9)),
        ("opacity", (0.2, 0.8)),
        ("smoothing", (0.0, 2.0)),
    ]
    threads = [threading.Thread(target=toggle, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    final = holder.current
    assert (final.effect, final.strength, final.opacity, final.smoothing) == ("none", 0.9, 0.8, 2.0)
