"""No text is cut and no label overlaps another, in views, panels, layouts and sheets; `survey.py` has all looks."""

from __future__ import annotations

import pytest

from tests.gui.fit.checker import Recorder, faults
from tests.gui.fit.scenes import Scene, states

LOOKS = [("light", (1280, 720), 100), ("projector", (1280, 720), 100), ("projector", (1280, 720), 150)]
"""The tightest ones."""


@pytest.fixture(params=["clip250", "spiral"])
def scene(request, qapp):
    scene = Scene(request.param)
    scene.window.show()
    scene.session.run_to(40)
    yield scene
    scene.close()


@pytest.mark.parametrize(("theme", "size", "percent"), LOOKS, ids=lambda value: str(value))
def test_nothing_is_cut_off_and_nothing_overlaps(scene, theme, size, percent):
    scene.wear(theme, size, percent)
    recorder = Recorder()
    found = {}
    with recorder.installed():
        for state in states(scene, sweeps=False):
            assert scene.window.size().toTuple() == size, state
            if faulty := faults(scene.window, recorder):
                found[state] = faulty
    assert found == {}
