"""What the verbs that only tell something print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livedepth.cli.main import main
from livedepth.settings import KNOBS


def printed_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> object:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_settings_lists_every_knob(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    text = capsys.readouterr().out
    assert all(key in text for key in KNOBS)
    assert "low-power" in text


def test_settings_as_json_carry_their_limits(capsys: pytest.CaptureFixture[str]) -> None:
    listed = printed_json(["settings", "list"], capsys)
    assert isinstance(listed, dict)
    assert listed["settings"]["strength"]["allowed"] == "a number from 0 to 1"
    assert listed["settings"]["width"]["live"] is False


def test_settings_show_distances_as_one_would_type_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = ["--focus", "80cm", "--set", "keep_within=1.5"]
    shown = printed_json(["settings", "show", *flags], capsys)
    assert (shown["focus"], shown["keep_within"], shown["visibility"]) == ("0.8 m", "1.5 m", None)
    assert main(["settings", "show", *flags]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[1:])
    assert (rows["focus"], rows["visibility"]) == ("0.8 m", "auto")


def test_settings_show_what_a_preset_amounts_to(capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed_json(["settings", "show", "--preset", "low-power"], capsys)
    assert isinstance(shown, dict)
    assert (shown["width"], shown["rate"]) == (640, 15)


def test_models_tell_what_runs_them(capsys: pytest.CaptureFixture[str]) -> None:
    listed = printed_json(["models"], capsys)
    assert isinstance(listed, list)
    assert listed[0]["name"] == "embedded"
    assert listed[0]["engines"]["opencv"]["works"] is True
    assert listed[0]["engines"]["opencv"]["device"] == "CPU"
    assert [row["name"] for row in listed[:3]] == ["embedded", "embedded-small", "embedded-large"]
    for row in listed:
        for verdict in row["engines"].values():
            assert bool(verdict["reason"]) != verdict["works"]
    assert listed[0]["matte"] is True
    assert main(["models", "list"]) == 0
    assert "embedded" in capsys.readouterr().out


def test_an_action_of_models_has_its_own_help_and_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from livedepth.cli.models import ACTIONS

    for action in ACTIONS:
        with pytest.raises(SystemExit) as ended:
            main(["models", action, "--help"])
        assert ended.value.code == 0
        assert f"livedepth models {action}" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["models", "push"])
    assert ended.value.code == 2
    assert "invalid choice: 'push'" in capsys.readouterr().err


def test_what_is_given_before_the_action_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json", "--model", "embedded-small", "list"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["input"] == [224, 128]


def test_models_print_an_example_sidecar(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from livedepth.depth.description import read_description

    assert main(["models", "example"]) == 0
    path = tmp_path / "mine.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_description(path).width == 320


def test_devices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = printed_json(["devices"], capsys)
    assert isinstance(listed, list)
    assert main(["devices"]) == 0
    assert capsys.readouterr().out.strip()


def test_doctor_has_a_remedy_for_all_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) in (0, 1)
    checks = json.loads(capsys.readouterr().out)
    names = {check["name"] for check in checks}
    assert names >= {"livedepth", "settings", "camera", "virtual camera", "display", "engine",
                     "kernel cache"}  # fmt: skip
    for check in checks:
        assert check["state"] in ("ok", "missing", "wrong")
        if check["name"] in ("camera", "virtual camera", "display") and check["state"] != "ok":
            assert check["remedy"]
    assert main(["doctor"]) in (0, 1)
    assert "engine" in capsys.readouterr().out


def test_doctor_prints_the_modprobe_line_where_there_is_no_virtual_camera(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["doctor", "--json"])
    cameras = [c for c in json.loads(capsys.readouterr().out) if c["name"] == "virtual camera"]
    if cameras[0]["state"] == "ok":
        pytest.skip("this machine has a virtual camera")
    assert "exclusive_caps=1" in cameras[0]["remedy"]


def test_a_bad_settings_file_is_what_doctor_finds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("strength = 9\n", encoding="utf-8")
    monkeypatch.setattr("livedepth.config.user_config_file", lambda: file)
    assert main(["doctor", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)
    wrong = [check for check in checks if check["name"] == "settings"]
    assert wrong[0]["state"] == "wrong"
    assert "strength = 9" in wrong[0]["finding"]


def test_warmup_ends_with_everything_ready(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path))
    assert main(["warmup", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["seconds"] > 0
    assert "compositor: blur" in captured.err
