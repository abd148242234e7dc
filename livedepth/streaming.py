"""The library's one-call stream of composed frames."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from livedepth.capture.opening import open_source
from livedepth.capture.thread import CaptureThread
from livedepth.depth.registry import load_model
from livedepth.frame import Frame
from livedepth.processor import Processor
from livedepth.settings import Settings
from livedepth.stats import Stats

_LOG = logging.getLogger("livedepth")


def stream(source: str, **settings: object) -> Iterator[Frame]:
    """Yield every frame of ``source`` composed; each image is the caller's to keep.

    source: as for ``--source``. settings: any setting by name, such as effect="blur".
    Raises SettingsError for a setting that is not allowed, SourceError when the source cannot be
    opened or read, ModelError when the model fails; CameraLostError ends the stream. Everything
    is released when the iterator is exhausted or closed.
    """
    return _composed(Settings().updated({"source": source, **settings}))


def _composed(settings: Settings) -> Iterator[Frame]:
    stats = Stats()
    with (
        open_source(settings) as source,
        closing(load_model(settings.model, settings.engine)) as model,
        closing(
            Processor(
                model,
                settings,
                stats,
                _LOG.warning,
                conceal_failures=False,
                live=source.live,
                rate=source.rate,
            )
        ) as processor,
        CaptureThread(source, stats) as capture,
    ):
        while (frame := capture.next()) is not None:
            picture = processor.process(frame, settings)
            if settings.mirror_output:
                picture = processor.mirrored()
            cutout = processor.mirrored_cutout() if settings.mirror_output else processor.cutout
            yield replace(
                frame, image=picture.copy(), cutout=None if cutout is None else cutout.copy()
            )
