"""The panel of instruments: values of the step at hand, what they mean, and what is done with them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lrsim.common.numbers import short
from lrsim.gui.panels.instruments.panel import NAME, NOW, STEP, TITLE
from lrsim.instruments.registry import INSTRUMENTS
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="spiral", size=(1280, 720)) as window:
        window.session.run_to(100)
        window.wait_still()
        window.press(Qt.Key.Key_I)
        yield window


def shown(driven) -> dict[str, tuple[str, str]]:
    panel = driven.window.instruments
    rows = [panel.list.topLevelItem(row) for row in range(panel.list.topLevelItemCount())]
    return {row.data(TITLE, NAME): (row.text(NOW), row.text(STEP)) for row in rows}


def wait_for(driven, step: str) -> dict[str, tuple[str, str]]:
    driven.qtbot.waitUntil(lambda: {at for _, at in shown(driven).values()} == {step}, timeout=20_000)
    return shown(driven)


def choose(driven, name: str) -> None:
    panel = driven.window.instruments
    row = list(INSTRUMENTS).index(name)
    rect = panel.list.visualItemRect(panel.list.topLevelItem(row))
    driven.qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def test_every_value_is_that_of_the_moment_at_the_step(driven):
    found = wait_for(driven, "100")
    moment = driven.bridge.reader.moment(driven.snapshot())
    assert moment.state.step == 100
    for name, (text, _) in found.items():
        value = short(INSTRUMENTS[name].measure(moment))
        assert text == (f"{value} of 38" if name == "lr_sharpness" else value)  # by Adam
    assert found["flips"][0] != "NaN"
    driven.press(Qt.Key.Key_Left)
    assert wait_for(driven, "99") != found


def test_the_chosen_one_is_explained_with_its_source(driven):
    wait_for(driven, "100")
    choose(driven, "alpha")
    panel = driven.window.instruments
    assert panel._says.text() == INSTRUMENTS["alpha"].sentence
    assert INSTRUMENTS["alpha"].source in panel._source.text()
    choose(driven, "lr_sharpness")
    assert "Approximate" in panel._source.text()  # spiral is trained by batches


def test_one_becomes_a_watch_that_fills_in_the_past(driven):
    wait_for(driven, "100")
    choose(driven, "sharpness")
    panel = driven.window.instruments
    driven.qtbot.mouseClick(panel.follow_button, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: [watch.text for watch in driven.snapshot().watches] == ["sharpness"])
    driven.qtbot.waitUntil(lambda: driven.snapshot().watches[0].is_known, timeout=20_000)
    assert driven.window.watches.isVisible()
    driven.press(Qt.Key.Key_I)
    driven.qtbot.waitUntil(lambda: not panel.follow_button.isEnabled())


def test_the_largest_stable_rate_is_a_click_away_and_undone(driven):
    wait_for(driven, "100")
    panel, before = driven.window.instruments, driven.snapshot().lr
    rate = panel.use.rate
    assert panel.list.topLevelItem(list(INSTRUMENTS).index("stable_rate")).text(NOW) == short(rate)
    driven.qtbot.mouseClick(panel.use, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: driven.snapshot().lr == rate)
    driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driven.qtbot.waitUntil(lambda: driven.snapshot().lr == before)


def test_they_are_read_while_it_plays_and_forgotten_with_the_run(driven):
    wait_for(driven, "100")
    driven.press(Qt.Key.Key_Space)
    driven.qtbot.waitUntil(lambda: int(shown(driven)["distance"][1].replace(" ", "")) > 100, timeout=20_000)
    driven.press(Qt.Key.Key_Space)
    driven.window.commands.load_named("xor")
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name == "xor")
    wait_for(driven, "0")
    assert shown(driven)["flips"][0] == "NaN"


def test_a_run_that_blew_up_has_no_curvature_and_goes_on(driven):
    driven.window.commands.load_named("clip250")
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name == "clip250")
    driven.session.set_rate(1.0)
    for _ in range(2):  # the first ends where the loss is not finite
        driven.session.run_to(300)
        driven.wait_still()
    found = wait_for(driven, "300")
    assert found["sharpness"][0] == "NaN"
    assert not driven.window.instruments.use.isVisible()
