"""An update written out: what stands left of the last equals sign comes to what stands right of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from lrsim.common.marked_text import Line
from lrsim.debugger.explain import step_lines
from lrsim.debugger.updates import Move, move_of, update_lines
from lrsim.experiment.files import from_dict
from lrsim.schedules.timeline import RateParts
from lrsim.training import engine
from lrsim_core import Optimizer
from tests.debugger.arithmetic import assert_true

SETUP = {
    "data": {"source": "table", "inputs": [[1.0, -2.0], [0.5, 3.0]], "targets": [[2.0], [-4.0]]},
    "model": {"layers": [{"units": 2, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
    "training": {"loss": "mse", "batch_size": 2, "epochs": 100},
}
WRITTEN_OUT = [
    ("sgd", {}), ("sgd", {"momentum": 0.9}), ("sgd", {"momentum": 0.9, "nesterov": True}), ("adagrad", {}),
    ("rmsprop", {}), ("rmsprop", {"momentum": 0.5}), ("adadelta", {}), ("adam", {}), ("adamw", {}), ("nadam", {}),
    ("adamax", {}),
]  # fmt: skip


def problem(multipliers: tuple[float, ...] = (), **optimizer: object) -> engine.Problem:
    return engine.build(from_dict({**SETUP, "optimizer": {"lr": 0.05, "multipliers": list(multipliers), **optimizer}}))


def after(of: engine.Problem, steps: int, multipliers: tuple[float, ...] = ()) -> engine.State:
    state = of.start()
    engine.advance(of, state, np.full(steps, 0.05), multipliers=multipliers)
    return state


def assert_all_true(lines: Iterable[Line]) -> None:
    for line in lines:
        assert_true(line.title, line.text)


@pytest.mark.parametrize("flavor", ["keras", "torch"])
@pytest.mark.parametrize(("name", "values"), WRITTEN_OUT)
@pytest.mark.parametrize("steps", [0, 1, 6])
def test_the_arithmetic_of_every_line_is_true(name, values, flavor, steps):
    of = problem(name=name, flavor=flavor, **values)
    opened = engine.open_step(of, after(of, steps), 0.05)
    for index in range(of.n_parameters):
        move = move_of(opened, "w", index)
        assert_all_true(update_lines(of.optimizer, move, 0.05, steps + 1))


@pytest.mark.parametrize("multipliers", [(0.1, 3.0), (1.0, 0.5), (4.0, 1.0)])
@pytest.mark.parametrize(("name", "values"), WRITTEN_OUT)
def test_the_arithmetic_is_true_where_layers_have_factors(name, values, multipliers):
    of = problem(multipliers, name=name, **values)
    state = after(of, 4, multipliers)
    lines = step_lines(of, state, RateParts(0.05, 0.05, 1.0, 1.0), multipliers)
    assert_all_true(lines)
    steepest = next(line for line in lines if line.title.startswith("New ")).title[5]
    factor = multipliers[int(steepest) - 1]
    said = [line.text for line in lines if line.title == f"Rate of layer {steepest}"]
    assert said == ([] if factor == 1 else [f"0.05 * {factor:g} = {0.05 * factor:g}"])


def test_plain_descent_in_exact_words():
    lines = update_lines(Optimizer.make("sgd"), Move("W[0]", -2.0, 1.5, 1.7, (), ()), 0.1, 1)
    assert [(line.title, line.text) for line in lines] == [("New W[0]", "1.5 - 0.1 * (-2) = 1.7")]
    assert [part.role for part in lines[0].parts if part.text == "0.1"] == ["rate"]


def test_adam_by_hand():
    """m = 0.1 * 2, v = 0.001 * 4; corrected they are 2 and 4, and the step is the rate."""
    move = Move("b", 2.0, 1.0, 0.9, (0.0, 0.0), (0.2, 0.004))
    lines = [line.text for line in update_lines(Optimizer.make("adam", "torch"), move, 0.1, 1)]
    assert lines == [
        "0.9 * 0 + 0.1 * 2 = 0.2", "0.999 * 0 + 0.001 * 2² = 0.004",
        "0.2 / (1 - 0.9^1) = 2", "0.004 / (1 - 0.999^1) = 4",
        "1 - 0.1 * 2 / (√4 + 1e-08) = 0.9",
    ]  # fmt: skip
    rate, made = [line.text for line in update_lines(Optimizer.make("adam", "keras"), move, 0.1, 1)][2:]
    assert rate == "0.1 * √(1 - 0.999^1) / (1 - 0.9^1) = 0.03162"
    assert made == "1 - 0.03162 * 0.2 / (√0.004 + 1e-07) = 0.9"


def test_decay_of_the_rate_in_exact_words():
    lines = update_lines(Optimizer.make("sgd", decay=0.1), Move("b", 2.0, 1.0, 0.8667, (), ()), 0.1, 6)
    assert [(line.title, line.text) for line in lines] == [
        ("Rate with decay", "0.1 / (1 + 0.1 * 5) = 0.06667"),
        ("New b", "1 - 0.06667 * 2 = 0.8667"),
    ]


@pytest.mark.parametrize(
    ("flavor", "said"),
    [
        ("keras", ["1 - 0.1 * 0.5 * 1 - 0.1 * 2 = 0.75"]),
        ("torch", ["2 + 0.5 * 1 = 2.5", "1 - 0.1 * 2.5 = 0.75"]),
    ],
)
def test_weight_decay_in_exact_words(flavor, said):
    optimizer = Optimizer.make("sgd", flavor, weight_decay=0.5)
    lines = update_lines(optimizer, Move("b", 2.0, 1.0, 0.75, (), ()), 0.1, 1)
    assert [line.text for line in lines] == said


def test_a_number_that_is_not_finite_stands_out():
    lines = update_lines(Optimizer.make("sgd"), Move("b", math.inf, 1.0, -math.inf, (), ()), 0.1, 1)
    assert [part.text for part in lines[0].parts if part.role == "bad"] == ["inf", "-inf"]
