"""What disqualifies an engine, and how references are made, kept and read."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine_doubles import Double, Wrong, table_of
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth import reference
from livedepth.depth.agreement import EXACT, ROUNDED, agreement, defect, objection
from livedepth.depth.digest import digest
from livedepth.depth.engines import open_engine
from livedepth.depth.preprocessing import network_size
from livedepth.depth.reference import (
    make_reference,
    reference_of,
    self_test,
    shipped_file,
    write_shipped,
)
from livedepth.depth.reference_file import packed, read, rounded
from livedepth.depth.reference_picture import PICTURE_SIZE, picture, picture_size
from livedepth.depth.registry import BUILT_IN, find_model
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Prediction

FILES = find_model("embedded")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(folder))
    return folder


def maps(seed: int = 0) -> Prediction:
    generator = np.random.default_rng(seed)
    depth = generator.random((48, 80), np.float32)
    return Prediction(depth, (depth > 0.5).astype(np.float32))


@given(
    scale=st.floats(0.01, 100), shift=st.floats(-50, 50), noise=st.sampled_from([0.0, 0.001, 0.5])
)
@settings(max_examples=30, deadline=None)
def test_depth_is_compared_up_to_scale_and_shift(scale: float, shift: float, noise: float) -> None:
    true = maps()
    ours = true.depth + noise * np.random.default_rng(1).standard_normal(true.depth.shape)
    found = agreement(Prediction((ours * scale + shift).astype(np.float32), true.matte), true)
    naive = np.corrcoef(ours.ravel(), true.depth.ravel())[0, 1]
    assert found.correlation == pytest.approx(naive, abs=2e-3)
    assert found.matte == 0.0


def test_what_disqualifies_is_said() -> None:
    true = maps()
    assert objection("abc", true, true) == ""
    depth, matte = true.depth, true.matte
    assert matte is not None
    flipped = Prediction(1 - depth, matte)
    assert objection("abc", flipped, true) == (
        "engine abc disagrees with the reference: -1, needs 0.999"
    )
    broken = depth.copy()
    broken[3, 4] = np.nan
    assert "not finite" in objection("abc", Prediction(broken, matte), true)
    assert "flat map" in objection("abc", Prediction(np.ones_like(depth), matte), true)
    assert "map of 79x48" in objection("abc", Prediction(depth[:, 1:], matte[:, 1:]), true)
    assert "differ in shape" in objection("abc", Prediction(depth, matte[1:]), true)
    assert "its matte is off by 0.050" in objection("abc", Prediction(depth, matte + 0.05), true)
    assert "its matte is off by inf" in objection("abc", Prediction(depth), true)
    assert "not finite" in objection("abc", Prediction(depth, matte * np.nan), true)


def test_metres_are_compared_as_they_are() -> None:
    metres = maps().depth + 1
    true = Prediction(1 / metres, None, metres)
    assert objection("abc", Prediction(1 / metres, None, metres * 1.005), true) == ""
    assert "metres are off by 10.0%" in objection(
        "abc", Prediction(1 / metres, None, metres * 1.1), true
    )


def test_half_precision_is_allowed_a_little_more() -> None:
    true = maps()
    noise = 0.015 * np.random.default_rng(1).standard_normal(true.depth.shape).astype(np.float32)
    ours = Prediction(true.depth + noise, true.matte)
    assert "needs 0.999" in objection("abc", ours, true, EXACT)
    assert objection("abc", ours, true, ROUNDED) == ""


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (720, 1280), (683, 384), (101, 37)])
def test_the_picture_has_the_shape_of_the_frames(size: tuple[int, int]) -> None:
    width, height = picture_size(*size)
    image = picture(width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert width * size[1] == height * size[0]
    assert network_size(FILES.description, width, height) == network_size(FILES.description, *size)
    assert len(np.unique(image)) > 50
    np.testing.assert_array_equal(image, picture(width, height))


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_reference_ships_and_holds(name: str, cache: Path) -> None:
    files = find_model(name)
    stored = reference_of(files)
    assert not (cache / "references").exists()
    with table_of():
        found = agreement(open_engine(files, "opencv").infer(picture(*PICTURE_SIZE)), stored)
    assert found.correlation > 0.9999
    assert found.matte < 0.003
    assert stored.matte is not None
    assert 0.05 < stored.matte.mean() < 0.5


def test_the_self_test_tells_right_from_wrong() -> None:
    with table_of(Double, Wrong):
        self_test(open_engine(FILES, "double"), FILES)
        with pytest.raises(
            EngineError, match=r"wrong disagrees with the reference: 0\.9\d+, needs"
        ):
            self_test(open_engine(FILES, "wrong"), FILES)


def test_a_reference_for_another_shape_is_made_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with table_of():
        made = reference_of(FILES, (640, 480))
        assert made.depth.shape == (112, 144)
        monkeypatch.setattr(reference, "make_reference", None)
        again = reference_of(FILES, (640, 480))
        assert agreement(again, made).correlation > 0.9999
        (file,) = (cache / "references").iterdir()
        for damage in (b"", b"no archive", file.read_bytes()[:300]):
            file.write_bytes(damage)
            monkeypatch.undo()
            monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(cache))
            assert agreement(reference_of(FILES, (640, 480)), made).correlation > 0.9999
            assert file.stat().st_size > 1000


@given(seed=st.integers(0, 2**32 - 1), flips=st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_is_none_or_a_sound_reference(seed: int, flips: int) -> None:
    metres = maps().depth + 1
    contents = bytearray(packed({"x": Prediction(1 / metres, maps().matte, metres)}))
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        # Most flips lie in the headers, where each means something else.
        headers = [*range(160), *range(len(contents) - 300, len(contents))]
        for place in generator.choice(headers, flips):
            contents[place] ^= 1 << int(generator.integers(8))
        file = Path(folder) / "damaged.npz"
        file.write_bytes(contents)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read(file, "x")
    assert found is None or defect(found) == ""


DEPTH = np.arange(48, dtype=np.uint8).reshape(6, 8)


@pytest.mark.parametrize(
    "arrays",
    [
        {"depth": np.array([["near", "far"]])},
        {"depth": DEPTH.astype(np.float64)},
        {"depth": DEPTH[0]},
        {"depth": DEPTH[:0]},
        {"depth": DEPTH * 0},
        {"matte": DEPTH},
        {"depth": DEPTH, "matte": DEPTH[1:]},
        {"depth": DEPTH, "matte": DEPTH.astype("U4")},
        {"depth": DEPTH, "metres": DEPTH},
        {"depth": DEPTH, "metres": DEPTH[1:].astype(np.float32)},
        {"depth": DEPTH, "metres": np.full(DEPTH.shape, np.nan, np.float32)},
    ],
)
def test_maps_that_are_none_are_not_read(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    file = tmp_path / "wrong.npz"
    sound = {"depth": DEPTH, "matte": DEPTH, "metres": DEPTH.astype(np.float32)}
    np.savez(file, **{f"x/{name}": array for name, array in sound.items()})
    assert read(file, "x") is not None
    np.savez(file, **{f"x/{name}": array for name, array in arrays.items()})
    assert read(file, "x") is None


def test_a_stored_reference_of_another_shape_is_made_anew(cache: Path) -> None:
    size = 640, 480
    with table_of(Double):
        reference_of(FILES, size)
        (file,) = (cache / "references").iterdir()
        with np.load(file) as arrays:
            (entry,) = {name.rpartition("/")[0] for name in arrays}
        file.write_bytes(packed({entry: maps()}))
        assert reference_of(FILES, size).depth.shape == (48, 80)
        self_test(open_engine(FILES, "double"), FILES, size)
        assert reference_of(FILES, size).depth.shape == (112, 144)


def test_the_way_out_of_a_reference_that_is_wrong_is_named(cache: Path) -> None:
    size = 640, 480
    with table_of(Double, Wrong):
        reference_of(FILES, size)
        (file,) = (cache / "references").iterdir()
        with pytest.raises(EngineError, match=r"disagrees .* the reference be made anew") as caught:
            self_test(open_engine(FILES, "wrong"), FILES, size)
        assert str(file) in str(caught.value)
        with pytest.raises(EngineError) as caught:
            self_test(open_engine(FILES, "wrong"), FILES)
    assert "anew" not in str(caught.value)


@pytest.mark.parametrize("base", [1.0, -300.0])
def test_a_nearly_flat_map_is_flat(base: float) -> None:
    ramp = maps().depth
    flat = (base + abs(base) * 5e-5 * ramp).astype(np.float32)
    uneven = (base + abs(base) * 1e-3 * ramp).astype(np.float32)
    assert defect(Prediction(flat)) == "returns a flat map"
    assert defect(Prediction(ramp, None, flat)) == "returns a flat map"
    assert defect(Prediction(uneven, None, uneven)) == ""
    assert objection("abc", Prediction(uneven), rounded(Prediction(uneven))) == ""


@given(power=st.floats(0, 40), spread=st.floats(-6, 0), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_first_start_and_later_ones_agree(power: float, spread: float, seed: int) -> None:
    # High powers leave few levels to most of the map, as one bright spot does.
    depth = maps(seed).depth.astype(np.float64) ** power * 10**spread + 1
    made = Prediction(depth.astype(np.float32))
    if defect(made):
        return
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("LIVEDEPTH_CACHE_DIR", folder)
        patch.setattr(reference, "make_reference", lambda *job: made)
        first = reference_of(FILES, (640, 480))
        patch.setattr(reference, "make_reference", None)
        later = reference_of(FILES, (640, 480))
    np.testing.assert_array_equal(first.depth, later.depth)
    assert objection("abc", made, first) == objection("abc", made, later)


def test_a_reference_of_another_version_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with table_of():
        reference_of(FILES, (640, 480))
        made: list[object] = []
        monkeypatch.setattr(reference, "make_reference", lambda *job: made.append(job) or maps())
        reference_of(FILES, (640, 480))
        assert not made
        monkeypatch.setattr(reference, "VERSION", "0.0.0")
        reference_of(FILES, (640, 480))
        assert made == [(FILES, (640, 480))]


def test_what_the_processor_makes_is_trusted_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rounding(Double):
        engine = "rounding"

        def changed(self, prediction: Prediction) -> Prediction:
            return replace(prediction, depth=prediction.depth.round(1))

    files = replace(FILES, description=replace(FILES.description, scale=0.9))
    monkeypatch.setattr("engine_doubles.Rounding", Rounding, raising=False)
    monkeypatch.setattr(reference, "MAKERS", ("rounding", "opencv"))
    with table_of(Rounding):
        exact = open_engine(files, "opencv").infer(picture(*PICTURE_SIZE))
        np.testing.assert_array_equal(make_reference(files).depth, exact.depth)
    with table_of(Rounding, real=()):
        np.testing.assert_array_equal(make_reference(files).depth, exact.depth.round(1))


def test_who_disagrees_with_the_shipped_reference_makes_none() -> None:
    with table_of(Wrong, real=()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "MAKERS", ("wrong",))
        with pytest.raises(EngineError, match="wrong disagrees"):
            make_reference(FILES, (640, 480))


def test_without_an_engine_to_make_it_there_is_no_reference() -> None:
    with table_of(real=()), pytest.raises(ModelError, match="embedded cannot be checked"):
        make_reference(FILES)


def test_other_weights_have_another_reference(tmp_path: Path) -> None:
    assert FILES.onnx is not None
    contents = bytearray(FILES.onnx.read_bytes())
    path = tmp_path / "other.onnx"
    path.write_bytes(contents)
    path.with_suffix(".toml").write_bytes(FILES.onnx.with_suffix(".toml").read_bytes())
    shipped = shipped_file(FILES)
    assert shipped is not None
    path.with_suffix(".reference.npz").write_bytes(shipped.read_bytes())
    files = find_model(str(path))
    before = digest(files)
    contents[-200] ^= 1
    path.write_bytes(contents)
    assert digest(files) != before != digest(FILES)
    with table_of():
        reference_of(files)
        assert (tmp_path / "cache" / "references").is_dir()


def test_one_command_renews_what_ships(tmp_path: Path) -> None:
    assert FILES.onnx is not None
    copy = tmp_path / "net.onnx"
    copy.write_bytes(FILES.onnx.read_bytes())
    for name in ("net", "net-small"):
        source = "embedded" + name.removeprefix("net")
        text = FILES.onnx.with_name(f"{source}.toml").read_text(encoding="utf-8")
        text = text.replace("embedded", "net")
        copy.with_name(f"{name}.toml").write_text(text, encoding="utf-8")
    models = [find_model(str(copy)), find_model(str(tmp_path / "net-small.toml"))]
    with table_of():
        file = write_shipped(models)
        assert file == tmp_path / "net.reference.npz"
        assert reference_of(models[0]).depth.shape == (96, 160)
        assert reference_of(models[1]).depth.shape == (64, 112)
    assert not (tmp_path / "cache" / "references").exists()


def test_a_digest_knows_the_size_only_where_it_is_asked_to() -> None:
    wide = replace(FILES, description=replace(FILES.description, width=448, height=256))
    assert digest(wide) != digest(FILES)
    assert digest(wide, sizes=False) == digest(FILES, sizes=False)
