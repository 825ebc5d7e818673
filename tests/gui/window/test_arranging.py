"""Any view is put beside any other, by hand and by keys, and stays there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QListWidget

from lrsim.gui.views.registry import VIEWS
from lrsim.gui.views.view import View
from lrsim.gui.window.window import MainWindow
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 1000)) as window:
        yield window


def names(each: QListWidget) -> list[str]:
    return [each.item(row).text() for row in range(each.count())]


def seen(window: MainWindow) -> list[tuple[str, bool]]:
    """The views in sight from top to bottom, the left column first, and whether each is at the right."""
    middle = window.stage.mapToGlobal(window.stage.rect().center()).x()
    shown = [view for view in window.stage.views if view.isVisible()]

    def place(view: View) -> tuple[bool, int]:
        corner = view.mapToGlobal(QPoint(0, 0))
        return corner.x() + view.width() / 2 > middle, corner.y()

    return [(view.NAME, place(view)[0]) for view in sorted(shown, key=place)]


def lists(window: MainWindow) -> tuple[QListWidget, ...]:
    window.registry["arrange"].trigger()
    return window.arrange_panel.lists


def move(driven, title: str, *keys: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    """Choose a view in whichever list it stands, and press keys."""
    found = next(each for each in driven.window.arrange_panel.lists if title in names(each))
    found.setFocus()
    found.setCurrentRow(names(found).index(title))
    for key in keys:
        holder = next(each for each in driven.window.arrange_panel.lists if each.hasFocus())
        driven.qtbot.keyClick(holder, key, modifiers)
    driven.qtbot.wait(1)


def test_each_view_that_means_something_is_listed_once(driven):
    window = driven.window
    left, right, out = map(names, lists(window))
    titles = [spec.title() for spec in VIEWS if spec.fits(window.stage.model)]
    assert sorted([*left, *right, *out]) == sorted(titles)
    assert left == ["Weights and biases", "Loss and accuracy"]
    assert right == ["Decision regions", "Steps"]
    assert "Learned function" not in [*left, *right, *out]  # there are two inputs


def test_keys_move_a_view_beside_any_other_and_the_arrangement_of_another_layout_stays(driven):
    window = driven.window
    lists(window)
    move(driven, "Network", Qt.Key.Key_Left, Qt.Key.Key_Left)
    move(driven, "Weights and biases", Qt.Key.Key_Right, Qt.Key.Key_Right)
    move(driven, "True loss surface", Qt.Key.Key_Left)
    driven.qtbot.waitUntil(lambda: ("surface", True) in seen(window))
    move(driven, "Network", Qt.Key.Key_Up, modifiers=CONTROL)
    driven.qtbot.waitUntil(lambda: seen(window)[0] == ("diagram", False))
    assert sorted(seen(window)) == sorted(
        [("diagram", False), ("learning", False), ("regions", True), ("steps", True), ("surface", True)]
    )
    window.choose_layout("curves")
    assert ("diagram", False) not in seen(window)
    window.choose_layout("step")
    driven.qtbot.waitUntil(lambda: seen(window)[0] == ("diagram", False))


def test_all_of_them_can_be_left_out_and_the_usual_arrangement_comes_back(driven):
    window = driven.window
    before = seen(window)
    left, right, out = lists(window)
    while left.count() or right.count():
        for each in (left, right):
            while each.count():
                move(driven, names(each)[0], *[Qt.Key.Key_Right] * (2 if each is left else 1))
    assert not seen(window)
    driven.session.run_to(30)
    driven.wait_for_step(30)
    window.arrange_panel.usual.click()
    assert seen(window) == before
    assert not window.arrange_panel.usual.isEnabled()
    assert out.count()


def test_it_is_kept_over_a_restart_and_through_experiments_in_which_a_view_means_nothing(qtbot, tmp_path):
    with opened(qtbot, experiment="spiral", size=(1600, 1000), folder=tmp_path) as driven:
        lists(driven.window)
        move(driven, "Decision regions", Qt.Key.Key_Left)
        move(driven, "Network", Qt.Key.Key_Left)
        driven.qtbot.waitUntil(lambda: ("diagram", True) in seen(driven.window))
        arranged = seen(driven.window)
        driven.window.commands.load_named("clip250")
        driven.qtbot.waitUntil(lambda: not driven.window.commands.loading)
        assert ("regions", False) not in seen(driven.window)
        assert ("function", True) in seen(driven.window)  # nobody has put it anywhere
        driven.window.commands.undo()
        driven.qtbot.waitUntil(lambda: seen(driven.window) == arranged)
    with opened(qtbot, experiment="spiral", size=(1600, 1000), folder=tmp_path) as driven:
        assert seen(driven.window) == arranged
        driven.window.reset_layout()
        assert ("diagram", True) not in seen(driven.window)


@pytest.mark.parametrize(
    "kept",
    [
        'views.step = {left = ["diagram", "diagram", "nothing"], right = ["diagram"]}',
        "views.nowhere = {left = ['diagram']}",
        "views.step = {middle = ['diagram']}",
        "views.step = {}",
        "views = 3",
        "views.step = {left = 'diagram'}",
    ],
)
def test_settings_that_say_nonsense_do_no_harm(qtbot, tmp_path, kept):
    (tmp_path / "settings.toml").write_text(kept)
    with opened(qtbot, experiment="spiral", size=(1600, 1000), folder=tmp_path) as driven:
        assert sum(name == "diagram" for name, _ in seen(driven.window)) <= 1
        assert seen(driven.window)
        listed = [name for each in lists(driven.window) for name in names(each)]
        assert len(listed) == len(set(listed))
