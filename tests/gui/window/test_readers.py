"""What a screen reader is told of the controls."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QComboBox, QWidget

from lrsim.common.numbers import short
from lrsim.gui.widgets.reading_order import stops
from lrsim.gui.window.layouts import layouts
from lrsim.gui.window.tab_order import OVER
from tests.gui.driving import opened

GROUPS = ("data", "model", "training", "schedule")


def read_as(widget: QWidget) -> str:
    """What a reader calls a control: by its label, else by its name."""
    interface = QAccessible.queryAccessibleInterface(widget)
    labels = [other.text(QAccessible.Text.Name) for other, how in interface.relations()
              if how == QAccessible.RelationFlag.Label]  # fmt: skip
    if isinstance(widget, QComboBox):  # its name is its value
        return labels[0] if labels else ""
    return interface.text(QAccessible.Text.Name)


@pytest.mark.parametrize("layout", [layout.name for layout in layouts()])
@pytest.mark.parametrize("experiment", ["clip250", "spiral"])
def test_every_control_has_a_name_of_its_own(qtbot, experiment, layout):
    with opened(qtbot, experiment=experiment, size=(1920, 1080)) as driven:
        window = driven.window
        window.choose_layout(layout)
        for group in GROUPS:
            window.experiment.open_group(group)
        window.docks.open("schedule")
        qtbot.wait(50)
        names = {stop: read_as(stop) for stop in stops(window, OVER)}
        assert not [stop for stop, name in names.items() if not name]
        assert not [name for name, often in Counter(names.values()).items() if often > 1]


def test_sliders_and_the_timeline_say_what_they_stand_for(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        window = driven.window
        window.commands.set_rate(0.025)
        driven.session.set_speed(30)
        driven.session.run_to(12)
        driven.wait_for_step(12)
        driven.session.seek(5)
        driven.wait_for_step(5)
        qtbot.waitUntil(lambda: window.transport.timeline.accessibleName() == "Timeline, step 5 of 12")
        assert short(0.025) in window.rate.slider.accessibleName()
        assert "30 steps/s" in window.transport.speed.accessibleName()


def test_a_picture_tells_its_curves_when_it_has_the_keyboard(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.session.run_to(12)
        driven.wait_for_step(12)
        plot = driven.window.stage["learning"].plot
        plot.grab()
        plot.setFocus()
        words = plot.accessibleDescription()
        assert all(entry.name in words and entry.value in words for entry in plot.legend())
        assert plot.legend()


def test_decision_regions_tell_how_much_each_class_wins(qtbot):
    with opened(qtbot, experiment="plane", size=(1600, 900)) as driven:
        told = describe_regions(driven)
        assert "output from" in told
    with opened(qtbot, experiment="circle", size=(1600, 900)) as driven:
        driven.session.run_to(400)
        driven.wait_for_step(400)
        told = describe_regions(driven)
        shares = {name: float(share) for name, share in re.findall(r"(\w+) is predicted on ([\d.]+)\s?% of", told)}
        rows = list(csv.reader(io.StringIO(driven.window.stage["regions"].plot.csv())))[1:]
        above = sum(float(row[2]) > 0.5 for row in rows) / len(rows)
        assert sorted(shares.values()) == pytest.approx(sorted([100 * above, 100 - 100 * above]), abs=0.1)
        assert "from -" in told


def describe_regions(driven) -> str:
    """What a reader is told of the decision regions as the keyboard comes to them."""
    plot = driven.window.stage["regions"].plot
    driven.qtbot.waitUntil(lambda: driven.window.stage.settled)
    plot.setFocus()
    return plot.accessibleDescription()
