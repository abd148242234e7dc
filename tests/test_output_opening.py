"""What ``--output`` means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from output_support import context

from livedepth.errors import OutputError, UsageError
from livedepth.outputs import display, loopback, opening
from livedepth.outputs.null import NullOutput
from livedepth.outputs.opening import check_output, open_output, split_content
from livedepth.outputs.pictures import PictureFolder
from livedepth.outputs.recording import Recording


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("null", NullOutput),
        ("clip.mp4", Recording),
        ("clip.MKV", Recording),
        ("clip.mov", Recording),
        ("clip.WebM", Recording),
        ("depth.mp4", Recording),
        ("depth:clip.mp4", Recording),
        ("matte:matte.mkv", Recording),
        ("depth:null", NullOutput),
        ("depth:shots/", PictureFolder),
        ("depth", PictureFolder),
        ("matte:depth", PictureFolder),
        ("shots/", PictureFolder),
        ("shots", PictureFolder),
        ("./preview", PictureFolder),
        ("null/", PictureFolder),
        ("night.shots/", PictureFolder),
    ],
)
def test_specs(spec: str, kind: type) -> None:
    check_output(spec)
    output = open_output(spec, context())
    assert type(output) is kind
    output.close()


def test_an_existing_folder_is_one_whatever_its_name() -> None:
    Path("album.mp4").mkdir()
    Path("preview.old").mkdir()
    for spec in ("album.mp4", "preview.old"):
        output = open_output(spec, context())
        assert type(output) is PictureFolder
        output.close()


@pytest.mark.parametrize(
    "spec",
    [
        "",
        " ",
        "previw",
        "Preview",
        "Web",
        "web:",
        "depth:",
        "depth: ",
        "depth:depth:null",
        "matte:depth:clip.mp4",
        "Depth:null",
        "depth:previw",
        "preview:2",
        "virtual-camera:",
        "virtualcamera",
        "virtual-cam",
        "clip.avi",
        "clip.mp4.",
        "picture.png",
        "rtmp://host/live",
        "http://host/clip.mp4",
    ],
)
def test_anything_else_is_a_usage_error_that_says_what_is_allowed(spec: str) -> None:
    for refuse in (check_output, lambda text: open_output(text, context())):
        with pytest.raises(UsageError) as caught:
            refuse(spec)
        text = str(caught.value)
        assert repr(spec) in text
        assert "virtual-camera[:DEVICE], preview, web[:PORT], null" in text
        assert ".mp4, .mkv, .mov or .webm" in text
        assert "depth: or matte:" in text
        assert "\n" not in text
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("spec", "content", "place"),
    [
        ("virtual-camera:/dev/video10", "picture", "virtual-camera:/dev/video10"),
        ("depth:virtual-camera:/dev/video11", "depth", "virtual-camera:/dev/video11"),
        ("matte:matte.mp4", "matte", "matte.mp4"),
        ("depth.mp4", "picture", "depth.mp4"),
        ("depth", "picture", "depth"),
        ("C:\\depth\\x.mp4", "picture", "C:\\depth\\x.mp4"),
        ("depth:C:\\x.mp4", "depth", "C:\\x.mp4"),
        ("D:shots/", "picture", "D:shots/"),
        ("./depth:x.mp4", "picture", "./depth:x.mp4"),
    ],
)
def test_what_is_shown_is_split_from_where(spec: str, content: str, place: str) -> None:
    assert split_content(spec) == (content, place)


def test_windows_paths_are_recordings(tmp_path: Path) -> None:
    for spec in ("C:\\x.mp4", "depth:C:\\x.webm", "matte:D:\\deep\\x.mov"):
        assert opening._parse(spec) == ("recording", split_content(spec)[1])


def test_a_web_page_gets_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("livedepth.outputs.web.WebOutput", seen.append)
    for spec in ("web", "web:9000", "depth:web:9001"):
        check_output(spec)
        open_output(spec, context())
    assert seen == [8765, 9000, 9001]


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80.5", "٣"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(UsageError, match="it takes web:PORT, 1 to 65535"):
        check_output(f"web:{port}")


def test_a_window_of_depth_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(
        "livedepth.outputs.preview.Preview", lambda stream, content: seen.append(content)
    )
    for spec in ("preview", "depth:preview", "matte:preview"):
        open_output(spec, context())
    assert seen == ["picture", "depth", "matte"]


def test_a_recording_without_its_folder_is_found_early() -> None:
    with pytest.raises(OutputError, match="there is no folder missing"):
        check_output("missing/clip.mp4")


def test_quality_is_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(
        "livedepth.outputs.recording.Recording", lambda *arguments: seen.append(arguments)
    )
    open_output("clip.mp4", context((64, 48), rate=25.0, quality=33))
    assert seen == [(Path("clip.mp4"), (64, 48), 25.0, 33)]


def test_a_device_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    formats = []
    monkeypatch.setattr(
        "livedepth.outputs.virtual_camera.VirtualCamera",
        lambda *rest: (seen.append(rest[0]), formats.append(rest[3])),
    )
    for spec in ("virtual-camera", "virtual-camera:/dev/video10", "virtual-camera:OBS: mine"):
        check_output(spec)
        open_output(spec, context(sent_format="nv12"))
    assert seen == [None, "/dev/video10", "OBS: mine"]
    assert formats == ["nv12"] * 3


def test_checking_opens_neither_window_nor_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(display, "why_no_display", refuse)
    monkeypatch.setattr(loopback, "ready_device", refuse)
    check_output("preview")
    check_output("virtual-camera:/dev/video10")


def test_modules_are_loaded_only_when_used() -> None:
    code = (
        "import sys; from livedepth.outputs.opening import check_output;"
        "check_output('preview'); check_output('shots/'); check_output('virtual-camera');"
        "print([name for name in ('av', 'cv2', 'pyvirtualcam') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("spec", ["dept:null", "mate:preview", "depth:nul", "Depht:shots"])
def test_a_mistyped_content_is_refused_and_makes_no_folder(spec: str) -> None:
    with pytest.raises(UsageError, match="there is no output"):
        check_output(spec)
