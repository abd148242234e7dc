from __future__ import annotations

from pathlib import Path

import pytest

from livedepth.config import load_settings, preset_summary, presets, user_config_file
from livedepth.distance import Distance
from livedepth.errors import SettingsError, UsageError
from livedepth.settings import Settings


@pytest.fixture(autouse=True)
def own_settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "livedepth.config.user_config_file", lambda: tmp_path / "user" / "config.toml"
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_hold() -> None:
    assert load_settings(environment={}) == Settings()


def test_later_places_override_earlier_ones(tmp_path: Path) -> None:
    write(tmp_path / "user" / "config.toml", 'effect = "depth"\nstrength = 0.1\nopacity = 0.2\n')
    environment = {"LIVEDEPTH_STRENGTH": "0.9", "PATH": "/bin"}
    settings = load_settings(
        preset="preview", environment=environment, overrides={"opacity": "0.3"}
    )
    assert settings.effect == "overlay"
    assert settings.strength == 0.9
    assert settings.opacity == 0.3
    assert settings.output == ("preview",)


def test_distances_are_read_from_everywhere(tmp_path: Path) -> None:
    write(tmp_path / "user" / "config.toml", 'focus = "1.2 m"\nvisibility = 4\n')
    environment = {"LIVEDEPTH_KEEP_WITHIN": "80 cm"}
    settings = load_settings(environment=environment, overrides={"visibility": "3m"})
    assert (settings.focus, settings.keep_within, settings.visibility) == (
        Distance(1.2), Distance(0.8), Distance(3.0),
    )  # fmt: skip


def test_a_named_file_stands_in_for_the_users_own(tmp_path: Path) -> None:
    write(tmp_path / "user" / "config.toml", 'effect = "depth"\n')
    file = write(tmp_path / "other.toml", "strength = 0.2\n")
    settings = load_settings(config=file, environment={})
    assert (settings.effect, settings.strength) == ("blur", 0.2)


@pytest.mark.parametrize("name", sorted(presets()))
def test_each_preset_loads_and_says_what_it_is_for(name: str) -> None:
    settings = load_settings(preset=name, environment={})
    assert settings != Settings() or name == "call"
    assert len(preset_summary(presets()[name])) > 20


def test_the_documented_presets_are_there() -> None:
    everyday = {"call", "stream", "preview", "low-power"}
    looks = {"portrait", "cinema", "office", "spotlight", "mist", "cutout", "night"}
    assert set(presets()) == everyday | looks


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("strength = 7\n", r"strength = 7 is not allowed; it takes a number from 0 to 1"),
        ("speed = 7\n", r"there is no setting 'speed'"),
        ("strength = \n", "is not valid TOML"),
        ("\udcff", "is not valid TOML"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=complaint) as caught:
        load_settings(config=file, environment={})
    assert str(file) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml cannot be read: No such file"):
        load_settings(config=tmp_path / "gone.toml", environment={})


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no preset 'cal'; known: call, cinema, cutout"):
        load_settings(preset="cal", environment={})


def test_the_environment_is_checked_and_named() -> None:
    with pytest.raises(SettingsError, match="the environment: setting strength = 'x'"):
        load_settings(environment={"LIVEDEPTH_STRENGTH": "x"})


def test_the_users_file_has_a_place() -> None:
    assert user_config_file().name == "config.toml"
