"""The table of steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lrsim.gui.look.theme import THEMES
from lrsim.gui.views.steps.view import FAST_MS, StepsView

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


@pytest.mark.parametrize("width", [230, 300, 400, 700])
@pytest.mark.parametrize("size", [9, 13, 22])
def test_the_least_important_columns_give_way_and_the_rate_never(bridge, view, themes, width, size):
    """Whatever font there is: here, whatever its size."""
    themes.wear(replace(LIGHT, base_px=size))
    view.resize(width, 300)
    bridge.train(2002)
    view.grab()
    table = view.table
    places = table.placed_columns()
    titles = [column.title for column, _, _ in places]
    assert titles[0] == "step"
    assert titles[-1] == "rate"
    assert {"error", "b", "W"} <= set(titles)
    whole = [column.title for column in table._paint.columns]
    assert titles == [title for title in whole if title in titles]
    left_out = [title for title in ("sample", "target", "input", "prediction") if title not in titles]
    assert left_out == ["sample", "target", "input", "prediction"][: len(left_out)]
    _, left, wide = places[-1]
    assert left > 0
    assert left + wide <= table.viewport().width()
    if left_out and len(left_out) < 4:
        assert table.horizontalScrollBar().maximum() == 0


def test_what_is_left_out_is_copied_all_the_same(bridge, view, qapp):
    view.resize(230, 300)
    bridge.train(3)
    view.grab()
    view.table.select(2)
    view.table.copy()
    header = QGuiApplication.clipboard().text().splitlines()[0].split("\t")
    assert header == ["step", "sample", "input", "target", "prediction", "error", "b", "W", "rate"]


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
    QTest.qWait(FAST_MS)
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


def test_a_double_click_and_enter_jump(bridge, view, qtbot):
    bridge.train(100)
    table = view.table
    table.scroll_to(20)
    at = QPoint(50, round(table.row_top(23)) + 5)
    with qtbot.waitSignal(view.seek_requested) as blocker:
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert blocker.args == [23]
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    with qtbot.waitSignal(view.seek_requested) as blocker:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert blocker.args == [23]


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
    column, left, width = next(place for place in table.placed_columns() if place[0].title == "W")
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
