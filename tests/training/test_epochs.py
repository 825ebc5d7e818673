"""Figures taken once an epoch: what they are, and that their number stays bounded."""

from __future__ import annotations

import numpy as np

from lrsim.experiment import files
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.epochs import MOST_RECORDS, EpochFigures, EpochLog, no_spread

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


def test_records_hold_the_epochs_means_and_the_held_out_rows() -> None:
    session = trained(20)
    series = SessionReader(session).epochs(session.snapshot())
    assert series.steps.tolist() == [3, 6, 9, 12, 15, 18]
    rows = SessionReader(session).rows(session.snapshot(), 4, 6)
    assert rows is not None
    assert series.training["loss"][1] == np.mean([row.loss for row in rows])
    session.seek(6)
    session.settle()
    problem, theta = SessionReader(session).problem, session.snapshot().theta
    expected = engine.evaluate(problem, theta, problem.data.X_test, problem.data.Y_test)
    assert series.validation["loss"][1] == expected["loss"]


def test_a_branch_inherits_the_records_before_its_fork() -> None:
    session = trained(20)
    before = SessionReader(session).epochs(session.snapshot())
    session.seek(10)
    session.set_rate(0.2)
    session.step(10)
    session.settle()
    after = SessionReader(session).epochs(session.snapshot())
    assert after.steps.tolist() == [3, 6, 9, 12, 15, 18]
    assert after.validation["loss"][:3].tolist() == before.validation["loss"][:3].tolist()
    assert after.validation["loss"][3] != before.validation["loss"][3]


def test_long_runs_keep_a_bounded_number_of_records() -> None:
    session = trained(3 * 5 * MOST_RECORDS)
    series = SessionReader(session).epochs(session.snapshot())
    assert MOST_RECORDS / 4 <= len(series.steps) <= MOST_RECORDS
    assert series.steps[0] == 3
    assert np.ptp(np.diff(series.steps[1:])) == 0
    assert series.steps[-1] > 0.99 * session.snapshot().tip


def test_what_is_being_read_stays_as_it_is_while_records_are_added() -> None:
    log = EpochLog(3, most=4)
    seen = []
    for epoch in range(1, 12):
        figures = EpochFigures(np.array([epoch]), {"loss": np.array([1.0 * epoch])}, {}, np.array([0.1]))
        log.take(figures, no_spread)
        seen.append((log.records, [record.step for record in log.records]))
    assert all([record.step for record in records] == steps for records, steps in seen)
    assert len({id(records) for records, _ in seen}) > 3
