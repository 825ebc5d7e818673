"""Training with `data.scale_target` is training on a table whose target was scaled by hand, and is shown undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment.files import from_dict, to_dict
from lrsim.runs.run import run
from lrsim.training import engine
from lrsim.training.in_units import errors_in_units

ROWS, HELD_OUT = 12, 3


def experiment(targets: np.ndarray, scale: str, **more: Any):
    inputs = np.linspace(-1, 1, ROWS)[:, None] ** np.array([1, 2])
    return from_dict(
        {
            "data": {
                "source": "table", "inputs": inputs.tolist(), "targets": targets.tolist(), "task": "regression",
                "test_fraction": HELD_OUT / ROWS, "split": "tail", "scale_target": scale,
            },
            "model": {
                "layers": [{"units": 4, "activation": "tanh"}, {"units": targets.shape[1], "activation": "linear"}],
                "dtype": more.get("dtype", "float64"),
            },
            "training": {"loss": more.get("loss", "mse"), "epochs": 20, "batch_size": 4},
            "optimizer": {"name": "adam", "lr": 0.02},
        }
    )  # fmt: skip


def by_hand(targets: np.ndarray, scale: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The scaled table, and what takes it back."""
    train = targets[: ROWS - HELD_OUT]
    offset, factor = train.min(axis=0), train.max(axis=0) - train.min(axis=0)
    if scale == "standard":
        offset, factor = train.mean(axis=0), train.std(axis=0)
    return (targets - offset) / factor, offset, factor


def made(seed: int, columns: int, size: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(size, size, (ROWS, columns))


@settings(max_examples=20)
@given(
    st.integers(0, 2**20), st.integers(1, 3), st.sampled_from([1e-3, 1.0, 2e5, 6e23]),
    st.sampled_from(["standard", "minmax"]), st.sampled_from(["float32", "float64"]),
    st.sampled_from(["mse", "mae", "huber"]),
)  # fmt: skip
def test_it_is_training_on_a_table_scaled_by_hand(seed, columns, size, scale, dtype, loss):
    targets = made(seed, columns, size)
    scaled, offset, factor = by_hand(targets, scale)
    one = engine.build(experiment(targets, scale, dtype=dtype, loss=loss))
    other = engine.build(experiment(scaled, "none", dtype=dtype, loss=loss))
    done, expected = run(one), run(other)
    np.testing.assert_array_equal(done.theta, expected.theta)
    in_units = done.final.pop("in_units")
    assert done.final == expected.final
    for name, values in expected.history.items():
        np.testing.assert_array_equal(done.history[name], values)
    outputs = engine.predict(other, expected.theta, other.data.X_test).astype(np.float64)
    predictions = outputs * factor + offset
    np.testing.assert_array_equal(one.data.answers(engine.predict(one, done.theta, one.data.X_test)), predictions)
    for column, figures in enumerate(in_units.values()):
        away = np.abs(targets[-HELD_OUT:, column] - predictions[:, column])
        loose = {"rel": 1e-5 if dtype == "float32" else 1e-9, "abs": 1e-6 * size}
        assert figures["val_error"] == pytest.approx(float(away.mean()), **loose)
        assert figures["val_rmse"] == pytest.approx(float(np.sqrt(np.mean(away**2))), **loose)


def test_targets_near_6e23_train_in_float32():
    problem = engine.build(experiment(made(1, 1, 6e23), "standard", dtype="float32"))
    result = run(problem)
    assert result.diverged_at is None
    assert result.final["loss"] < 1
    assert 1e20 < result.final["in_units"]["target"]["error"] < 6e23


def test_a_constant_target_is_learnt_as_0_and_shown_as_it_is():
    targets = np.full((ROWS, 1), 41.5)
    problem = engine.build(experiment(targets, "standard"))
    result = run(problem)
    assert result.diverged_at is None
    shown = problem.data.answers(engine.predict(problem, result.theta, problem.data.X_train))
    assert shown == pytest.approx(41.5, abs=0.6)


def test_errors_of_a_run_without_held_out_rows_and_of_one_that_diverged():
    targets = made(2, 1, 100.0)
    plain = to_dict(experiment(targets, "minmax"))
    plain["data"]["test_fraction"] = 0.0
    problem = engine.build(from_dict(plain))
    assert set(errors_in_units(problem, problem.theta)["target"]) == {"error", "rmse"}
    lost = np.full_like(problem.theta, np.nan)
    assert np.isnan(errors_in_units(problem, lost)["target"]["error"])


def test_json_says_what_takes_figures_back():
    targets = made(3, 1, 50.0)
    _, offset, factor = by_hand(targets, "standard")
    plain = run(engine.build(experiment(targets, "standard"))).as_dict()
    assert plain["experiment"]["data"]["scale_target"] == "standard"
    assert plain["target_scaling"] == {"target": {"offset": float(offset[0]), "factor": float(factor[0])}}
    assert plain["final"]["in_units"]["target"]["error"] == pytest.approx(plain["final"]["error"] * float(factor[0]))
    assert "scaled to mean 0 and deviation 1" in plain["notes"][0]
    bare = run(engine.build(experiment(targets, "none"))).as_dict()
    assert bare["target_scaling"] is None
    assert "in_units" not in bare["final"]
