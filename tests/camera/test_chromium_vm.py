"""A real browser calls: its getUserMedia finds the virtual camera and shows what is sent."""

from __future__ import annotations

import functools
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from output_support import chromium, context, frame_of
from virtual_camera_support import DEVICE, needs_device

from livedepth.outputs import loopback
from livedepth.outputs.opening import open_output

pytestmark = [pytest.mark.camera, needs_device]

SIZE = (640, 480)
# BGR of the four quarters, left to right and top to bottom.
QUARTERS = ((200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128))

# Starting a browser takes half a minute in a guest with one slow processor.
PATIENCE = 240.0

PAGE = """<!doctype html><title>call</title><video autoplay playsinline muted></video><script>
async function look(label) {
  await navigator.mediaDevices.getUserMedia({ video: true })
    .then((stream) => stream.getTracks().forEach((track) => track.stop()), () => null);
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter((device) => device.kind === "videoinput");
  const found = cameras.find((camera) => camera.label.startsWith(label));
  if (!found) throw new Error("not among " + cameras.map((camera) => camera.label));
  const wanted = { deviceId: { exact: found.deviceId } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
  const video = document.querySelector("video");
  video.srcObject = stream;
  await video.play();
  for (let shown = 0; shown < 3; shown += 1)
    await new Promise((done) => video.requestVideoFrameCallback(done));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  const quarters = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]].map(
    ([x, y]) => [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data]);
  return { size: [canvas.width, canvas.height], quarters };
}
const report = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
look(decodeURIComponent(location.hash.slice(1)))
  .then(report, (error) => report({ error: String(error) }));
</script>
"""


class Handler(BaseHTTPRequestHandler):
    """Serves the page and takes its result."""

    def __init__(self, results: list[dict[str, object]], *arguments: object) -> None:
        self.results = results
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.answer(PAGE.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.results.append(json.loads(body))
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Address of a page of this machine, which browsers let use a camera, and its results."""
    results: list[dict[str, object]] = []
    handler = functools.partial(Handler, results)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", results
        server.shutdown()
        thread.join()


def quarters() -> np.ndarray:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    middle = (SIZE[1] // 2, SIZE[0] // 2)
    places = [np.s_[: middle[0], : middle[1]], np.s_[: middle[0], middle[1] :],
              np.s_[middle[0] :, : middle[1]], np.s_[middle[0] :, middle[1] :]]  # fmt: skip
    for place, colour in zip(places, QUARTERS, strict=True):
        image[place] = colour
    return image


@pytest.mark.parametrize("sent_format", ["auto", "nv12"])
def test_chromium_shows_what_is_sent(
    tmp_path: Path, site: tuple[str, list[dict[str, object]]], sent_format: str
) -> None:
    address, results = site
    label = next(item.label for item in loopback.devices() if item.device == DEVICE)
    # A second flag that accepts cameras makes Chromium end at once, so there is but this one.
    command = chromium(
        tmp_path, "--use-fake-ui-for-media-stream", "--remote-debugging-port=0",
        f"{address}#{label}",
    )  # fmt: skip
    image = quarters()
    stream = context(SIZE, sent_format=sent_format)
    watched = False
    with closing(open_output(f"virtual-camera:{DEVICE}", stream)) as output:
        output.write(frame_of(image))
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as browser:
            try:
                end = time.monotonic() + PATIENCE
                while not results and browser.poll() is None and time.monotonic() < end:
                    output.write(frame_of(image))
                    watched = watched or output.watched
                    time.sleep(0.05)
            finally:
                browser.terminate()
    assert results, f"the browser ended with {browser.returncode}, without a picture"
    (result,) = results
    assert "error" not in result, result
    assert result["size"] == list(SIZE)
    shown = np.array(result["quarters"])
    assert (shown[:, 3] == 255).all()
    # Limited-range YUV of 8 bits, there and back.
    assert np.abs(shown[:, 2::-1] - QUARTERS).max() <= 6, shown
    assert watched
