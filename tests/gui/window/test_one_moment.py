"""While training runs, everything that says or marks a step says the same one: read in the frame, painted ones too."""

from __future__ import annotations

import math
import re

import pytest

from lrsim.common.numbers import THIN_SPACE
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.gui.panels.this_step.panel import ThisStepPanel
from lrsim.gui.views.function.plot import FunctionPlot
from lrsim.gui.views.steps.table import StepTable
from tests.gui.driving import opened

FRAMES = 25


def step_in(text: str) -> int:
    found = re.search(r"[Ss]tep ([\d\N{NARROW NO-BREAK SPACE}]+)", text)
    assert found, text
    return int(found[1].replace(THIN_SPACE, ""))


@pytest.fixture
def painted(monkeypatch):
    """The step that each picture was last painted for."""
    seen: dict[str, int] = {}

    def watch(owner, method, name):
        draw = getattr(owner, method)

        def drawn(self, *args):
            seen[name] = self._snapshot.step
            return draw(self, *args)

        monkeypatch.setattr(owner, method, drawn)

    watch(StepTable, "_draw_rows", "table")
    watch(FunctionPlot, "draw_over", "sample")
    return seen


@pytest.mark.parametrize("speed", [20.0, 300.0, math.inf])
@pytest.mark.parametrize("preset", ["clip250", "spiral", "bmi-optimizers"])
def test_all_that_belongs_to_a_step_belongs_to_the_same_one(qtbot, painted, preset, speed):
    with opened(qtbot, experiment=preset, size=(1600, 900)) as driven:
        window = driven.window
        (panel,), (table,) = window.findChildren(ThisStepPanel), window.findChildren(StepTable)
        assert panel.isVisible()
        seen: list[dict[str, int]] = []
        drawn: list[set[int]] = []

        def note() -> None:
            if driven.bridge._shown.playing and window.transport.readout().startswith("step"):
                steps = {
                    "counter": step_in(window.transport.readout()),
                    "timeline": window.transport.timeline._step,
                    "this step": step_in(panel.text()),
                    "rows": table.visible_steps[1],
                }
                if steps["counter"] > 1:
                    drawn.append(set(painted.values()))
                    seen.append(steps)

        endless = [("training.epochs", 10**7), ("stop.target_error", 0.0)]
        window.commands.load(with_values(load(preset), endless))
        driven.wait_still()
        driven.session.set_speed(speed)
        driven.session.play()
        driven.bridge.frame.connect(note)
        qtbot.waitUntil(lambda: len(seen) >= FRAMES + 2)
        driven.session.pause()
        driven.wait_still()
    written = [steps.pop("this step") for steps in seen]
    mixed = [steps for steps in seen if len(set(steps.values())) > 1]
    assert not mixed, f"{len(mixed)} of {len(seen)}: {mixed[:5]}"
    shown = [steps["counter"] for steps in seen]
    for place in range(2, len(seen)):  # the first ones are laid out; a busy machine paints a frame later
        assert drawn[place] <= set(shown[place - 1 : place + 1]), (place, drawn[place], shown[place - 1 : place + 1])
    if math.isinf(speed):  # as often as there is time for it; it says which step it is
        assert all(step <= steps["counter"] for step, steps in zip(written, seen))
    else:
        assert written == [steps["counter"] for steps in seen]
