"""Pictures drawn off screen."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.gui.look.theme import THEMES
from lrsim.gui.window import shot


@pytest.fixture
def experiment(qapp):
    return load("clip250")


UNMOVED = {"answers", "images", "filters", "regions", "experiment", "finder", "tried", "conditions"}
"""Views that steps leave as they are: of images or two inputs where there is one number, of what is wanted, of a test
not begun, of rates that are not in question, of conditions that nobody has set."""


@pytest.fixture(scope="module")
def drawn():
    """Pictures by view, as far as they were drawn."""
    return {}


@pytest.mark.parametrize("view", shot.list_views())
def test_every_view_is_a_picture_of_its_own_of_the_run(experiment, tmp_path, drawn, view):
    pictures = []
    for steps in (0, 30):
        shot.take(experiment, view, steps, (900, 600), "light", tmp_path / "view.png")
        pictures.append(QImage(str(tmp_path / "view.png")))
        assert (pictures[-1].width(), pictures[-1].height()) == (900, 600)
    assert (pictures[0] == pictures[1]) == (view in UNMOVED)
    assert [other for other, picture in drawn.items() if picture == pictures[1]] == []
    drawn[view] = pictures[1]


def test_rates_are_tried_for_a_picture_of_them(qapp, tmp_path):
    low = with_values(load("circle"), [("optimizer.lr", 1e-5), ("training.epochs", 20), ("data.samples", 80)])
    pictures = []
    for steps in (0, 100):
        shot.take(low, "tried", steps, (900, 400), "light", tmp_path / "tried.png")
        pictures.append(QImage(str(tmp_path / "tried.png")))
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_themes(experiment, tmp_path, theme):
    out = tmp_path / "window.png"
    shot.take(experiment, "window", 5, (1280, 720), theme, out)
    assert QImage(str(out)).pixelColor(640, 2).name().upper() == THEMES[theme].background


def test_the_views_of_a_sweep_show_its_runs(experiment, tmp_path):
    tones = {}
    for steps in (0, 12):
        shot.take(experiment, "sweep", steps, (1280, 720), "light", tmp_path / "sweep.png")
        picture = QImage(str(tmp_path / "sweep.png"))
        places = range(0, picture.width(), 3), range(0, picture.height(), 3)
        tones[steps] = {picture.pixelColor(x, y).name().upper() for x in places[0] for y in places[1]}
    assert set(THEMES["light"].series) & (tones[12] - tones[0]), (
        "the curves of the runs have tones that an empty page has not"
    )


def test_the_same_run_gives_the_same_picture(experiment, tmp_path):
    for name in ("a.png", "b.png"):
        shot.take(experiment, "window", 200, (1280, 720), "light", tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_an_unknown_view_is_refused(experiment, tmp_path):
    with pytest.raises(ValueError, match="expected one of"):
        shot.take(experiment, "landscape of dreams", 1, (100, 100), "light", tmp_path / "x.png")


def test_an_unwritable_path_is_refused_and_leaves_nothing(experiment, tmp_path):
    out = tmp_path / "no such folder" / "x.png"
    with pytest.raises(ExperimentError, match=r"x\.png"):
        shot.take(experiment, "error", 1, (200, 200), "light", out)
    assert not out.exists()
