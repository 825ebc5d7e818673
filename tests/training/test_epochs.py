"""Figures taken once an epoch: what they are, and that their number stays bounded."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrsim.experiment import files
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.epochs import MOST_RECORDS, epoch_means

INPUTS = [[0.1 * k - 0.5] for k in range(10)]
SETUP = files.from_dict(
    {
        "data": {
            "source": "table",
            "inputs": INPUTS,
            "targets": [[2 * x[0] + 0.1] for x in INPUTS],
            "test_fraction": 0.3,
            "split": "tail",
        },
        "model": {"layers": [{"units": 1}], "dtype": "float64", "init": "zeros"},
        "training": {"loss": "mse", "batch_size": 3, "epochs": 10**6},
        "optimizer": {"lr": 0.05},
    }
)


def trained(steps: int) -> Session:
    session = Session(SETUP)
    session.step(steps)
    session.settle()
    return session


@given(st.integers(1, 12), st.integers(1, 9), st.data())
def test_means_are_the_same_however_rows_are_cut_and_lie(epochs: int, size: int, data: st.DataObject) -> None:
    size *= data.draw(st.sampled_from([1, 37, 1000]))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    rows = np.random.default_rng(size).lognormal(0, 9, (2, epochs * size)).astype(dtype)
    problem = SimpleNamespace(steps_per_epoch=size, metrics=("loss", "error"))
    together = epoch_means(problem, rows)
    alone = [epoch_means(problem, np.asfortranarray(part))[:, 0] for part in np.split(rows, epochs, axis=1)]
    assert together.tolist() == np.transpose(alone).tolist()


def test_records_hold_the_epochs_means_and_the_held_out_rows() -> None:
    session = trained(20)
    series = session.epochs(session.snapshot())
    assert series.steps.tolist() == [3, 6, 9, 12, 15, 18]
    rows = session.rows(session.snapshot(), 4, 6)
    assert rows is not None
    assert series.training["loss"][1] == np.mean([row.loss for row in rows])
    session.seek(6)
    session.settle()
    problem, theta = session.problem, session.snapshot().theta
    expected = engine.evaluate(problem, theta, problem.data.X_test, problem.data.Y_test)
    assert series.validation["loss"][1] == expected["loss"]


def test_a_branch_inherits_the_records_before_its_fork() -> None:
    session = trained(20)
    before = session.epochs(session.snapshot())
    session.seek(10)
    session.set_rate(0.2)
    session.step(10)
    session.settle()
    after = session.epochs(session.snapshot())
    assert after.steps.tolist() == [3, 6, 9, 12, 15, 18]
    assert after.validation["loss"][:3].tolist() == before.validation["loss"][:3].tolist()
    assert after.validation["loss"][3] != before.validation["loss"][3]


def test_long_runs_keep_a_bounded_number_of_records() -> None:
    session = trained(3 * 5 * MOST_RECORDS)
    series = session.epochs(session.snapshot())
    assert MOST_RECORDS / 4 <= len(series.steps) <= MOST_RECORDS
    assert series.steps[0] == 3, "the first epoch is kept"
    assert np.ptp(np.diff(series.steps[1:])) == 0
    assert series.steps[-1] > 0.99 * session.snapshot().tip
