"""Pictures over two quantities, as a hand, an eye and a file meet them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from lrsim.common.numbers import full
from lrsim.gui.chart.color_map import ColorMap, one_hue
from lrsim.gui.chart.plane import Plane
from lrsim.gui.chart.scales import Scale, ScaleKind, exact
from lrsim.gui.look.theme import THEMES, ThemeSource

LIGHT = THEMES["light"]
RED, BLUE = "#FF0000", "#0000FF"
TWO = ColorMap([RED, BLUE], Scale(ScaleKind.LINEAR, 0.0, 1.0))
VALUES = np.arange(12.0).reshape(3, 4)
RECT = (0.0, 8.0, -3.0, 3.0)


@pytest.fixture
def make_plane(qtbot):
    def make(values=VALUES, rect=RECT, colors=None, themes=None, **options) -> Plane:
        plane = Plane(themes or ThemeSource(LIGHT), "Values", **options)
        plane.x_title, plane.y_title = "across", "up"
        plane.set_whole(rect[:2], rect[2:])
        plane.show_image(values, rect, colors or one_hue(LIGHT, exact(ScaleKind.LINEAR, 0.0, 11.0)))
        plane.resize(500, 400)
        qtbot.addWidget(plane)
        plane.show()
        plane.grab()
        return plane

    return make


def place_of(plane: Plane, x: float, y: float) -> QPointF:
    return QPointF(float(plane.x_px(np.array([x]))[0]), float(plane.y_px(np.array([y]))[0]))


def color_at(plane: Plane, x: float, y: float) -> str:
    return plane.grab().toImage().pixelColor(place_of(plane, x, y).toPoint()).name().upper()


def seen(plane: Plane) -> list[float]:
    area = plane.area
    return [plane.x_at(area.left()), plane.x_at(area.right()), plane.y_at(area.bottom()), plane.y_at(area.top())]


def test_every_cell_is_read_off_where_it_is_drawn(make_plane):
    plane = make_plane(VALUES / 11)
    for row in range(3):
        for column in range(4):
            at = place_of(plane, 2 * column + 1.1, -3 + 2 * row + 0.9)
            assert plane.cell_at(at) == (row, column)
            lines = {line.name: line.value for line in plane.readout(at)}
            assert lines["value"] == full(VALUES[row, column] / 11)
            assert float(lines["across"]) == pytest.approx(2 * column + 1.1)
            assert float(lines["up"]) == pytest.approx(-2.1 + 2 * row)


def test_the_first_row_is_below_and_colours_are_those_of_the_values(make_plane):
    plane = make_plane(np.array([[0.0, 1.0], [1.0, 1.0]]), colors=TWO)
    assert color_at(plane, 1, -2) == RED
    assert [color_at(plane, 6, -2), color_at(plane, 1, 2)] == [BLUE, BLUE]


def test_a_pointer_over_a_cell_shows_the_read_out(make_plane, qtbot):
    plane = make_plane()
    qtbot.waitUntil(plane.isActiveWindow)  # which is shown by a frame around it
    qtbot.mouseMove(plane, QPoint(3, 3))
    before = plane.grab().toImage()
    qtbot.mouseMove(plane, place_of(plane, 3, 0).toPoint())
    assert plane.grab().toImage() != before
    qtbot.mouseMove(plane, QPoint(3, 3))
    assert plane.grab().toImage() == before


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_marked_and_told(make_plane, bad):
    values = VALUES.copy()
    values[1, 1] = bad
    plane = make_plane(values)
    picture = plane.grab().toImage()
    box = QRectF(place_of(plane, 2, 1), place_of(plane, 4, -1)).toRect().adjusted(2, 2, -2, -2)
    inside = {picture.pixelColor(x, y).name().upper() for x in range(box.left(), box.right()) for y in
              range(box.top(), box.bottom())}  # fmt: skip
    assert inside == {LIGHT.bad, LIGHT.surface}
    assert {line.name: line.value for line in plane.readout(place_of(plane, 3, 0))}["value"] == full(bad)


@pytest.mark.parametrize("kind", [ScaleKind.LINEAR, ScaleKind.SYMLOG])
def test_the_largest_numbers_are_drawn_and_read_off_like_any_others(make_plane, kind):
    huge = 1e308
    values = np.array([[-huge, huge], [0.0, np.nan]])
    plane = make_plane(
        values, (-huge, huge, -huge, huge), one_hue(LIGHT, exact(kind, -huge, huge)), x_kind=kind, y_kind=kind
    )
    for factor in (0.5, 100.0, 1e-9, 1e12):
        plane.zoom_at(factor, plane.area.center())
        plane.grab()
        assert np.isfinite(seen(plane)).all()
    plane.show_all()
    assert plane.cell_at(place_of(plane, huge / 2, -huge / 2)) == (0, 1)


def test_a_log_axis_is_even_in_factors(make_plane):
    plane = make_plane(np.arange(4.0)[None], (1e-4, 1.0, 0.0, 1.0), x_kind=ScaleKind.LOG)
    for power, column in ((-3.5, 0), (-2.5, 1), (-1.5, 2), (-0.5, 3)):
        at = place_of(plane, 10**power, 0.5)
        assert plane.cell_at(at) == (0, column)
        assert plane.x_at(at.x()) == pytest.approx(10**power)
    rows = list(csv.DictReader(io.StringIO(plane.csv())))
    assert [float(row["across"]) for row in rows] == pytest.approx([10**power for power in (-3.5, -2.5, -1.5, -0.5)])


def test_the_wheel_keeps_what_is_under_it_and_a_double_click_shows_all(make_plane, qtbot):
    plane = make_plane()
    whole, at = seen(plane), place_of(plane, 6.0, 2.0)
    plane.zoom_at(0.25, at)
    assert (plane.x_at(at.x()), plane.y_at(at.y())) == pytest.approx((6.0, 2.0))
    assert seen(plane)[1] - seen(plane)[0] == pytest.approx(2.0)
    qtbot.mouseDClick(plane, Qt.MouseButton.LeftButton, pos=plane.area.center().toPoint())
    assert seen(plane) == pytest.approx(whole)


def test_what_is_dragged_stays_under_the_hand(make_plane, qtbot):
    plane = make_plane()
    start, end = place_of(plane, 4.0, 0.0).toPoint(), place_of(plane, 2.0, 1.0).toPoint()
    held = (plane.x_at(start.x()), plane.y_at(start.y()))
    qtbot.mousePress(plane, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(plane, end)
    qtbot.mouseRelease(plane, Qt.MouseButton.LeftButton, pos=end)
    assert (plane.x_at(end.x()), plane.y_at(end.y())) == pytest.approx(held, abs=0.02)


def test_a_zoom_outlives_new_values_and_a_wider_whole(make_plane):
    plane = make_plane()
    plane.zoom_at(0.5, plane.area.center())
    before = seen(plane)
    plane.show_image(VALUES[::-1], RECT, TWO)
    plane.grab()
    assert seen(plane) == pytest.approx(before)
    plane.set_whole((-1000.0, 1000.0), (-50.0, 50.0))
    plane.grab()
    assert seen(plane) == pytest.approx(before)
    plane.show_all()
    assert seen(plane) == pytest.approx([-1000.0, 1000.0, -50.0, 50.0])
    assert [plane.cell_at(place_of(plane, x, 0)) for x in (-30, 1, 5, 30)] == [None, (1, 0), (1, 2), None]


def test_equal_units_are_equal_in_pixels(make_plane):
    plane = make_plane()
    plane.equal_units = True
    plane.resize(700, 300)
    plane.grab()
    assert plane.area.width() / 8 == pytest.approx(plane.area.height() / 6, rel=0.02)


def test_values_at_points_reach_from_edge_to_edge(make_plane):
    plane = make_plane()
    plane.show_image(VALUES, RECT, TWO, points=True)
    plane.grab()
    cells = [plane.cell_at(place_of(plane, x, y)) for x, y in ((0.01, -2.9), (7.9, 2.9), (8 / 3, 0.0))]
    assert cells == [(0, 0), (2, 3), (1, 1)]


def test_lines_and_items_lie_over_the_image_until_they_are_taken_away(make_plane):
    plane = make_plane(np.zeros((1, 1)), colors=TWO)
    plane.show_lines(np.array([[0.0, 0.0, 8.0, 0.0], [np.nan, 0.0, 1.0, 1.0]]), QPen(QColor("#00FF00"), 5))
    item = QGraphicsRectItem(QRectF(plane.place(1, 1), plane.place(3, 2)))
    item.setBrush(QColor(BLUE))
    item.setPen(QPen(Qt.PenStyle.NoPen))
    plane.add(item)
    assert [color_at(plane, 4, 0), color_at(plane, 2, 1.5), color_at(plane, 6, 1.5)] == ["#00FF00", BLUE, RED]
    plane.remove(item)
    plane.show_lines(np.zeros((0, 4)), QPen())
    assert [color_at(plane, 4, 0), color_at(plane, 2, 1.5)] == [RED, RED]


def test_a_saved_picture_is_the_one_on_screen_without_the_pointer(make_plane, qtbot, tmp_path):
    plane = make_plane(np.array([[0.0, 1.0], [1.0, 1.0]]), colors=TWO)
    qtbot.mouseMove(plane, place_of(plane, 3, 0).toPoint())
    plane.save_image(tmp_path / "plane.png")
    saved = QImage(str(tmp_path / "plane.png"))
    assert (saved.width(), saved.height()) == (1000, 800)
    for x, y, color in ((1, -2, RED), (6, -2, BLUE), (3.5, 0.3, BLUE)):
        assert saved.pixelColor((2 * place_of(plane, x, y)).toPoint()).name().upper() == color
    plane.save_image(tmp_path / "plane.svg")
    content = (tmp_path / "plane.svg").read_text()
    assert "<image" in content
    assert "across" in content


def test_a_picture_that_was_never_shown_is_saved_too(qtbot, tmp_path):
    plane = Plane(ThemeSource(LIGHT), "Values")
    qtbot.addWidget(plane)
    plane.resize(400, 300)
    plane.set_whole((0, 1), (0, 1))
    plane.show_image(np.zeros((1, 1)), (0, 1, 0, 1), TWO)
    plane.save_image(tmp_path / "plane.png")
    saved = QImage(str(tmp_path / "plane.png"))
    assert saved.pixelColor(400, 300).name().upper() == RED


def test_the_table_holds_every_cell_with_all_digits(make_plane):
    rows = list(csv.DictReader(io.StringIO(make_plane(VALUES / 7).csv())))
    assert [float(row["value"]) for row in rows] == (VALUES / 7).ravel().tolist()
    assert (float(rows[1]["across"]), float(rows[1]["up"])) == (3.0, -2.0)


def test_instead_of_a_picture_it_says_why_there_is_none(qtbot):
    class Empty(Plane):
        words = "Nothing yet"

        def notice(self) -> str:
            return self.words

    plane = Empty(ThemeSource(LIGHT), "Values")
    qtbot.addWidget(plane)
    plane.resize(400, 300)
    plane.set_whole((0, 1), (0, 1))
    plane.show_image(np.zeros((1, 1)), (0, 1, 0, 1), TWO)
    plane.show()
    middle = plane.grab().toImage()
    assert QColor(RED).rgb() not in {middle.pixel(x, y) for x in range(0, 400, 7) for y in range(0, 300, 7)}
    plane.words = ""
    plane.update()
    assert plane.grab().toImage().pixelColor(200, 150).name().upper() == RED


@pytest.mark.parametrize("theme", THEMES)
def test_frame_and_ground_wear_the_theme(make_plane, theme):
    themes = ThemeSource(LIGHT)
    plane = make_plane(themes=themes)
    plane.set_whole((-8.0, 16.0), (-9.0, 9.0))
    themes.wear(THEMES[theme])
    plane.bar = one_hue(THEMES[theme], exact(ScaleKind.LINEAR, 0.0, 11.0))
    plane.setFocus()
    assert color_at(plane, -7, -8) == THEMES[theme].background
    for size in ((1, 1), (60, 40), (2000, 60)):
        plane.setFixedSize(*size)
        plane.grab()


def test_keys_zoom_and_show_all(make_plane, qtbot):
    plane = make_plane()
    whole = seen(plane)
    qtbot.keyClick(plane, Qt.Key.Key_Plus)
    assert seen(plane)[1] - seen(plane)[0] < whole[1] - whole[0]
    qtbot.keyClick(plane, Qt.Key.Key_0)
    assert seen(plane) == pytest.approx(whole)
