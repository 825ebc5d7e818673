"""What is drawn fast is the same, pixel by pixel, as what is drawn plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

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
def test_a_shade_in_parts_has_the_pixels_of_the_whole(seed, points, pitch, holes):
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

    assert picture(lambda painter: strokes.draw_band(painter, x, low, high, color)) == picture(plainly)
