"""The iteration table: what each step saw, foretold and became, in numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.history import recording
from lrsim.history.steps import Row, table_rows
from lrsim.history.tree import History
from lrsim.training import engine

SAMPLES = [(1.0, 2.0), (-0.5, 0.5), (0.25, -1.0)]
SETUP = from_dict(
    {
        "data": {"source": "table", "inputs": [[x] for x, _ in SAMPLES], "targets": [[y] for _, y in SAMPLES]},
        "model": {"layers": [{"units": 1}], "dtype": "float64", "weights": [[[0.5]], [0.25]]},
        "training": {"loss": "half_mse", "batch_size": 1, "epochs": 10**6},
        "optimizer": {"lr": 0.1},
    }
)
"""One linear unit, W = 0.5 and b = 0.25 at the start, a sample a step."""


def trained(steps: int, **values: object) -> History:
    changes = [(key.replace("__", "."), value) for key, value in values.items()]
    history = History(engine.build(with_values(SETUP, changes)), 1 << 24)
    history.advance(history.root, steps)
    return history


def by_hand(rates: list[float]) -> list[tuple[int, float, float, float, float]]:
    """Sample, prediction, loss, and parameters after each step of W, b <- W, b + rate * (y - Wx - b) * (x, 1)."""
    W, b, found = 0.5, 0.25, []
    for step, rate in enumerate(rates):
        x, y = SAMPLES[step % 3]
        prediction = W * x + b
        error = y - prediction
        W, b = W + rate * error * x, b + rate * error
        found.append((step % 3, prediction, error * error / 2, W, b))
    return found


def assert_rows(found: list[Row] | None, first: int, rates: list[float]) -> None:
    """`found` are the steps from `first` on of a run with these rates."""
    assert found is not None
    assert [row.step for row in found] == list(range(first, len(rates) + 1))
    for row, (sample, prediction, loss, W, b) in zip(found, by_hand(rates)[first - 1 :]):
        assert row.epoch == (row.step + 2) // 3
        assert row.sample == sample
        assert (row.input, row.target) == ((SAMPLES[sample][0],), (SAMPLES[sample][1],))
        assert row.prediction == pytest.approx((prediction,), rel=1e-12)
        assert row.loss == pytest.approx(loss, rel=1e-12)
        assert row.error == pytest.approx(math.sqrt(2 * loss), rel=1e-12), "its size"
        assert row.rate == rates[row.step - 1]
        assert row.parameters == pytest.approx((W, b), rel=1e-12)


@pytest.mark.parametrize("first", [1, 2, 3, 7])
def test_each_row_is_what_a_hand_would_work_out(first):
    history = trained(7)
    assert_rows(table_rows(history, history.root, first, 7), first, [0.1] * 7)


def test_the_first_step_in_exact_numbers():
    """(W, b) = (0.5, 0.25), sample 1 -> 2: prediction 0.75, error 1.25, so (0.625, 0.375) at the rate 0.1."""
    history = trained(1)
    rows = table_rows(history, history.root, 1, 1)
    assert rows is not None
    (row,) = rows
    assert row == Row(1, 1, 0, (1.0,), (2.0,), (0.75,), 1.25, 0.78125, 0.1, (0.625, 0.375))


def test_rates_change_where_they_were_changed_and_a_fork_has_its_own():
    history = trained(4)
    history.set_value(history.root, RATE_KEY, 0.2)
    history.advance(history.root, 4)
    assert_rows(table_rows(history, history.root, 1, 8), 1, [0.1] * 4 + [0.2] * 4)
    branch = history.fork(history.root, 5)
    history.set_value(branch, RATE_KEY, 0.01)
    history.advance(branch, 3)
    rates = [0.1] * 4 + [0.2] + [0.01] * 3
    assert_rows(table_rows(history, branch, 1, 8), 1, rates)
    assert_rows(table_rows(history, branch, 6, 8), 6, rates)


def test_rows_that_were_let_go_are_none_and_the_same_again_after_replay(monkeypatch):
    monkeypatch.setattr(recording, "HEAD_BYTES", 0)
    history = trained(50)
    before = table_rows(history, history.root, 20, 30)
    history.release()
    assert table_rows(history, history.root, 20, 30) is None
    history.recover(history.root, 19, 30)
    assert table_rows(history, history.root, 20, 30) is None, "the prediction needs the row before as well"
    history.recover(history.root, 18, 30)
    assert table_rows(history, history.root, 20, 30) == before


def test_a_batch_of_several_rows_names_no_sample():
    history = trained(4, training__batch_size=2)
    rows = table_rows(history, history.root, 1, 4)
    assert rows is not None
    assert [row.epoch for row in rows] == [1, 1, 2, 2]
    for row in rows:
        assert (row.sample, row.input, row.target, row.prediction) == (None, None, None, None)
    # Samples 1 and 2 at (0.5, 0.25): errors 1.25 and 0.5; the gradient is their mean.
    assert rows[0].loss == pytest.approx((1.25**2 + 0.5**2) / 4)
    assert rows[0].parameters == pytest.approx((0.5 + 0.1 * (1.25 - 0.25) / 2, 0.25 + 0.1 * 1.75 / 2))
    # The last batch of an epoch is the third sample alone.
    W, b = rows[0].parameters
    error = -1.0 - (0.25 * W + b)
    assert rows[1].parameters == pytest.approx((W + 0.1 * error * 0.25, b + 0.1 * error))


def test_shuffled_samples_are_those_that_the_step_took():
    history = trained(30, data__order="shuffle")
    rows = table_rows(history, history.root, 1, 30)
    assert rows is not None
    for epoch in range(10):
        assert sorted(row.sample or 0 for row in rows[3 * epoch : 3 * epoch + 3]) == [0, 1, 2]
    assert len({tuple(row.sample for row in rows[k : k + 3]) for k in range(0, 30, 3)}) > 1
    W, b = 0.5, 0.25
    for row in rows:
        assert row.input is not None
        assert row.target is not None
        assert row.prediction == pytest.approx((W * row.input[0] + b,), rel=1e-12)
        error = row.target[0] - row.prediction[0]
        assert row.parameters == pytest.approx((W + 0.1 * error * row.input[0], b + 0.1 * error), rel=1e-12)
        W, b = row.parameters


def test_a_large_model_has_neither_parameters_nor_predictions():
    layers = [{"units": 40, "activation": "tanh"}, {"units": 1}]
    history = trained(3, model__layers=layers, model__weights=())
    rows = table_rows(history, history.root, 1, 3)
    assert rows is not None
    for row in rows:
        assert row.parameters == ()
        assert row.prediction is None
        assert row.sample == row.step - 1
        assert np.isfinite(row.loss)
