"""Samples that are images: seen, chosen by mouse and keys, marked where wrong and where a step used them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.images.answers import NONE, answers_for
from lrsim.gui.views.images.paint import caption_of
from lrsim.gui.views.images.view import HELD_OUT, STEP, TRAINING, WRONG, ImagesView
from lrsim.gui.widgets.sample_images import Inks
from tests.gui.driving import opened
from tests.gui.labels import listening

pytest.importorskip("sklearn")
LIGHT = THEMES["light"]


@pytest.fixture
def digits(make_bridge):
    return make_bridge("digits-adam")


def shown(qtbot, bridge, size=(460, 420), themes=None):
    view = ImagesView(bridge, themes or ThemeSource(LIGHT))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


def test_images_are_drawn_from_the_pixels_of_the_source(digits):
    data = digits.reader.problem.data
    raw = data.scaler.unscaled(data.X_train[:3])
    for image, row in zip(Inks(data).images(raw, LIGHT), raw):
        ink = 255 - np.array([[QColor(image.pixel(x, y)).green() for x in range(8)] for y in range(8)])
        pixels = row.reshape(8, 8)
        assert (image.width(), image.height()) == (8, 8)
        assert np.corrcoef(ink.ravel(), pixels.ravel())[0, 1] > 0.999


def test_pixels_that_are_not_finite_are_drawn_all_the_same(digits):
    data = digits.reader.problem.data
    raw = np.full((1, 64), 1e308)
    raw[0, :4] = [np.nan, np.inf, -np.inf, -1e308]
    image = Inks(data).images(raw, LIGHT)[0]
    paper, ink = QColor(LIGHT.background), QColor(LIGHT.text)
    found = [QColor(image.pixel(x, 0)) for x in range(5)]
    assert found == [paper, ink, paper, paper, ink]


def test_answers_are_those_of_the_network(digits):
    snapshot = digits.train(200)
    problem = digits.reader.problem
    numbers = np.array([0, 5, problem.samples, problem.samples + 7])
    answers = answers_for(digits.reader, snapshot, numbers)
    inputs = np.concatenate([problem.data.X_train[[0, 5]], problem.data.X_test[[0, 7]]])
    targets = np.concatenate([problem.data.Y_train[[0, 5]], problem.data.Y_test[[0, 7]]])
    outputs = digits.reader.predict(snapshot, inputs)
    assert np.allclose(answers.shares, outputs)
    assert answers.given.tolist() == outputs.argmax(axis=1).tolist()
    assert answers.wanted.tolist() == targets.argmax(axis=1).tolist()
    assert answers.share(1) == pytest.approx(float(outputs[1].max()))


def test_what_is_wrong_is_said_in_words():
    assert caption_of("3", "3", 0.984).text == "3  98 %"
    assert caption_of("3", "3", 0.984).right
    assert caption_of("3", "5", 0.5).text == "5, not 3"
    assert not caption_of("3", "5", 0.5).right
    assert caption_of("3", None, float("nan")).text == "NaN"


def test_held_out_samples_come_first_and_a_click_chooses_one(digits, qtbot):
    digits.train(30)
    view = shown(qtbot, digits)
    assert view.sets[HELD_OUT].isChecked()
    samples = digits.reader.problem.samples
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=view.grid.cell_of(4).center())
    assert view.grid.chosen_number == samples + 4
    answers = answers_for(digits.reader, digits.session.snapshot(), np.array([samples + 4]))
    classes = digits.reader.problem.data.classes
    assert view.portrait.wanted.text() == classes[answers.wanted[0]]
    assert view.portrait.given.text() == classes[answers.given[0]]
    assert view.portrait.verdict.text() == ("right" if answers.given[0] == answers.wanted[0] else "wrong")
    assert view.portrait.sure.text().endswith(" %")
    assert f"{samples + 5:,}".replace(",", "\u202f") in view.grid.accessibleDescription()


def test_keys_choose_and_bring_in_sight(digits, qtbot):
    view = shown(qtbot, digits)
    grid, first = view.grid, digits.reader.problem.samples
    last = len(digits.reader.problem.data.X_test) - 1
    for key, expected in (
        (Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 1 + grid.columns), (Qt.Key.Key_Left, grid.columns),
        (Qt.Key.Key_Up, 0), (Qt.Key.Key_Up, 0), (Qt.Key.Key_Left, 0), (Qt.Key.Key_End, last), (Qt.Key.Key_Right, last),
    ):  # fmt: skip
        qtbot.keyClick(grid, key)
        assert grid.chosen_number == first + expected, key
        assert expected in grid.places_in_sight()
        assert grid.viewport().rect().contains(grid.cell_of(expected).center())
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    qtbot.keyClick(grid, Qt.Key.Key_PageDown)
    assert grid.chosen_number > first + grid.columns
    assert (grid.chosen_number - first) % grid.columns == 0


def test_samples_of_this_step_are_a_set_and_are_marked_among_the_others(digits, qtbot):
    view = shown(qtbot, digits)
    view.sets[STEP].trigger()
    assert view.grid.chosen_number is None
    assert not view.portrait.isVisible()
    digits.train(2)
    batch = digits.reader.problem.batch(2).tolist()
    assert view.grid._numbers.tolist() == batch
    view.sets[TRAINING].trigger()
    assert view.grid._marked == frozenset(batch)
    view.grid.choose(batch[0])
    assert "this step" in view.portrait.name.text()
    view.grid.choose(batch[-1] + 1)
    assert "training" in view.portrait.name.text()
    digits.session.seek(1)
    digits.carry_out()
    assert view.grid._marked == frozenset(digits.reader.problem.batch(1).tolist())


def test_outputs_that_are_not_finite_are_said(make_bridge, qtbot):
    bridge = make_bridge(
        "digits-adam", optimizer__lr=1e30, stop__divergence=False, training__loss="mse", optimizer__name="sgd"
    )
    view = shown(qtbot, bridge)
    bridge.session.run_to(30)
    bridge.carry_out()
    view.grab()
    answers = answers_for(bridge.reader, bridge.session.snapshot(), np.array([0]))
    assert answers.given[0] == NONE
    assert view.portrait.given.text() == "not finite"
    assert view.portrait.verdict.text() == "wrong"


def test_what_a_large_model_says_comes_from_beside_the_window(digits, qtbot, monkeypatch):
    digits.train(2)
    monkeypatch.setattr("lrsim.gui.bridge.evaluator.LITTLE", 0)
    view = shown(qtbot, digits)
    view.grid.grab()
    qtbot.waitUntil(lambda: view._answers is not None and view.portrait.given.text() != "")
    with listening(monkeypatch) as written:
        view.grid.grab()
    assert len(written) == len(view.grid.places_in_sight())
    assert view.portrait.given.text() in digits.reader.problem.data.classes


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_it_is_drawn_at_any_size_in_every_theme(digits, qtbot, theme):
    view = shown(qtbot, digits, themes=ThemeSource(theme))
    for steps in (0, 3):
        if steps:
            digits.train(steps)
        for size in ((1, 1), (200, 160), (460, 420), (2000, 300), (300, 1400)):
            view.setFixedSize(*size)
            view.grab()


def test_other_models_leave_it_out_and_digits_bring_it(qtbot):
    with opened(qtbot, experiment="spiral") as driven:
        images = driven.window.stage["images"]
        assert not images.isVisible()
        driven.window.commands.load_named("digits-adam")
        qtbot.waitUntil(lambda: driven.window.stage["images"].isVisible())
        assert not driven.window.stage["regions"].isVisible()


def test_arrows_are_the_grids_while_it_has_the_focus_and_go_back_to_training(qtbot):
    with opened(qtbot, experiment="digits-adam") as driven:
        grid = driven.window.stage["images"].grid
        grid.setFocus()
        qtbot.keyClick(grid, Qt.Key.Key_Right)
        driven.wait_still()
        assert driven.snapshot().step == 0
        assert grid.chosen_number == driven.bridge.reader.problem.samples + 1
        driven.window.setFocus()
        qtbot.keyClick(driven.window, Qt.Key.Key_Right)
        driven.wait_for_step(1)


def test_the_sample_that_is_tried_is_seen(qtbot):
    with opened(qtbot, experiment="digits-adam") as driven:
        form = driven.window.try_it.form
        assert form.picture.isVisible()
        before = form.picture.grab().toImage()
        form.sample.setFocus()
        form.sample.selectAll()
        qtbot.keyClicks(form.sample, "3")
        qtbot.keyClick(form.sample, Qt.Key.Key_Return)
        assert form.picture.accessibleName() == "Sample 3"
        assert form.picture.grab().toImage() != before
        driven.window.commands.load_named("spiral")
        qtbot.waitUntil(lambda: not form.picture.isVisible())


def test_a_tooltip_tells_the_label(digits, qtbot, monkeypatch):
    from PySide6.QtGui import QHelpEvent
    from PySide6.QtWidgets import QToolTip

    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _owner: told.append(text))
    view = shown(qtbot, digits)
    at = view.grid.cell_of(1).center()
    view.grid.viewportEvent(QHelpEvent(QHelpEvent.Type.ToolTip, at, QPoint(0, 0)))
    assert "label" in told[0]


def wrong_ones(bridge) -> list[int]:
    reader, snapshot = bridge.reader, bridge.reader.snapshot()
    data = reader.problem_of(snapshot).data
    numbers = len(data.X_train) + np.arange(len(data.X_test))
    answers = answers_for(reader, snapshot, numbers)
    return numbers[answers.given != answers.wanted].tolist()


def test_those_that_come_out_wrong_are_shown_alone_and_counted(digits, qtbot):
    digits.train(60)
    view = shown(qtbot, digits, (700, 500))
    view.sets[WRONG].trigger()
    qtbot.waitUntil(lambda: view.settled and view._wrong is not None)
    expected = wrong_ones(digits)
    assert 10 < len(expected) < 200
    assert view.grid._numbers.tolist() == expected
    assert view._title.text() == f"{len(expected)} of {len(digits.reader.problem.data.X_test)} wrong"
    view.grab()


def test_they_follow_the_steps_and_give_way_to_the_other_sets(digits, qtbot):
    digits.train(30)
    view = shown(qtbot, digits, (700, 500))
    view.sets[WRONG].trigger()
    qtbot.waitUntil(lambda: view.settled and view._wrong is not None)
    early = view.grid._numbers.tolist()
    digits.train(300)
    view.show_snapshot(digits.reader.snapshot())
    qtbot.waitUntil(lambda: view.settled and view.grid._numbers.tolist() == wrong_ones(digits))
    assert view.grid._numbers.tolist() != early
    view.sets[HELD_OUT].trigger()
    assert len(view.grid._numbers) == len(digits.reader.problem.data.X_test)
    assert view._title.text() == "Images"
