"""Figures taken once an epoch: what they are, and that their number stays bounded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.epoch_grid import EpochGrid
from lrsim.experiment import files
from lrsim.runs.run import run
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.epochs import MOST_RECORDS, EpochFigures, EpochLog, EpochMeans, no_spread

RECORDED = Path(__file__).parents[1] / "golden"
KERAS = json.loads((RECORDED / "epoch_means.json").read_text())
TORCH = json.loads((RECORDED / "torch_plateau.json").read_text())

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
    seven = np.average([row.loss for row in rows], weights=[3, 3, 1])
    assert series.training["loss"][1] == pytest.approx(seven, rel=1e-14)
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
    log = EpochLog(most=4)
    seen = []
    for epoch in range(1, 12):
        figures = EpochFigures(np.array([epoch]), {"loss": np.array([1.0 * epoch])}, {}, np.array([0.1]))
        log.take(EpochGrid.uniform(3), figures, no_spread)
        seen.append((log.records, [record.step for record in log.records]))
    assert all([record.step for record in records] == steps for records, steps in seen)
    assert len({id(records) for records, _ in seen}) > 3


def recorded(case: dict, flavor: str, epochs: int) -> dict:
    """The experiment of a recorded case."""
    x = [0.5 * k for k in range(case["rows"])]
    y = [2 * value + 0.3 * np.sin(7 * k) for k, value in enumerate(x)]
    y[-1] += 1.5
    raw = {
        "data": {"source": "table", "inputs": x, "targets": y, "task": "regression"},
        "model": {"layers": [{"units": 1}], "weights": [[[0.3]], [0.0]], "dtype": "float64"},
        "training": {"loss": "mse", "batch_size": case["batch_size"], "epochs": epochs},
        "optimizer": {"lr": case["rate"], "flavor": flavor},
    }
    if "plateau" in case:
        raw["schedule"] = {"name": "plateau", "monitor": "loss", **case["plateau"]}
    if "early" in case:
        raw["stop"] = {"early_stopping": {"monitor": "loss", "restore_best": False, **case["early"]}}
    return raw


@pytest.mark.parametrize(
    ("case", "flavor", "epochs", "within"),
    [pytest.param(case, flavor, golden["epochs"], within, id=f"{flavor} {case['rows']} by {case['batch_size']}")
     for flavor, golden, within in (("keras", KERAS, 1e-6), ("torch", TORCH, 1e-12)) for case in golden["cases"]],
)  # fmt: skip
def test_epochs_with_a_short_last_batch_are_those_of_keras_and_pytorch(case, flavor, epochs, within):
    result = run(engine.build(files.from_dict(recorded(case, flavor, epochs))))
    history = result.history
    assert history["lr"].tolist() == pytest.approx(case["rates"], rel=within)
    assert history["loss"].tolist() == pytest.approx(case["loss"], rel=within)
    assert result.theta.tolist() == pytest.approx([case["weight"], case["bias"]], rel=within)


@given(
    samples=st.integers(2, 60),
    batch=st.integers(1, 60),
    classes=st.booleans(),
    order=st.sampled_from(["shuffle", "cyclic"]),
)
def test_a_frozen_model_has_the_same_figures_in_every_epoch(samples, batch, classes, order):
    rows = [[np.sin(3.0 * k), np.cos(5.0 * k)] for k in range(samples)]
    raw = {
        "data": {"source": "table", "inputs": rows, "targets": [[k % 2] for k in range(samples)], "order": order,
                 "task": "classification" if classes else "regression"},
        "model": {"layers": [{"units": 1, "activation": "sigmoid" if classes else "linear"}], "dtype": "float64"},
        "training": {"loss": "binary_cross_entropy" if classes else "mse", "batch_size": batch, "epochs": 4},
        "optimizer": {"lr": 1e-300},
    }  # fmt: skip
    result = run(engine.build(files.from_dict(raw)))
    for name in ("loss", "error", *(["accuracy"] if classes else [])):
        assert result.history[name].tolist() == pytest.approx([result.final[name]] * 4, rel=1e-12)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.integers(1, 9), st.sampled_from([1.0, 0.25, 0.6]))
def test_means_do_not_depend_on_how_rows_are_cut(pieces, size, last):
    rows = np.random.default_rng(sum(pieces)).normal(size=(2, sum(pieces)))
    whole, cut = EpochMeans(2, size, last), EpochMeans(2, size, last)
    expected = whole.add(rows)
    ends = np.cumsum(pieces)
    found = np.concatenate([cut.add(rows[:, end - piece : end]) for piece, end in zip(pieces, ends)], axis=1)
    assert found.tolist() == expected.tolist()
    weights = np.array([1.0] * (size - 1) + [last])
    by_hand = [np.average(rows[:, k * size : (k + 1) * size], axis=1, weights=weights) for k in range(found.shape[1])]
    np.testing.assert_allclose(found.T, np.array(by_hand).reshape(-1, 2), rtol=1e-12, atol=1e-12)
