"""The one loop: whatever keeps its rows, wherever it is cut, it takes the same steps and measures the same figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.common.epoch_grid import EpochGrid
from lrsim.experiment.files import from_dict, load
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_values
from lrsim.history.tree import History
from lrsim.runs.run import Change, run
from lrsim.training import engine, loop
from lrsim.training.epochs import EpochFigures, EpochLog, EpochMeans, no_spread
from lrsim.verdict.gather import JUDGED_EPOCHS, judged_epochs

INPUTS = [[0.1 * k - 0.5, 0.03 * k * k] for k in range(11)]
SETUP = {
    "data": {"source": "table", "inputs": INPUTS, "targets": [[x[0] - x[1]] for x in INPUTS], "test_fraction": 0.3,
             "order": "shuffle"},
    "model": {"layers": [{"units": 3, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
    "training": {"loss": "mse", "batch_size": 3, "epochs": 40},
    "optimizer": {"name": "adam", "lr": 0.02},
}  # fmt: skip
CALLBACKS = [("schedule.name", "plateau"), ("schedule.patience", 2), ("schedule.factor", 0.5),
             ("schedule.monitor", "loss"),
             ("stop.early_stopping", {"monitor": "val_loss", "patience": 8})]  # fmt: skip


def problem(callbacks: bool = False) -> engine.Problem:
    return engine.build(with_values(from_dict(SETUP), CALLBACKS if callbacks else []))


def windowed(of: engine.Problem, cuts: list[int], changes: list[tuple[int, str, object]]):
    """A branch trained in pieces of these lengths, again and again, to the end of its epochs."""
    history, place = History(of, 1 << 26), 0
    branch = history.root
    while branch.tip < of.total_steps and not history.stops_early(branch):
        for step, key, value in changes:
            if step == branch.tip:
                history.set_value(branch, key, value)
        later = [step - branch.tip for step, *_ in changes if step > branch.tip]
        history.advance(branch, min(cuts[place % len(cuts)], of.total_steps - branch.tip, *later), early_stop=True)
        place += 1
    return history, branch


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, 50), min_size=1, max_size=5), callbacks=st.booleans())
def test_window_and_headless_take_the_same_steps(cuts, callbacks):
    of = problem(callbacks)
    changes = [(7, RATE_KEY, 0.05), (20, MULTIPLIERS_KEY, (0.5, 2.0)), (33, RATE_KEY, 0.01)]
    history, branch = windowed(of, cuts, changes)
    result = run(of, changes=[Change(*change) for change in changes], every_epoch=True)
    assert result.steps == branch.tip
    assert result.theta.tobytes() == branch.state.theta.tobytes()
    records = history.epoch_records(branch, branch.tip)
    assert [record.step // of.steps_per_epoch for record in records] == result.figures.epochs.tolist()
    for name, values in result.figures.training.items():
        assert [record.training[name] for record in records] == values.tolist()
    for name, values in result.figures.validation.items():
        assert [record.validation[name] for record in records] == values.tolist()
    assert [record.rate for record in records] == result.figures.rates.tolist()


@settings(max_examples=30)
@given(
    size=st.sampled_from([1, 2, 6, 7, 8, 9, 100, 4096, 4097, 9000]),
    dtype=st.sampled_from(["float32", "float64"]),
    cuts=st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    seed=st.integers(0, 99),
)
def test_means_do_not_depend_on_where_rows_are_cut(size, dtype, cuts, seed):
    rows = np.random.default_rng(seed).normal(size=(3, 3 * size + size // 2)).astype(dtype)
    whole = EpochMeans(2, size).add(rows)
    means, found, place, turn = EpochMeans(2, size), [], 0, 0
    while place < rows.shape[1]:
        count = cuts[turn % len(cuts)]
        found.append(means.add(rows[:, place : place + count]))
        place, turn = place + count, turn + 1
    assert np.concatenate(found, axis=1).tobytes() == np.ascontiguousarray(whole).tobytes()
    expected = rows[:2, : 3 * size].reshape(2, 3, size).mean(axis=2, dtype=np.float64)
    assert whole == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_means_of_what_is_not_finite_are_not_finite():
    rows = np.array([[1.0, np.nan, 2.0, 4.0], [1.0, np.inf, 2.0, 4.0]])
    means = EpochMeans(2, 2).add(rows)
    assert np.isnan(means[0, 0])
    assert means[1, 0] == np.inf
    assert means[:, 1].tolist() == [3.0, 3.0]


def figures(first: int, count: int) -> EpochFigures:
    epochs = np.arange(first, first + count)
    return EpochFigures(epochs, {"loss": epochs * 1.0}, {}, epochs * 0.1)


@settings(max_examples=40)
@given(most=st.integers(2, 40), pieces=st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_a_log_holds_the_first_epoch_and_multiples_of_a_power_of_two(most, pieces):
    log, done = EpochLog(most=most), 0
    for count in pieces:
        log.take(EpochGrid.uniform(3), figures(done + 1, count), no_spread)
        done += count
        epochs = [record.step // 3 for record in log.records]
        stride = log.stride
        assert stride & (stride - 1) == 0
        assert epochs == [e for e in range(1, done + 1) if e == 1 or e % stride == 0]
        assert done // stride <= most
        assert stride == 1 or done // (stride // 2) > most, "thinned more than needed"


@pytest.mark.parametrize("epochs", [1, 511, 512, 513, 1023, 1024, 1025, 1026, 3000])
def test_a_verdict_finds_the_epochs_that_it_looks_at_whatever_else_is_kept(epochs):
    wanted = judged_epochs(epochs).tolist()
    for most in (JUDGED_EPOCHS, 1024, 5000):
        log = EpochLog(most=most)
        log.take(EpochGrid.uniform(6), figures(1, epochs), no_spread)
        kept = [record.step // 6 for record in log.records]
        assert set(kept) >= set(wanted)
        assert kept == wanted or most > JUDGED_EPOCHS


def test_replay_takes_layer_factors_where_they_changed():
    of = problem()
    _, branch = windowed(of, [9], [(5, MULTIPLIERS_KEY, (0.1, 3.0)), (14, MULTIPLIERS_KEY, ())])
    state = of.start()
    loop.replay(branch.course, state, 14)
    rows = np.empty((len(of.columns), branch.tip - 14))
    loop.replay(branch.course, state, branch.tip, rows)
    assert state.theta.tobytes() == branch.state.theta.tobytes()
    recorded = branch.recording.raw(14, branch.tip)
    assert recorded is not None
    assert rows.tobytes() == np.ascontiguousarray(recorded).tobytes()


def spy_on_rows(monkeypatch) -> Callable[[], int]:
    """How many rows the kernel was asked to record since."""
    rows, advance = [0], engine.advance

    def counting(*words, record=None, **more):
        outcome = advance(*words, record=record, **more)
        rows[0] += outcome.steps if record is not None else 0
        return outcome

    monkeypatch.setattr(engine, "advance", counting)
    return lambda: rows[0]


def test_a_long_run_records_a_small_part_of_its_rows(monkeypatch):
    recorded = spy_on_rows(monkeypatch)
    of = engine.build(with_values(load("clip250"), [("stop.min_steps", 10**9)]))
    result = run(of, max_steps=30_000_000)
    assert result.steps == 30_000_000
    assert recorded() < 8_000_000
    assert len(result.figures.epochs) <= JUDGED_EPOCHS + 1
    assert result.as_dict()["history"]["epoch"] == result.figures.epochs.tolist()
    full = run(of, max_steps=60_000, every_epoch=True)
    assert full.figures.epochs.tolist() == list(range(1, 10_001))
    assert "epoch" not in full.history


def test_what_was_not_recorded_comes_back_for_the_end():
    """The rows that a verdict and the summary look at are the newest ones, also where a rule ends the run at once."""
    of = engine.build(with_values(load("clip250-corrected"), [("stop.min_steps", 123_456), ("stop.target_error", 1.0)]))
    lean, whole = run(of, max_steps=10**6), run(of, max_steps=10**6, every_epoch=True)
    assert lean.steps == whole.steps
    assert lean.stop_reason == whole.stop_reason == "target_error"
    assert lean.last_step == whole.last_step
    assert lean.theta.tobytes() == whole.theta.tobytes()
    assert lean.verdict == whole.verdict
