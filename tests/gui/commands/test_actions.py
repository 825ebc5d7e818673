"""The registry of actions: groups go by their ids, whatever people call them."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from lrsim.gui.commands.actions import MANY_RUNS, ONE_RUN, Actions, ActionSpec
from lrsim.gui.look.theme import THEMES
from lrsim.gui.window import layouts
from lrsim.gui.window.actions import catalogue
from tests.gui.driving import opened


class AllAlike(QTranslator):
    """Translates every text of the window's actions to the same one."""

    def translate(self, context, text, disambiguation=None, n=-1):
        return "gleich" if context == "WindowActions" else None

    def isEmpty(self):
        return False


@pytest.fixture
def all_alike(qapp):
    translator = AllAlike()
    QApplication.installTranslator(translator)
    yield
    QApplication.removeTranslator(translator)


@pytest.fixture
def host(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def spec(name, group, **more):
    return ActionSpec(name, group, "Do it", "Does it", lambda window: window.setObjectName(name), **more)


def test_groups_whose_titles_are_alike_stay_apart(host, themes):
    actions = Actions(host, {"one": "Same", "two": "Same"}, themes)
    for name, group in (("a", "one"), ("b", "two"), ("c", "one")):
        actions.add(spec(name, group))
    assert {group: [a.objectName() for a in listed] for group, listed in actions.groups().items()} == {
        "one": ["a", "c"], "two": ["b"]
    }  # fmt: skip
    assert [name for name, _ in actions.items()] == ["a", "c", "b"]


def test_an_action_acts_on_the_window(host, themes):
    actions = Actions(host, {"one": "One"}, themes)
    actions.add(spec("a", "one", keys=("Ctrl+J", "F9"), icon="play")).trigger()
    assert host.objectName() == "a"
    assert actions["a"].shortcuts() == [QKeySequence("Ctrl+J"), QKeySequence("F9")]
    assert "Ctrl+J" in actions["a"].toolTip()


def test_choices_of_a_group_exclude_one_another(host, themes):
    actions = Actions(host, {"one": "One", "two": "Two"}, themes)
    for name, group in (("a", "one"), ("b", "one"), ("c", "two")):
        actions.add(spec(name, group, choice=True))
    actions["a"].trigger()
    actions["c"].trigger()
    actions["b"].trigger()
    assert [actions[name].isChecked() for name in "abc"] == [False, True, True]


def test_a_group_that_nobody_declared_is_refused(host, themes):
    with pytest.raises(KeyError):
        Actions(host, {"one": "One"}, themes).add(spec("a", "two"))


def test_icons_follow_the_theme(host, themes):
    actions = Actions(host, {"one": "One"}, themes)
    actions.add(spec("a", "one", icon="play"))
    before = actions["a"].icon().pixmap(16, 16).toImage()
    themes.wear(THEMES["dark"])
    assert actions["a"].icon().pixmap(16, 16).toImage() != before


def test_names_and_keys_are_given_once(qapp):
    specs = catalogue.declared()
    names = [each.name for each in specs]
    assert len(names) == len(set(names))
    for seen in (ONE_RUN, MANY_RUNS):
        keys = [key for each in specs for key in each.keys if each.seen in ("", seen)]
        assert len(keys) == len(set(keys)), seen
    assert {each.group for each in specs} <= set(catalogue.group_titles())


def texts(menu: QMenu) -> list[str]:
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += texts(inner) if isinstance(inner, QMenu) else [action.objectName()]
    return found


def test_a_language_in_which_all_titles_are_alike_opens_and_lists_everything(qtbot, all_alike):
    with opened(qtbot) as driven:
        registry = driven.window.registry
        assert registry.title("run") == registry.title("edit") == "gleich"
        found = [action.objectName() for action in registry.group("layout")]
        assert found == [f"layout_{layout.name}" for layout in layouts.layouts()]
        main = next(menu for menu in driven.window.findChildren(QMenu) if "quit" in texts(menu))
        assert {"play", "rate_up", "undo", "layout_step", "panel_try_it", "theme_dark", "open"} <= set(texts(main))
        driven.window.registry["palette"].trigger()
        enabled = [a for name, a in registry.items() if a.isEnabled() and name != "palette"]
        assert len(driven.window.palette_panel.shown_commands()) == len(enabled)


def test_a_ninth_group_is_a_line_in_the_list(qtbot, monkeypatch):
    titles, specs = catalogue.group_titles, catalogue.declared
    more = dataclasses.replace(spec("measure", "extra"), title="Measure", keys=("Ctrl+J",), synonyms="curvature")
    monkeypatch.setattr(catalogue, "group_titles", lambda: {"extra": "Extra", **titles()})
    monkeypatch.setattr(catalogue, "declared", lambda: [*specs(), more])
    with opened(qtbot) as driven:
        registry = driven.window.registry
        assert next(iter(registry.groups())) == "extra"
        main = next(menu for menu in driven.window.findChildren(QMenu) if "quit" in texts(menu))
        assert "play" in texts(main)
        registry["keys"].trigger()
        assert {"Extra", "Measure"} <= set(driven.window.keys_panel.texts())


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("preset circle", "Experiment: circle"),
        ("shortcuts", "Program: Keys"),
        ("lr range", "Learning rate: Find"),
        ("teapot", None),
    ],
)
def test_the_palette_finds_by_synonyms(qtbot, typed, found):
    with opened(qtbot) as driven:
        driven.window.registry["palette"].trigger()
        qtbot.keyClicks(driven.window.focusWidget(), typed)
        shown = driven.window.palette_panel.shown_commands()
        assert not shown if found is None else any(words.startswith(found) for words in shown)
