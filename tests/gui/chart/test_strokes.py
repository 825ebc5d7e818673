"""What is drawn fast is the same, pixel by pixel, as what is drawn plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lrsim.gui.chart import strokes
from lrsim.gui.look.painting import painting

WIDTH, HEIGHT = 220, 90


def picture(draw) -> bytes:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    with painting(image) as painter:
        draw(painter)
    return bytes(image.constBits())


@pytest.mark.usefixtures("qapp")
@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), points=st.integers(1, 200), pitch=st.floats(0.4, 3.0), holes=st.integers(0, 3))
def test_a_shade_has_the_pixels_of_a_polygon(seed, points, pitch, holes):
    any_ = np.random.default_rng(seed)
    x = any_.uniform(0, 3) + pitch * np.arange(points)
    low, high = np.sort(any_.uniform(-20, HEIGHT + 20, (2, points)), axis=0)
    low[any_.integers(0, points, holes)] = np.nan
    color = strokes.shade(QColor("#0072B2"))

    def plainly(painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for start, end in strokes.finite_stretches(low + high):
            xs, edges = x[start:end], (low[start:end], high[start:end])
            if end - start == 1:
                xs, edges = np.array([xs[0] - 0.5, xs[0] + 0.5]), (edges[0].repeat(2), edges[1].repeat(2))
            whole = strokes.polygon(np.concatenate([xs, xs[::-1]]), np.concatenate([edges[0], edges[1][::-1]]))
            painter.drawPolygon(whole)

    found, expected = (
        np.frombuffer(picture(draw), np.uint8).astype(int)
        for draw in (lambda painter: strokes.draw_band(painter, x, low, high, color), plainly)
    )
    assert (np.abs(found - expected) > 2).sum() <= 0.002 * found.size  # a middle that lies on an edge


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_shade_is_as_fine_as_the_screen_and_stays_in_sight(ratio):
    image = QImage(round(WIDTH * ratio), round(HEIGHT * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("white"))
    with painting(image) as painter:
        painter.setClipRect(20, 10, 100, 60)
        x = np.array([0.0, WIDTH])
        strokes.draw_band(painter, x, np.full(2, 20.0), np.full(2, 30.25), QColor("black"))
        strokes.draw_band(painter, x, np.full(2, 50.0), np.array([1e300, -1e300]), QColor("black"))
    pixels = np.frombuffer(bytes(image.constBits()), np.uint32).reshape(image.height(), -1) & 0xFFFFFF
    rows, columns = np.nonzero(pixels == 0)
    assert rows.min() >= 10 * ratio
    assert rows.max() < 70 * ratio
    assert columns.min() == 20 * ratio
    assert columns.max() == 120 * ratio - 1
    upper = pixels[: round(45 * ratio), round(30 * ratio)]
    assert (upper == 0).sum() == pytest.approx(10.25 * ratio, abs=0.51)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("largest", [1e7, 1e300, np.finfo(float).max])
def test_a_line_to_points_beyond_all_pixels_is_drawn_without_a_warning(largest):
    """Warnings are errors here."""
    x, y = 20.0 * np.arange(6), np.array([40.0, largest, -largest, largest, 40.0, 50.0])
    pen = QPen(QColor("black"), 1, Qt.PenStyle.DashLine)
    far = picture(lambda painter: strokes.draw_line(painter, x, y, pen, smooth=True))
    near = picture(lambda painter: strokes.draw_line(painter, x, np.clip(y, -1e6, 1e6), pen, smooth=True))
    assert far == near


@pytest.mark.usefixtures("qapp")
def test_a_line_has_a_gap_where_it_is_not_finite():
    x = 20.0 * np.arange(6)
    pen = QPen(QColor("black"), 1)

    def drawn(hole: float) -> bytes:
        y = np.array([40.0, 30.0, hole, 50.0, 40.0, 50.0])
        return picture(lambda painter: strokes.draw_line(painter, x, y, pen, smooth=False))

    assert drawn(np.nan) == drawn(np.inf) == drawn(-np.inf) != drawn(35.0)
