"""A complaint lives as long as the wrong text, beside the field, and moves nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget

from lrsim.gui.panels.experiment.layers_editor import LayersEditor
from lrsim.gui.widgets.complaint import Complaint
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as window:
        yield window


def layers(window):
    editor = window.experiment.rows["model.layers"].control
    assert isinstance(editor, LayersEditor)
    return editor


FIELDS = {
    "rate": lambda window: window.rate.field,
    "run to": lambda window: window.transport.target,
    "units": lambda window: layers(window).rows[0].units,
    "held out": lambda window: window.experiment.rows["data.test_fraction"].control,
    "sample": lambda window: window.try_it.form.sample,
    "input": lambda window: window.try_it.form.fields[0],
    "text size": lambda window: window.settings_panel.text_size,
    "lowest rate": lambda window: window.finder.lowest,
}


def reached(driven, name):
    """A field in sight."""
    window, field = driven.window, FIELDS[name](driven.window)
    if name == "text size":
        window.registry["settings"].trigger()
    if name == "lowest rate":
        window.docks.toggle("finder")
    window.experiment.area.ensureWidgetVisible(field)
    QApplication.processEvents()
    assert field.isVisible()
    return field


def type_wrong(driven, field):
    field.setFocus()
    field.selectAll()
    driven.qtbot.keyClicks(field, "wrong")


def bubble(driven):
    shown = [each for each in driven.window.findChildren(Complaint) if each.isVisible()]
    assert len(shown) <= 1
    return shown[0] if shown else None


def places(window):
    """Where everything stands but the complaint itself."""
    return {
        id(widget): QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and not isinstance(widget, Complaint)
    }


@pytest.mark.parametrize("name", FIELDS)
def test_leaving_a_field_restores_it_and_takes_the_complaint_away(driven, name):
    field = reached(driven, name)
    before = field.text()
    type_wrong(driven, field)
    driven.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.complaint()
    assert bubble(driven).text() == field.complaint()
    driven.window.top_bar.preset.setFocus()
    assert field.text() == before
    assert field.complaint() == ""
    assert bubble(driven) is None


@pytest.mark.parametrize("name", FIELDS)
def test_a_complaint_moves_nothing_and_stands_beside_its_field_in_the_window(driven, name):
    field = reached(driven, name)
    type_wrong(driven, field)
    QApplication.processEvents()
    before = places(driven.window)
    driven.qtbot.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert places(driven.window) == before
    at = QRect(field.mapTo(driven.window, QPoint(0, 0)), field.size())
    shown = bubble(driven)
    assert driven.window.rect().contains(shown.geometry())
    assert not shown.geometry().intersects(at)
    assert shown.geometry().adjusted(0, -4, 0, 4).intersects(at)
    assert shown.heightForWidth(shown.width()) <= shown.height()
    driven.qtbot.keyClicks(field, "7")
    assert bubble(driven) is None
    assert field.complaint() == ""


def test_a_hand_that_rests_on_wrong_text_is_told(driven):
    field = reached(driven, "rate")
    type_wrong(driven, field)
    assert field.complaint() == ""
    driven.qtbot.waitUntil(lambda: "expected a number" in field.complaint())
    driven.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.complaint() == ""
    assert field.text() == "0.01"


def test_a_complaint_goes_with_its_field(driven):
    field = reached(driven, "units")
    area = driven.window.experiment.area
    type_wrong(driven, field)
    driven.qtbot.keyClick(field, Qt.Key.Key_Return)
    shown = bubble(driven)
    before = shown.y() - field.mapTo(driven.window, QPoint(0, 0)).y()
    bar = area.verticalScrollBar()
    bar.setValue(bar.value() + (20 if bar.value() + 20 <= bar.maximum() else -20))
    assert shown.y() - field.mapTo(driven.window, QPoint(0, 0)).y() == before
    driven.window.docks["experiment"].close()
    QApplication.processEvents()
    assert bubble(driven) is None
    assert field.complaint() == ""


def test_a_field_in_a_panel_of_its_own_says_it_there(driven):
    driven.window.docks["try_it"].setFloating(True)
    QApplication.processEvents()
    field = driven.window.try_it.form.sample
    type_wrong(driven, field)
    driven.qtbot.keyClick(field, Qt.Key.Key_Return)
    (shown,) = [each for each in field.window().findChildren(Complaint) if each.isVisible()]
    assert shown.window() is field.window()
    assert "expected" in shown.text()
