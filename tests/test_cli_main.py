"""The command line as a whole: verbs, exit statuses, one line for every error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import Cli

from livedepth.cli.main import VERBS, main


@pytest.fixture(autouse=True)
def quiet_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the tests, and a folder of its own to write to."""
    for name in list(os.environ):
        if name.startswith("LIVEDEPTH_") and name != "LIVEDEPTH_CACHE_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setattr("livedepth.config.user_config_file", lambda: tmp_path / "none.toml")
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> str:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(3):
        cv2.imwrite(str(folder / f"{index}.png"), np.roll(picture, 5 * index, axis=1))
    return str(folder)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The last line on standard error, which is where an error is told."""
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text.splitlines()[-1]


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_run_sends_a_source_to_outputs_and_writes_statistics(
    pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "--source",
        pictures,
        "--output",
        "null",
        "--output",
        "out/",
        "--set",
        "effect=depth",
    ]
    assert main([*arguments, "--stats-json", "stats.json"]) == 0
    stats = json.loads(Path("stats.json").read_text(encoding="utf-8"))
    assert (stats["frames_in"], stats["frames_out"], stats["dropped"]) == (3, 3, 0)
    assert stats["size"] == [320, 180]
    assert len(list(Path("out").glob("*.png"))) == 3
    captured = capsys.readouterr()
    assert "stabilise" in captured.out
    assert "3 frames sent of 3" in captured.out
    assert "model embedded on engine" in captured.err


def test_statistics_of_an_earlier_run_are_replaced_and_nothing_else(pictures: str) -> None:
    arguments = ["--source", pictures, "--output", "null", "--stats-json", "stats.json"]
    assert main(arguments) == 0
    assert main([*arguments, "--frames", "2"]) == 0
    assert json.loads(Path("stats.json").read_text(encoding="utf-8"))["frames_out"] == 2


def test_the_number_of_frames_can_be_limited(pictures: str) -> None:
    arguments = ["run", "--source", pictures, "--loop", "--output", "null", "--frames", "7"]
    assert main([*arguments, "--stats-json", "stats.json"]) == 0
    assert json.loads(Path("stats.json").read_text(encoding="utf-8"))["frames_out"] == 7


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dance"], "invalid choice: 'dance'"),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
        (["--effect", "sepia"], "effect = 'sepia' is not allowed; it takes one of blur"),
        (["--strength", "3"], "strength = '3' is not allowed; it takes a number from 0 to 1"),
        (["--set", "strenght=1"], "did you mean strength?"),
        (["--set", "strength"], "--set takes key=value"),
        (["--preset", "party"], "there is no preset 'party'"),
        (["--config", "none.toml"], "none.toml cannot be read"),
        (["--output", "picture.gif"], "picture.gif"),
        (["--frames", "0"], "--frames takes a number above 0"),
        (["--seconds", "-1"], "--seconds takes a number above 0"),
        (["--frames", "many"], "argument --frames"),
        (["--stats-json", "gone/stats.json"], "there is no folder gone"),
        (["--stats-json", "pictures"], "pictures is there and holds no statistics"),
        (["--stats-json", "pictures/0.png"], "holds no statistics; it is left alone"),
        (["--output", "a.mp4", "--stats-json", "a.mp4"], "a.mp4 is an output as well"),
        (["--strenght", "0.5"], "did you mean --strength?"),
        (["--effect", "replace", "--background", "gone.jpg"], "'gone.jpg' is not there"),
        (["--effect", "replace", "--background", "#12"], "'#12' is not a colour"),
        (["bench", "--only", "dreams"], "there is no benchmark 'dreams'"),
        (["bench", "--json", "gone/bench.json"], "there is no folder gone"),
        (["demo", "--size", "huge"], "huge"),
    ],
)
def test_misuse_is_one_line_and_status_two(
    arguments: list[str], complaint: str, pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(str(ended.code))
    text = capsys.readouterr().err
    assert status == 2
    assert complaint in text
    assert len(text.splitlines()) == 1
    assert text.startswith("livedepth: ")


def test_output_settings_may_be_given_in_one_text(pictures: str) -> None:
    assert main(["--source", pictures, "--set", "output=null,out/"]) == 0
    assert len(list(Path("out").iterdir())) == 3


def damaged_files(folder: Path, picture: np.ndarray) -> None:
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "noise.mp4").write_bytes(os.urandom(5000))
    (folder / "text.png").write_text("not a picture", encoding="utf-8")
    (folder / "broken.onnx").write_bytes(b"not a model")
    (folder / "broken.toml").write_text(
        '[input]\nwidth = 320\nheight = 192\n[output]\ndisparity = ""\n', encoding="utf-8"
    )
    (folder / "lonely.onnx").write_bytes(b"x")
    (folder / "hollow").mkdir()
    cv2.imwrite(str(folder / "good.png"), picture)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "gone.mp4"], ["gone.mp4"]),
        (["--source", "empty.mp4"], ["empty.mp4"]),
        (["--source", "noise.mp4"], ["noise.mp4"]),
        (["--source", "text.png"], ["text.png"]),
        (["--source", "hollow"], ["hollow"]),
        (["--source", "no such camera"], ["no such camera"]),
        (["--source", "97"], ["97"]),
        (["--source", "good.png", "--model", "broken.onnx"], ["broken.onnx", "not an ONNX model"]),
        (["--source", "good.png", "--model", "lonely.onnx"], ["lonely.toml", "models example"]),
        (["--source", "good.png", "--model", "giant"], ["giant", "embedded"]),
        (["--source", "good.png", "--output", "virtual-camera:/dev/video99"], ["/dev/video99"]),
        (["--source", "good.png", "--output", "gone/film.mp4"], ["gone"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_one(
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    picture: np.ndarray,
    capsys: pytest.CaptureFixture[str],
) -> None:
    damaged_files(tmp_path, picture)
    if "--output" not in arguments:
        arguments = [*arguments, "--output", "null"]
    assert main(["run", *arguments]) == 1
    line = last_line(capsys)
    for word in words:
        assert word in line
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livedepth")]


def test_no_virtual_camera_prints_the_line_that_makes_one(
    pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if list(Path("/dev").glob("video*")):
        pytest.skip("this machine has video devices")
    assert main(["--source", pictures]) == 1
    line = last_line(capsys)
    assert "exclusive_caps=1" in line or sys.platform != "linux"


def test_a_window_without_a_display_is_refused(
    pictures: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux runs without a display")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["--source", pictures, "--output", "preview"]) == 1
    assert "cannot open a window" in last_line(capsys)


def ended(process: subprocess.Popen[str], seconds: float) -> tuple[str, str]:
    """What a process printed to its end; one that does not end in time is killed."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_sigterm_end_cleanly_and_the_recording_plays(
    number: signal.Signals, pictures: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "livedepth", "--source", pictures, "--loop"]
    process = subprocess.Popen(
        [*command, "--output", "film.mp4", "--stats-json", "stats.json"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    film = tmp_path / "film.mp4"
    deadline = time.monotonic() + 120
    while not (film.exists() and film.stat().st_size > 2000) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    out, err = ended(process, 30)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "frames sent" in out
    sent = json.loads((tmp_path / "stats.json").read_text(encoding="utf-8"))["frames_out"]
    capture = cv2.VideoCapture(str(film))
    count = sum(1 for _ in iter(lambda: capture.read()[0], False))
    capture.release()
    assert count == sent


def test_a_second_ctrl_c_ends_what_hangs(tmp_path: Path, pictures: str) -> None:
    hang = (
        "import time; import livedepth.depth.opencv_engine as e; import livedepth.cli.main as m; "
    )
    hang += "real = e.OpenCVModel.infer; calls = []\n"
    hang += "def infer(self, image):\n    calls.append(1)\n"
    hang += "    if len(calls) > 2: print('hanging', flush=True); time.sleep(600)\n"
    hang += "    return real(self, image)\n"
    hang += "e.OpenCVModel.infer = infer\nimport sys; sys.exit(m.main())"
    options = ["--engine", "opencv", "--source", pictures, "--loop", "--output", "null"]
    process = subprocess.Popen(
        [sys.executable, "-c", hang, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "hanging\n"
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = ended(process, 20)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_python_dash_m_works_from_anywhere(cli: Cli) -> None:
    result = cli("settings", "show", "--json", "--strength", "0.75")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["strength"] == 0.75


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m livedepth settings list | head -n 1"
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in result.stderr
    assert "setting" in result.stdout
