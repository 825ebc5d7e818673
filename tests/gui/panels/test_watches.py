"""Watches in the window: written, refused at the caret, drawn over what was, left out, changed and taken away."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from lrsim.experiment import files
from lrsim.session import commands
from lrsim.session.watches import MOST as MOST_WATCHES
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment=files.load("spiral")) as found:
        found.session.run_to(300)
        found.wait_still()
        found.press(Qt.Key.Key_W)
        assert found.window.watches.isVisible()
        yield found


def write(driven, text, name=""):
    """Type a watch and press Return."""
    entry, before = driven.window.watches.entry, driven.snapshot().acknowledged
    for field, typed in zip(entry.fields, (text, name), strict=True):
        field.selectAll()
        driven.qtbot.keyClick(field, Qt.Key.Key_Backspace)
        driven.qtbot.keyClicks(field, typed)
    driven.qtbot.keyClick(entry.fields[1], Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: driven.snapshot().acknowledged > before)
    driven.wait_still()


def listed(driven):
    tree = driven.window.watches.list
    rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [(row.text(0), row.text(1)) for row in rows]


def drawn(driven):
    """Names of the curves, and how many of the steps each has a value for."""
    plot = driven.window.watches.plot
    driven.qtbot.waitUntil(lambda: plot._series is not None or not plot._curves)
    plot.grab()
    return {name: int(np.isfinite(low).sum()) for name, low in plot._series.low.items()}


def test_a_watch_is_drawn_over_all_that_was_and_goes_on(driven):
    write(driven, "grad_norm")
    write(driven, "update_norm / weight_norm", "ratio")
    assert driven.window.watches.entry.fields[0].text() == ""
    assert [name for name, _ in listed(driven)] == ["grad_norm", "ratio = update_norm / weight_norm"]
    assert drawn(driven) == {"grad_norm": 300, "ratio": 300}
    driven.session.step(50)
    driven.wait_still()
    assert drawn(driven) == {"grad_norm": 350, "ratio": 350}
    values = [value for _, value in listed(driven)]
    assert all(float(value) > 0 for value in values)
    entries = driven.window.watches.plot.legend()
    assert [(entry.name, entry.value) for entry in entries] == list(zip(["grad_norm", "ratio"], values))


def test_what_can_not_be_watched_is_refused_at_the_caret(driven):
    entry = driven.window.watches.entry
    write(driven, "loss + los")
    assert "unknown name los, did you mean loss" in entry.complaint()
    assert entry.fields[0].cursorPosition() == 7
    write(driven, "loss", "lr")
    assert "every run has lr" in entry.complaint()
    assert entry.fields[1].hasFocus()
    assert listed(driven) == []


def test_one_is_left_out_of_the_picture_changed_and_taken_away(driven):
    write(driven, "grad_norm")
    write(driven, "loss")
    panel = driven.window.watches
    panel.list.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    assert drawn(driven) == {"loss": 300}
    panel.list.topLevelItem(1).setCheckState(0, Qt.CheckState.Unchecked)
    assert panel.plot.notice() == "Every watch is left out"
    panel.list.setCurrentItem(panel.list.topLevelItem(0))
    driven.qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert (panel.entry.fields[0].text(), panel.entry.add.text()) == ("grad_norm", "Change")
    driven.qtbot.keyClicks(panel.entry.fields[0], " * lr")
    driven.qtbot.keyClick(panel.entry.fields[0], Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: [name for name, _ in listed(driven)] == ["grad_norm * lr", "loss"])
    assert panel.remove.isVisible()
    panel.list.setFocus()
    driven.qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    driven.qtbot.waitUntil(lambda: [name for name, _ in listed(driven)] == ["loss"])


def test_ready_made_ones_fit_the_run(driven):
    actions = driven.window.watches.entry.ready.menu().actions()
    for start in range(0, len(actions), MOST_WATCHES):
        some = actions[start : start + MOST_WATCHES]
        for action in some:
            before = driven.snapshot().acknowledged
            action.trigger()
            driven.qtbot.waitUntil(lambda before=before: driven.snapshot().acknowledged > before)
        driven.wait_still()
        assert len(listed(driven)) == len(some) == len(drawn(driven))
        assert not any(watch.why_not for watch in driven.snapshot().watches)
        for watch in driven.snapshot().watches:
            driven.session.send(commands.RemoveWatch(watch.id))
        driven.wait_still()


def test_what_is_read_under_the_pointer_is_the_value_of_its_step(driven):
    write(driven, "prev(loss, 20)")
    plot = driven.window.watches.plot
    rows = driven.bridge.reader.rows(driven.snapshot(), 100, 100)
    assert plot.readout(120)[1].value == repr(rows[0].loss)
    assert plot.readout(15)[1].value == plot.readout(0)[1].value == "none yet"
