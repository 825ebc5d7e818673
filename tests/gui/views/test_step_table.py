"""The table of steps."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from lrsim.gui.look import theme as look
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.steps.view import StepsView

LIGHT = THEMES["light"]


@pytest.fixture
def view(bridge, qtbot, themes):
    view = StepsView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    return view


def cells(table, step):
    row = table._reader.rows(table._reader.snapshot(), step, step)[0]
    return {column.title: column.cell(row)[0] for column in table._paint.columns}


def test_rows_are_those_of_the_article(bridge, view):
    bridge.train(3)
    assert cells(view.table, 1) == {
        "step": "1", "sample": "1", "input": "60", "target": "60", "prediction": "6.05", "error": "53.95",
        "b": "0.08237", "W": "0.1324", "rate": "1e-05",
    }  # fmt: skip
    assert cells(view.table, 3)["error"] == "135.3"


FONTS = [(["DejaVu Sans"], 13), (["DejaVu Sans Mono"], 13), (None, 13), (None, 19), (None, 26)]
"""Families (None: those of the program) and sizes of letters, narrow and wide."""
FEW = {"preset": "clip250"}
MANY = {
    "preset": "spiral", "model__layers": [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
}  # fmt: skip


def shown_columns(bridge, qtbot, theme, width):
    """A drawn view of some width, and the places of its columns."""
    view = StepsView(bridge, ThemeSource(theme))
    qtbot.addWidget(view)
    view.resize(width, 300)
    view.show()
    view.grab()
    return view, view.table.placed_columns()


@pytest.mark.parametrize(("families", "size"), FONTS)
@pytest.mark.parametrize("values", [FEW, MANY], ids=["few", "many"])
def test_step_and_rate_are_in_sight_in_every_font_at_every_width(
    make_bridge, qtbot, monkeypatch, families, size, values
):
    if families:
        monkeypatch.setattr(look, "_FAMILIES", families)
    theme = dataclasses.replace(LIGHT, base_px=size)
    bridge = make_bridge(**values)
    bridge.train(2002)
    for width in (15 * size, 250 + 5 * size, 400, 2560):
        view, places = shown_columns(bridge, qtbot, theme, max(width, 15 * size))
        assert (places[0].column.title, places[-1].column.title) == ("step", "rate")
        ends = [place.left + place.width for place in places]
        assert ends[-1] <= view.table.viewport().width()
        assert all(end < place.left for end, place in zip(ends, places[1:])), "columns apart from each other"


def test_what_there_is_no_room_for_is_named_and_told(make_bridge, qtbot):
    bridge = make_bridge()
    bridge.train(3)
    view, wide = shown_columns(bridge, qtbot, LIGHT, 900)
    assert [place.column.title for place in wide] == [column.title for column in view.table._paint.columns]
    view, places = shown_columns(bridge, qtbot, LIGHT, 330)
    table = view.table
    shown = [place.column.title for place in places]
    sign = places[-2]
    hidden = [place.column.title for place in wide if place.column.title not in shown]
    assert sign.column.title == f"+{len(hidden)}"
    assert {"error", "b", "W"} <= set(shown)
    assert "sample" in hidden
    tip = table.tip_at(QPoint(sign.left + 2, 4))
    assert all(title in tip for title in hidden)
    told = dict(
        line.split(" ", 1) for line in table.tip_at(QPoint(sign.left + 2, round(table.row_top(1)) + 8)).split("\n")
    )
    assert list(told) == hidden
    assert told["sample"] == "1"


def test_columns_that_are_left_out_are_copied(make_bridge, qtbot):
    bridge = make_bridge(**MANY)
    bridge.train(3)
    view, places = shown_columns(bridge, qtbot, LIGHT, 300)
    table = view.table
    table.select(2)
    table.copy()
    header, row = (line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    assert len(places) < len(header) == len(row) == len(table._paint.columns)
    assert "NaN" not in row


def test_it_follows_the_newest_row_until_scrolled_away(bridge, view):
    bridge.train(500)
    table = view.table
    assert table.visible_steps[1] == 500
    table.scroll_to(100)
    assert not table.following
    play_a_little(bridge)
    assert table.visible_steps[0] == 100
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    assert table.following
    before = bridge.session.snapshot().tip
    play_a_little(bridge)
    assert table.visible_steps[1] > before


def play_a_little(bridge):
    bridge.session.set_speed(500.0)
    bridge.session.play()
    before = bridge.session.snapshot().tip
    while bridge.session.snapshot().tip < before + 5:
        bridge.session.work()
        bridge.pull()
    bridge.session.pause()
    bridge.carry_out()


def test_ten_million_rows_are_reached_anywhere(make_bridge, qtbot, themes):
    bridge = make_bridge(training__epochs=10_000_000)
    view = StepsView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    bridge.train(10_000_000)
    table = view.table
    for top in (1, 5_000_000, 9_999_000):
        table.scroll_to(top)
        view.grab()
        bridge.carry_out()
        view.grab()
        assert table.visible_steps[0] == top
        assert table._rows[0].step == top
    table.verticalScrollBar().setValue(4_321_000)
    assert table.visible_steps[0] == 4_321_000


def test_rows_that_are_being_replayed_are_quiet_and_come(make_bridge, qtbot, monkeypatch, themes):
    bridge = make_bridge()
    view = StepsView(bridge, themes)
    qtbot.addWidget(view)
    view.show()
    bridge.train(1000)
    rows = bridge.reader.rows
    monkeypatch.setattr(bridge.reader, "rows", lambda *args: None)
    view.table.scroll_to(10)
    waiting = view.grab().toImage()
    assert view.table._rows is None
    monkeypatch.setattr(bridge.reader, "rows", rows)
    view.table.viewport().update()
    assert view.grab().toImage() != waiting
    assert view.table._rows[0].step == 10


def test_a_click_and_enter_jump(bridge, view, qtbot):
    bridge.train(100)
    table = view.table
    table.scroll_to(20)
    at = QPoint(50, round(table.row_top(23)) + 5)
    with qtbot.waitSignal(view.seek_requested) as blocker:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert blocker.args == [23]
    assert table.selected_steps == (23, 23)
    with qtbot.waitSignal(view.seek_requested) as blocker:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert blocker.args == [23]


def test_what_selects_several_rows_jumps_nowhere(bridge, view, qtbot):
    bridge.train(100)
    table, left = view.table, Qt.MouseButton.LeftButton
    table.scroll_to(20)
    places = [QPoint(50, round(table.row_top(step)) + 5) for step in (22, 24)]
    table.select(21)
    header = QPoint(50, 2)
    with qtbot.assertNotEmitted(view.seek_requested):
        qtbot.mouseClick(table.viewport(), left, Qt.KeyboardModifier.ShiftModifier, places[0])
        assert table.selected_steps == (21, 22)
        table.select(22)
        qtbot.mouseClick(table.viewport(), left, pos=header)
        qtbot.mousePress(table.viewport(), left, pos=places[0])
        qtbot.mouseClick(table.viewport(), left, Qt.KeyboardModifier.ShiftModifier, places[1])
    assert table.selected_steps == (22, 24)


def test_keys_move_the_selection(bridge, view, qtbot):
    bridge.train(1000)
    table = view.table
    table.select(500)
    for key, expected in (
        (Qt.Key.Key_Up, 499), (Qt.Key.Key_Down, 500), (Qt.Key.Key_Home, 1), (Qt.Key.Key_Up, 1), (Qt.Key.Key_End, 1000)
    ):  # fmt: skip
        qtbot.keyClick(table, key)
        assert table.selected_steps == (expected, expected)
        assert table.visible_steps[0] <= expected <= table.visible_steps[1]
    qtbot.keyClick(table, Qt.Key.Key_PageUp)
    assert table.selected_steps[0] < 995


@pytest.mark.parametrize("key", [Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Return])
def test_its_keys_are_its_own_while_it_has_the_focus(bridge, view, key):
    override = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    override.ignore()
    QApplication.sendEvent(view.table, override)
    assert override.isAccepted()
    space = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
    space.ignore()
    QApplication.sendEvent(view.table, space)
    assert not space.isAccepted()


def test_selected_rows_are_copied_with_all_digits(bridge, view, qtbot):
    bridge.train(10)
    view.table.select(2)
    view.table.select(3, extend=True)
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    header, *rows = QGuiApplication.clipboard().text().splitlines()
    assert header.split("\t")[:3] == ["step", "sample", "input"]
    rows = [dict(zip(header.split("\t"), row.split("\t"))) for row in rows]
    assert [row["step"] for row in rows] == ["2", "3"]
    snapshot_rows = bridge.reader.rows(bridge.session.snapshot(), 2, 3)
    for row, expected in zip(rows, snapshot_rows):
        assert float(row["error"]) == expected.error
        assert {float(row["W"]), float(row["b"])} == set(expected.parameters)


def test_hovering_tells_the_exact_value_and_what_a_column_means(bridge, view):
    bridge.train(3)
    table = view.table
    view.grab()
    column, left, width, _ = next(place for place in table.placed_columns() if place.column.title == "W")
    at = QPoint(left + width - 5, round(table.row_top(1)) + 8)
    assert float(table.tip_at(at)) == pytest.approx(0.13237)
    assert table.tip_at(QPoint(at.x(), 4)) == column.tip


def test_the_rate_wears_its_colour_and_what_is_not_finite_the_bad_one(make_bridge, qtbot, themes):
    bridge = make_bridge(optimizer__lr=1.0, stop__divergence=False)
    view = StepsView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    bridge.session.step(1500)
    bridge.carry_out()
    picture = view.grab().toImage()
    pixels = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    assert QColor(LIGHT.rate).rgb() in pixels
    assert QColor(LIGHT.bad).rgb() in pixels
    assert cells(view.table, 1500)["W"] == "NaN"


def test_the_current_step_is_shown_when_time_is_turned_back(bridge, view):
    bridge.train(5000)
    bridge.session.seek(1234)
    bridge.carry_out()
    first, last = view.table.visible_steps
    assert first <= 1234 <= last


def test_an_empty_table_says_what_to_do_and_bears_keys(bridge, view, qtbot):
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_End):
        qtbot.keyClick(view.table, key)
    view.table.copy()
    assert view.table.selected_steps is None
    assert view.table.accessibleName()


def test_the_step_that_stands_open_is_marked_beside_the_one_that_was_taken(bridge, view):
    bridge.train(5)
    bridge.session.seek(2)
    bridge.carry_out()

    def edges():
        """Colours beside the left edge, by step."""
        image = view.table.grab().toImage()
        middle = [round(view.table.row_top(step) + view.table._paint.row_height / 2) for step in range(1, 6)]
        return [image.pixelColor(3, y).name() for y in middle]

    closed = edges()
    assert [found == QColor(LIGHT.text).name() for found in closed] == [False, True, False, False, False]
    bridge.session.step_into()
    bridge.carry_out()
    opened = edges()
    assert [before == now for before, now in zip(closed, opened)] == [True, True, False, True, True]
    bridge.session.step_back()
    bridge.carry_out()
    assert edges() == closed
