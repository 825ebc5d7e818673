"""How low a loss can get: by a single layer, and by any function of the inputs."""

from __future__ import annotations

import numpy as np
import pytest

import lrsim_core
from lrsim.experiment import files as ex
from lrsim.instruments.beforehand import beforehand
from lrsim.instruments.fits import bounds_of, logistic
from lrsim.training import engine
from lrsim.training.engine import Problem

DICE = np.random.default_rng(5)
X = DICE.normal(size=(150, 2)) * [1.0, 20.0] + [3.0, 0.0]


def trained_loss(Y: np.ndarray, activation: str, loss: str) -> float:
    """The loss that the kernel itself reaches, on scaled inputs, with a single layer."""
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    net = lrsim_core.Network(2, (lrsim_core.Layer(Y.shape[1], activation),), loss=loss, dtype="float64")
    theta = np.zeros(net.n_parameters)
    lrsim_core.run_steps(net, theta, scaled, Y, np.full(4000, 1.0), batch_size=len(scaled))
    return lrsim_core.evaluate(net, theta, scaled, Y)["loss"]


def test_a_logistic_fit_is_what_training_comes_to():
    Y = (X[:, :1] - 3 + DICE.normal(size=(150, 1)) > 0).astype(float)
    found = logistic(X, Y, together=False)
    assert found == pytest.approx(trained_loss(Y, "sigmoid", "binary_cross_entropy"), rel=1e-6)


def test_a_softmax_fit_is_what_training_comes_to():
    scores = np.column_stack([X[:, 0] - 3, X[:, 1] / 20, np.zeros(150)]) + DICE.gumbel(size=(150, 3))
    Y = np.eye(3)[scores.argmax(axis=1)]
    assert logistic(X, Y, together=True) == pytest.approx(trained_loss(Y, "softmax", "cross_entropy"), rel=1e-6)


def test_classes_that_a_line_tells_apart_leave_next_to_nothing():
    Y = (X[:, :1] > 3).astype(float)
    assert logistic(X, Y, together=False) < 1e-3
    assert logistic(X, np.column_stack([Y, 1 - Y]), together=True) < 1e-3


def test_features_that_say_nothing_leave_the_loss_of_guessing():
    same = np.ones((10, 3))
    Y = np.array([[1.0]] * 3 + [[0.0]] * 7)
    entropy = -(0.3 * np.log(0.3) + 0.7 * np.log(0.7))
    assert logistic(same, Y, together=False) == pytest.approx(entropy)


def test_a_fit_that_would_take_long_is_left():
    assert logistic(DICE.normal(size=(1000, 300)), np.zeros((1000, 1)), together=False) is None


def built(inputs: list, targets: list, *layers: dict, loss: str = "mse", **data: object) -> Problem:
    table = {"source": "table", "inputs": inputs, "targets": targets, **data}
    return engine.build(ex.from_dict({"data": table, "model": {"layers": list(layers)}, "training": {"loss": loss}}))


def test_the_floor_is_the_spread_within_rows_of_the_same_inputs():
    problem = built([[0.0], [0.0], [1.0], [1.0], [2.0]], [[1.0], [3.0], [5.0], [5.0], [9.0]], {"units": 1})
    found = bounds_of(problem)()
    assert (found.torn, found.floor) == (2, pytest.approx(2 / 5))
    slope, offset = np.polyfit([0, 0, 1, 1, 2], [1, 3, 5, 5, 9], 1)
    misfit = np.polyval([slope, offset], [0, 0, 1, 1, 2]) - [1, 3, 5, 5, 9]
    assert found.line == pytest.approx(np.mean(misfit**2), rel=1e-5)
    assert bounds_of(built([[0.0], [1.0]], [[1.0], [3.0]], {"units": 1}))().torn == 0


def test_neighbours_leave_the_noise_and_no_more():
    x = np.linspace(0, 10, 400)
    noisy = np.sin(x) + 0.5 * DICE.normal(size=400)
    found = bounds_of(built(x[:, None].tolist(), noisy[:, None].tolist(), {"units": 1}))()
    assert found.neighbours == pytest.approx(0.25 * 1.05, rel=0.25)
    assert found.line > 1.5 * found.neighbours
    calm = bounds_of(built(x[:, None].tolist(), np.sin(x)[:, None].tolist(), {"units": 1}))()
    assert calm.neighbours < 0.01
    few = bounds_of(built(x[:90, None].tolist(), noisy[:90, None].tolist(), {"units": 1}))()
    assert few.neighbours is None


@pytest.mark.parametrize("outputs", [1, 2])
def test_neighbours_of_classes_leave_their_entropy(outputs):
    inputs = DICE.normal(size=(600, 2))
    marks = (DICE.random((600, 1)) < np.where(inputs[:, :1] > 0, 0.8, 0.2)).astype(float)
    targets = marks if outputs == 1 else np.column_stack([1 - marks, marks])
    loss, last = ("binary_cross_entropy", "sigmoid") if outputs == 1 else ("cross_entropy", "softmax")
    problem = built(inputs.tolist(), targets.tolist(), {"units": outputs, "activation": last}, loss=loss)
    entropy = -(0.2 * np.log(0.2) + 0.8 * np.log(0.8))
    assert entropy < bounds_of(problem)().neighbours < 1.25 * entropy


def test_classes_held_out_that_training_lacks_are_named():
    inputs, marks = [[float(k)] for k in range(10)], [[float(k >= 6)] for k in range(10)]
    layers = {"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}
    split = {"task": "classification", "test_fraction": 0.4}
    tail = beforehand(built(inputs, marks, *layers, loss="binary_cross_entropy", split="tail", **split))
    assert tail.shortage.rows == 0
    assert tail.shortage.held_out == 1.0
    assert tail.val_chance_accuracy == 0.0
    assert tail.rarest.rows == 0
    fair = beforehand(built(inputs, marks, *layers, loss="binary_cross_entropy", split="stratify", **split))
    assert fair.shortage is None
    assert (fair.hidden, fair.bends, fair.last) == (1, True, "sigmoid")


def test_targets_are_held_against_what_the_output_can_be():
    inputs, targets = [[float(k)] for k in range(10)], [[float(k) - 2] for k in range(10)]
    known = beforehand(built(inputs, targets, {"units": 1, "activation": "relu"})).targets
    assert (known.low, known.high, known.out_of_reach, known.reach[0]) == (-2, 7, 0.2, 0.0)
    assert known.size == pytest.approx(np.sqrt(np.mean(np.square(targets))))
    assert known.spread == pytest.approx(np.std(targets))
    assert known.matters
    assert not beforehand(built(inputs, targets, {"units": 1})).targets.matters
    tail = beforehand(built(inputs, targets, {"units": 1}, test_fraction=0.3, split="tail")).targets
    assert tail.beyond == 1.0
