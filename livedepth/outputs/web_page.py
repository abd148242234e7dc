"""The page that shows the live picture; it comes back by itself when the program does."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>livedepth</title>
<style>
html, body { margin: 0; height: 100%; overflow: hidden; background: transparent; }
canvas { display: block; width: 100%; height: 100%; object-fit: contain; }
</style>
<canvas></canvas>
<script>
"use strict";
const canvas = document.querySelector("canvas");
const pen = canvas.getContext("2d");
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function picture(bytes, type) {
  return createImageBitmap(new Blob([bytes], { type }));
}

async function show(data) {
  const length = new DataView(data).getUint32(0);
  const colours = await picture(data.slice(4, 4 + length), "image/jpeg");
  const opaque = data.byteLength === 4 + length;
  const alpha = opaque ? null : await picture(data.slice(4 + length), "image/png");
  if (canvas.width !== colours.width || canvas.height !== colours.height) {
    canvas.width = colours.width;
    canvas.height = colours.height;
  }
  pen.globalCompositeOperation = "copy";
  if (alpha) {
    pen.drawImage(alpha, 0, 0);
    pen.globalCompositeOperation = "source-in";
    alpha.close();
  }
  pen.drawImage(colours, 0, 0);
  colours.close();
}

async function run() {
  let number = 0;
  for (;;) {
    try {
      const answer = await fetch("frame?after=" + number, { cache: "no-store" });
      if (answer.status === 200) {
        number = Number(answer.headers.get("X-Frame"));
        await show(await answer.arrayBuffer());
        document.title = "livedepth";
      } else if (!answer.ok) {
        throw new Error(answer.statusText);
      }
    } catch (error) {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      document.title = "livedepth: waiting";
      number = 0;
      await pause(500);
    }
  }
}
run();
</script>
</html>
"""
