"""The output that keeps nothing."""

from output_support import frames

from livedepth.outputs.null import NullOutput


def test_frames_leave_no_trace() -> None:
    output = NullOutput()
    before = dict(vars(output))
    for frame in frames((64, 48), 100):
        output.write(frame)
    assert vars(output) == before
    assert output.name == "null"
