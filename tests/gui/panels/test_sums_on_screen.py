"""What panels say of a step and its rate comes out, for random experiments in the real window.

`LRSIM_SUMS=200` in the environment tries so many; the default is a small share of that.
"""

from __future__ import annotations

import math
import os
import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lrsim.common.numbers import short
from lrsim.gui.panels.this_step.panel import ThisStepPanel
from tests.debugger.arithmetic import Interval, assert_true, worth
from tests.debugger.random_experiments import experiments
from tests.gui.driving import opened

EXAMPLES = int(os.environ.get("LRSIM_SUMS", "8"))
NO_BREAK = "\N{NO-BREAK SPACE}"


def test_every_sum_on_screen_is_true(qtbot):
    with opened(qtbot, size=(1600, 900)) as driven:
        (panel,) = driven.window.findChildren(ThisStepPanel)

        @given(experiments(), st.integers(0, 2**16))
        @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=[*HealthCheck], database=None)
        def every(setup, seed):
            any_ = random.Random(seed)
            before = driven.snapshot().run
            driven.window.commands.load(setup)
            driven.wait_still()
            if driven.snapshot().run == before:
                return  # refused
            for steps in (0, any_.randint(1, 3), any_.randint(5, 30)):
                driven.session.step(steps)
                driven.wait_still()
                check(driven, panel)
                if any_.random() < 0.3:
                    driven.window.commands.scale_rate(any_.choice([0.5, 2.0]))
                    driven.wait_still()
                    check(driven, panel)

        every()


def check(driven, panel) -> None:
    window, snapshot = driven.window, driven.snapshot()
    lines = [line.split(": ", 1) for line in panel.text().splitlines()]
    for title, text in lines:
        assert_true(title, text)
    made = {title.removeprefix("New "): text for title, text in lines if title.startswith("New ")}
    if snapshot.step:
        names = driven.bridge.reader.problem_of(snapshot).parameter_names
        for name, text in made.items():
            assert text.endswith(f"= {short(snapshot.theta[names.index(name)])}")
    shown = window.rate.field.text()
    if math.isfinite(snapshot.rate):
        assert shown == short(snapshot.rate)
        message = window.rate.message()
        if "×" in message:
            product = " * ".join(part.split(NO_BREAK)[-1] for part in message.split(" × "))
            assert worth(product).meets(Interval.of(shown)), (message, shown)
