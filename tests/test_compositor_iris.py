"""The shapes of blurred points of light."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.compositor.iris import WIDEST, iris
from livedepth.settings import BOKEH


@pytest.mark.parametrize("shape", BOKEH)
@pytest.mark.parametrize("radius", [0.5, 1.0, 2.3, 4.7, 8.3])
def test_every_shape_has_the_area_of_the_disc(shape: str, radius: float) -> None:
    it = iris(shape, radius)
    assert it.area == pytest.approx(np.pi * radius**2, rel=0.03)
    widths = it.reach + it.fraction
    assert (np.diff(widths) <= 1e-6).all()
    assert widths[0] <= WIDEST * radius + 0.5 + 1e-6


def test_shapes_differ_where_they_should() -> None:
    disc, hexagon, octagon = (iris(shape, 20.0) for shape in BOKEH)
    assert hexagon.reach.size <= octagon.reach.size <= disc.reach.size
    assert hexagon.reach[0] > disc.reach[0] > octagon.reach[0]
    slopes = np.diff(hexagon.reach[1:-1] + hexagon.fraction[1:-1])
    np.testing.assert_allclose(slopes, -1 / np.sqrt(3), atol=1e-3)
    sides = octagon.reach + octagon.fraction
    np.testing.assert_allclose(sides[:7], sides[0], atol=1e-4)


def test_radii_below_half_a_pixel_count_as_that() -> None:
    assert iris("disc", 0.01).area == iris("disc", 0.5).area
