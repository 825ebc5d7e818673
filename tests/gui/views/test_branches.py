"""Branches in the window: dotted in the plots, a tree to go by, and the form of a fork."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap

from lrsim.gui.views.switches import BRANCHES
from tests.gui.driving import opened


def forked(driven) -> None:
    """A first run to 60, and a branch from 30 to 60 that is at hand."""
    driven.session.run_to(60)
    driven.wait_for_step(60)
    driven.session.fork(30, {"optimizer.lr": 1e-6})
    driven.session.run_to(60)
    driven.wait_for_step(60)
    driven.qtbot.waitUntil(lambda: len(driven.snapshot().branches) == 2)


def test_other_branches_are_drawn_beside_and_can_be_left_out(qtbot):
    with opened(qtbot) as driven:
        forked(driven)
        plot = driven.window.stage["parameters"].plot
        qtbot.waitUntil(lambda: [shown.title for shown, _ in plot._others.shown] == ["first run"])
        told = [line.name for line in plot.readout(45)]
        assert "first run" in told
        assert "first run" not in [line.name for line in plot.readout(20)], "the past that both share is told once"
        driven.window.registry[BRANCHES].trigger()
        qtbot.waitUntil(lambda: not plot._others.shown)


def test_the_form_forks_here_with_what_was_typed(qtbot):
    with opened(qtbot) as driven:
        driven.session.run_to(40)
        driven.wait_for_step(40)
        form = driven.window.fork_panel
        driven.press(Qt.Key.Key_F)
        qtbot.waitUntil(form.isVisible)
        form.values[0].setText("fast")
        qtbot.keyClick(form.values[0], Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: form.complaint().startswith("optimizer.lr: expected a number > 0"))
        assert form.isVisible()
        form.values[0].setText("0.002")
        form.keys[1].setEditText("optimizer.momentum")
        form.values[1].setText("0.5")
        qtbot.keyClick(form.values[1], Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not form.isVisible())
        shown = driven.snapshot()
        assert (shown.step, shown.lr) == (40, 0.002)
        assert shown.place.branch.course.problem_at(40).optimizer.momentum == 0.5
        assert shown.done[-1].edit.changes == "lr 0.002, momentum 0.5"


def test_the_tree_goes_to_branches_names_hides_and_compares(qtbot):
    with opened(qtbot, size=(1920, 1080)) as driven:
        forked(driven)
        view = driven.window.branches
        driven.press(Qt.Key.Key_Y)
        qtbot.waitUntil(lambda: view.isVisible() and view.tree.branch(0) is not None)
        tree = view.tree
        box = tree.row_box(0).toRect()
        qtbot.mouseClick(tree, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 14, box.center().y()))
        qtbot.waitUntil(lambda: driven.snapshot().place.branch.number == 0 and driven.snapshot().step > 55)
        driven.wait_still()  # the tree shows it too, and selects it
        tree.setFocus()
        qtbot.keyClick(tree, Qt.Key.Key_M)
        qtbot.waitUntil(lambda: "first run is marked" in view.message())
        qtbot.waitUntil(lambda: tree.row_box(1) != tree.row_box(0))
        qtbot.keyClick(tree, Qt.Key.Key_Down)
        qtbot.keyClick(tree, Qt.Key.Key_M)
        qtbot.waitUntil(lambda: "They part at step 31." in view.message())
        qtbot.keyClick(tree, Qt.Key.Key_F2)
        qtbot.keyClicks(view._name, "the slow one")
        qtbot.keyClick(view._name, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: driven.snapshot().branches[1].title == "the slow one")
        qtbot.keyClick(tree, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: driven.snapshot().branches[1].hidden and tree.branch(1) is None)
        driven.window.session.undo()
        qtbot.waitUntil(lambda: tree.branch(1) is not None)


def test_brackets_go_from_branch_to_branch_at_the_same_step(qtbot):
    with opened(qtbot) as driven:
        forked(driven)
        driven.session.seek(45)
        driven.wait_for_step(45)
        driven.press(Qt.Key.Key_BracketRight)
        qtbot.waitUntil(lambda: driven.snapshot().place.branch.number == 0 and driven.snapshot().step == 45)
        driven.press(Qt.Key.Key_BracketLeft)
        qtbot.waitUntil(lambda: driven.snapshot().place.branch.number == 1)


def test_the_rates_of_other_branches_are_drawn_where_they_are_other_ones(qtbot):
    """One that trains with the same rate as the branch at hand would only lie on its line."""
    with opened(qtbot) as driven:
        session, plot = driven.session, driven.window.schedule.view.plot

        def named():
            driven.wait_still()
            qtbot.waitUntil(lambda: plot._snapshot.version == driven.snapshot().version)
            picture = QPixmap(600, 300)
            painter = QPainter(picture)
            plot.draw_exported(painter, picture.size())
            found = [title for _, _, title in plot._draw_others(painter)]
            painter.end()
            return found

        forked(driven)
        driven.press(Qt.Key.Key_S)
        assert named() == ["first run"]
        session.fork(50, {"optimizer.momentum": 0.5})
        session.step(20)
        assert named() == ["first run"]
        driven.press(Qt.Key.Key_BracketRight)
        driven.wait_still()
        assert len(named()) == 2
