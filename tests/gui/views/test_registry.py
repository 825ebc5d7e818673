"""The declarations of views: each says where it stands and for which models."""

from __future__ import annotations

import pytest

from lrsim.gui.views.registry import VIEWS
from lrsim.gui.views.view import ModelFacts, View, ViewSpec, always
from lrsim.gui.window import layouts, shot
from tests.gui.driving import opened

PERCEPTRON = ModelFacts(inputs=1, outputs=1, parameters=2, batch_size=1, held_out=0, recorded=True)
SPIRAL = ModelFacts(inputs=2, outputs=1, parameters=337, batch_size=10, held_out=40)
DIGITS = ModelFacts(inputs=64, outputs=10, parameters=2410, batch_size=32, held_out=360, images=True)


def test_names_are_given_once_and_are_those_of_the_views(make_bridge, qtbot, themes):
    names = [spec.name for spec in VIEWS]
    assert len(names) == len(set(names))
    bridge = make_bridge()
    for spec in VIEWS:
        view = spec.make(bridge, themes)
        qtbot.addWidget(view)
        assert isinstance(view, View)
        assert spec.name == view.NAME
        assert spec.title()


@pytest.mark.parametrize(
    ("layout", "model", "expected"),
    [
        ("step", PERCEPTRON, ["parameters", "error", "function", "steps"]),
        ("curves", PERCEPTRON, ["parameters", "error", "learning"]),
        ("step", SPIRAL, ["weights", "learning", "regions", "steps"]),
        ("curves", SPIRAL, ["weights", "learning"]),
        ("step", DIGITS, ["weights", "learning", "images", "steps"]),
        ("landscape", PERCEPTRON, ["error", "stability", "along", "phase", "surface"]),
        ("landscape", DIGITS, ["learning", "stability", "along", "surface"]),
        ("sweep", DIGITS, []),
    ],
)
def test_views_stand_where_they_say_something(layout, model, expected):
    assert [spec.name for spec in VIEWS if spec.stands_in(layout, model)] == expected


def test_views_stand_in_layouts_that_there_are():
    assert {layout for spec in VIEWS for layout in spec.layouts} <= {layout.name for layout in layouts.layouts()}


def test_every_view_has_a_picture():
    assert {spec.name for spec in VIEWS} <= set(shot.list_views())
    assert len(shot.list_views()) == len(set(shot.list_views()))


class NewView(View):
    """A view that somebody adds."""

    NAME = "new"

    def __init__(self, bridge, themes) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.follow(bridge)

    @staticmethod
    def title() -> str:
        return "New"

    def rebuild(self, snapshot) -> None:
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot) -> None:
        self.seen.append(snapshot.step)


def test_a_view_that_is_declared_stands_in_its_layouts_and_may_seek(qtbot, monkeypatch):
    new = ViewSpec("new", NewView.title, NewView, column="details", layouts={"curves": always})
    monkeypatch.setattr(layouts, "VIEWS", (*VIEWS, new))
    with opened(qtbot) as driven:
        stage = driven.window.stage
        assert not stage["new"].isVisible()
        driven.window.choose_layout("curves")
        assert stage["new"].isVisible()
        driven.session.run_to(20)
        driven.wait_for_step(20)
        stage["new"].seek_requested.emit(7)
        driven.wait_for_step(7)
        assert stage["new"].seen[-1] == 7
