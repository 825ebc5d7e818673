"""Headless runs against the perceptron's loop written anew in NumPy, and what a result holds."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value, with_values
from lrsim.runs import run
from lrsim.runs.result import Block, Change
from lrsim.runs.trace import TraceWriter
from lrsim.training import engine

INPUTS = np.array([60.0, 40.0, 100.0, 300.0, -50.0, 310.0])
PUBLISHED = np.array([60.0, 40.0, 150.0, 250.0, -50.0, 250.0])
CORRECTED = np.array([60.0, 40.0, 100.0, 250.0, -50.0, 250.0])


def perceptron(rates, targets=PUBLISHED, bias_by_input=True):
    """The clipped perceptron, one sample a step: rows of (error, W, b), plain float64 arithmetic."""
    W, b = np.float64(0.1), np.float64(0.05)
    rows = np.empty((len(rates), 3))
    with np.errstate(all="ignore"):
        for step, rate in enumerate(rates):
            x, target = INPUTS[step % 6], targets[step % 6]
            prediction = np.minimum(b + W * x, 250.0)
            move = rate * (target - prediction)
            W, b = W + move * x, b + (move * x if bias_by_input else move)
            rows[step] = abs(target - prediction), W, b
    return rows


def recorded(experiment, **options):
    blocks = []
    result = run.run(engine.build(experiment), on_block=blocks.append, **options)
    rates = np.concatenate([block.rates for block in blocks])
    return result, np.concatenate([block.rows for block in blocks], axis=1)[1:].T, rates


def endless(name="clip250", lr=1e-5):
    return with_values(ex.load(name), [("stop.min_steps", 10**12), ("optimizer.lr", lr)])


def test_a_million_steps_bit_for_bit():
    _, rows, _ = recorded(endless(), max_steps=10**6)
    expected = perceptron(np.full(10**6, 1e-5))
    assert rows.tobytes() == expected.tobytes()


def test_a_million_steps_with_changes_bit_for_bit():
    changes = [(0, 2e-5), (3, 1e-4), (7, 3e-5), (1000, 2e-4), (123_457, 1e-7), (500_000, 2.5e-4), (999_999, 1e-6)]
    _, rows, used = recorded(
        endless(), max_steps=10**6, changes=[Change(step, "optimizer.lr", rate) for step, rate in changes]
    )
    rates = np.empty(10**6)
    for step, rate in changes:
        rates[step:] = rate
    assert (used == rates).all()
    assert rows.tobytes() == perceptron(rates).tobytes()


@settings(max_examples=30)
@given(
    st.sampled_from(["clip250", "clip250-corrected"]),
    st.floats(1e-9, 10),
    st.lists(st.tuples(st.integers(0, 400), st.floats(1e-9, 10)), max_size=5),
)
def test_any_rates_give_the_same_bits(name, lr, changes):
    experiment = with_value(endless(name, lr), "stop.divergence", False)
    _, rows, used = recorded(
        experiment, max_steps=400, changes=[Change(step, "optimizer.lr", rate) for step, rate in changes]
    )
    rates = np.full(400, lr)
    for step, rate in sorted(changes, key=lambda change: change[0]):
        rates[step:] = rate
    assert (used == rates).all()
    published = name == "clip250"
    expected = perceptron(rates, PUBLISHED if published else CORRECTED, published)
    np.testing.assert_array_equal(rows, expected)


def test_published_end():
    result = run.run(engine.build(ex.load("clip250")))
    assert (result.steps, result.epochs, result.stop_reason) == (2002, 333, "target_error")
    assert result.final["parameters"]["b"] == pytest.approx(1.2376634, abs=5e-8)
    assert result.final["parameters"]["W"] == pytest.approx(1.2876634, abs=5e-8)


def test_corrected_end():
    result = run.run(engine.build(ex.load("clip250-corrected")))
    assert (result.steps, result.stop_reason) == (2001, "target_error")
    assert result.final["parameters"]["b"] == pytest.approx(0.0547582, abs=5e-8)
    assert result.final["parameters"]["W"] == pytest.approx(0.9995215, abs=5e-8)


@pytest.mark.parametrize(("lr", "reason"), [(0.0002, "target_error"), (0.0005, "diverged"), (0.1, "diverged")])
def test_which_rates_diverge(lr, reason):
    experiment = with_value(ex.load("clip250"), "optimizer.lr", lr)
    result = run.run(engine.build(experiment))
    assert result.stop_reason == reason
    assert (result.diverged_at == result.steps) == (reason == "diverged")
    unstopped = run.run(engine.build(with_value(experiment, "stop.divergence", False)), max_steps=20_000)
    assert math.isnan(unstopped.final["parameters"]["W"]) == (reason == "diverged")
    assert unstopped.diverged_at == result.diverged_at


def test_history_is_means_of_whole_epochs():
    result, rows, _ = recorded(endless(), max_steps=100, changes=[Change(9, "optimizer.lr", 2e-5)])
    assert result.stop_reason == "steps"
    assert result.epochs == 16
    assert result.history["error"] == pytest.approx(rows[:96, 0].reshape(16, 6).mean(axis=1), rel=1e-15)
    assert result.history["lr"].tolist() == [1e-5, *[2e-5] * 15]
    assert result.history["val_loss"] is None
    assert set(result.history) == {"loss", "error", "accuracy", "val_loss", "val_error", "val_accuracy", "lr"}
    assert result.last_step["error"] == rows[-1, 0]


def test_final_looks_at_all_samples_after_training():
    result = run.run(engine.build(endless()), max_epochs=3)
    W, b = (result.final["parameters"][name] for name in ("W", "b"))
    errors = np.abs(PUBLISHED - np.minimum(W * INPUTS + b, 250))
    assert (result.steps, result.stop_reason) == (18, "epochs")
    assert result.final["error"] == pytest.approx(errors.mean(), rel=1e-12)
    assert result.final["loss"] == pytest.approx((errors**2 / 2).mean(), rel=1e-12)


def test_rows_held_out_are_looked_at_after_each_epoch():
    experiment = with_values(endless(), [("data.test_fraction", 0.34), ("data.split", "tail"), ("training.epochs", 5)])
    result = run.run(engine.build(experiment))
    assert (result.steps, result.epochs) == (20, 5)
    assert len(result.history["val_error"]) == 5
    assert result.history["val_error"][-1] == result.final["val_error"]
    shorter = run.run(engine.build(experiment), max_epochs=2)
    assert shorter.history["val_error"].tolist() == result.history["val_error"][:2].tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_with_a_hidden_layer_and_shuffled_batches(dtype):
    experiment = ex.from_dict(
        {
            "data": {"source": "table", "inputs": [[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 0.5]],
                     "targets": [0, 1, 1, 0, 0.5], "order": "shuffle"},
            "model": {"layers": [{"units": 8, "activation": "tanh"}, {"units": 1}], "dtype": dtype},
            "training": {"batch_size": 2, "epochs": 50},
            "optimizer": {"lr": 0.1},
        }
    )  # fmt: skip
    result, rows, _ = recorded(experiment)
    assert (result.steps, result.epochs) == (150, 50)
    assert len(result.final["parameters"]) == 33
    assert result.history["loss"][-1] < result.history["loss"][0]
    again, others, _ = recorded(experiment)
    assert rows.tobytes() == others.tobytes()
    assert again.final == result.final


def test_large_models_keep_their_parameters_to_themselves():
    experiment = ex.from_dict(
        {
            "data": {"source": "table", "inputs": [1, 2], "targets": [1, 2]},
            "model": {"layers": [{"units": 30, "activation": "relu"}, {"units": 1}]},
            "training": {"epochs": 3},
        }
    )
    result = run.run(engine.build(experiment))
    assert result.problem.n_parameters == 91
    assert "parameters" not in result.final
    lines = []
    run.run(engine.build(experiment), on_block=TraceWriter(result.problem, lines.append))
    assert lines[0] == "step,epoch,lr,loss,error\n"


def test_json_has_null_for_what_is_not_finite():
    experiment = with_values(ex.load("clip250"), [("optimizer.lr", 1), ("stop.divergence", False)])
    plain = run.run(engine.build(experiment), max_steps=300).as_dict()
    text = json.dumps(plain, allow_nan=False)
    assert plain["diverged_at"] == 108
    assert plain["final"]["parameters"] == {"W": None, "b": None}
    assert plain["history"]["loss"][0] > 0
    assert plain["history"]["loss"][-1] is None
    assert plain["verdict"]["code"] == "diverged"
    assert json.loads(text) == plain


def test_interruption_keeps_what_was_done():
    asked = []
    result = run.run(engine.build(endless()), interrupted=lambda: len(asked) > 2 or asked.append(1))
    assert result.stop_reason == "interrupted"
    assert 0 < result.steps < 20_004
    whole = run.run(engine.build(endless()), max_steps=result.steps)
    assert whole.final == result.final
    assert whole.as_dict()["history"] == result.as_dict()["history"]


def test_progress_and_blocks_cover_every_step_once():
    seen, done = [], []
    experiment = with_value(endless(), "training.epochs", 20_000)
    run.run(
        engine.build(experiment),
        on_block=lambda block: seen.extend(range(block.first_step, block.first_step + len(block.rates))),
        on_progress=lambda underway: done.append((underway.steps, underway.limit)),
    )
    assert seen == list(range(1, 120_001))
    assert done == sorted(done)
    assert done[-1] == (120_000, 120_000)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("training.seed", 2, "needs a restart"), ("optimizer.lr", 0, "expected a number > 0"), ("lr", 1, "unknown key")],
)
def test_changes_that_can_not_be_made(key, value, message):
    with pytest.raises(ExperimentError, match=message):
        run.run(engine.build(endless()), changes=[Change(5, key, value)])


@settings(max_examples=50)
@given(st.lists(st.floats(), min_size=1, max_size=20))
def test_trace_numbers_read_back_to_the_same_float(values):
    problem = engine.build(ex.load("clip250"))
    lines: list[str] = []
    write = TraceWriter(problem, lines.append)
    n = len(values)
    write(Block(7, np.abs(np.nan_to_num(values)) + 1e-9, np.array([values] * 4)))
    cells = [line.split(",") for line in "".join(lines).splitlines()]
    assert cells[0] == ["step", "epoch", "lr", "loss", "error", "W", "b"]
    assert [int(row[0]) for row in cells[1:]] == list(range(7, 7 + n))
    assert [int(row[1]) for row in cells[1:]] == [2 + k // 6 for k in range(n)]
    found = np.array([[float(cell) for cell in row[3:]] for row in cells[1:]])
    np.testing.assert_array_equal(found, np.array([values] * 4).T)


@pytest.mark.parametrize(("loss", "share"), [("mse", 1.0), ("half_mse", 0.5)])
def test_losses_of_squares_come_with_the_mean_squared_error(loss, share):
    problem = engine.build(with_values(ex.load("bmi-linear-scaled"), [("training.loss", loss)]))
    result = run.run(problem, max_epochs=5)
    for X, Y, split in (
        (problem.data.X_train, problem.data.Y_train, ""),
        (problem.data.X_test, problem.data.Y_test, "val_"),
    ):
        expected = np.mean(np.square(engine.predict(problem, result.theta, X) - Y))
        assert result.final[f"{split}mse"] == pytest.approx(expected, rel=1e-9)
        assert result.final[f"{split}loss"] == pytest.approx(share * expected, rel=1e-9)
