"""Values over the past of a run: the same as asked for one by one, whenever the run grew and however far it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.debugger import hindsight as module
from lrsim.debugger.conditions.condition import expression
from lrsim.debugger.conditions.hits import values_of
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.debugger.hindsight import Hindsight
from lrsim.experiment.files import from_dict, load
from lrsim.history.tree import History
from lrsim.training import engine

TEXTS = ("grad_norm", "loss", "mean(loss, 5)", "W1[0,1] - prev(W1[0,1])", "update_ratio", "1 / (step - 7)")


def spiral() -> History:
    net = {"layers": [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]}
    return History(
        engine.build(
            from_dict(
                {
                    "data": {"source": "spiral"},
                    "model": net,
                    "training": {"loss": "binary_cross_entropy", "batch_size": 8, "epochs": 10**6},
                    "optimizer": {"name": "adam", "lr": 0.01},
                }
            )
        ),
        64 << 20,
    )


@pytest.mark.parametrize("text", TEXTS)
@settings(max_examples=8, deadline=None)
@given(grown=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), min_size=1, max_size=8))
def test_bins_hold_what_the_steps_hold_however_the_run_grew(text, grown):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_BINS", 16)
        history = spiral()
        source = BranchSource(history, history.root)
        found = Hindsight(source, expression(history.problem, text))
        for steps, looks in grown:
            history.advance(history.root, steps)
            for _ in range(looks):
                found.go_on(history.root.tip)
        tip, rounds = history.root.tip, 0
        while found.is_behind(tip):
            found.go_on(tip)
            rounds += 1
            assert rounds < 1000
        curve = found.curve(tip)
        values = values_of(source, found.expression, 0, tip)
        edges = np.arange(0, tip, curve.size)
        finite = np.where(np.isfinite(values), values, np.nan)
        np.testing.assert_array_equal(curve.low, np.fmin.reduceat(finite, edges))
        np.testing.assert_array_equal(curve.high, np.fmax.reduceat(finite, edges))
        late = np.arange(tip) >= found.expression.lookback
        np.testing.assert_array_equal(curve.bad, np.logical_or.reduceat(~np.isfinite(values) & late, edges))
        assert (curve.share, curve.known.all(), len(curve.low) <= 16) == (1.0, True, True)


def test_the_newest_steps_come_first_and_the_past_can_be_left(monkeypatch):
    history = spiral()
    history.advance(history.root, 50_000)
    monkeypatch.setattr(module, "chunk_of", lambda *given: 5000)
    found = Hindsight(BranchSource(history, history.root), expression(history.problem, "grad_norm"))
    found.go_on(50_000)
    curve = found.curve(50_000)
    assert curve.known[-1]
    assert not curve.known[0]
    assert 0 < curve.share < 1
    found.since = 50_000
    assert not found.is_behind(50_000)
    history.advance(history.root, 100)
    assert found.is_behind(50_100)
    while found.is_behind(50_100):
        found.go_on(50_100)
    assert not found.curve(50_100).known[0]
    found.since = 0
    assert found.is_behind(50_100)


def test_what_is_not_finite_is_marked_and_what_is_too_early_is_not():
    history = History(engine.build(load("clip250")), 64 << 20)
    history.advance(history.root, 40)
    found = Hindsight(BranchSource(history, history.root), expression(history.problem, "prev(loss, 3) / (step - 9)"))
    while found.is_behind(40):
        found.go_on(40)
    curve = found.curve(40)
    assert np.flatnonzero(curve.bad).tolist() == [8]
    assert np.isnan(curve.low[:3]).all()
