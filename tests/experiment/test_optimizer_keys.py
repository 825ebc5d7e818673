"""Which keys an optimizer uses, beside what makes a difference to its steps."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import optimizer_keys
from lrsim.experiment.files import from_dict
from lrsim.experiment.specs import OptimizerSpec
from lrsim.training import engine
from lrsim_core import OPTIMIZERS, Optimizer

OTHER = {
    "momentum": 0.5, "nesterov": True, "beta_1": 0.5, "beta_2": 0.5, "rho": 0.5, "epsilon": 0.1, "decay": 0.1,
    "weight_decay": 0.1, "momentum_decay": 0.1, "initial_accumulator": 0.5,
}  # fmt: skip


def trained(optimizer: Optimizer) -> bytes:
    """Parameters after some steps."""
    raw = {
        "data": {"source": "table", "inputs": [[1.0], [-0.5]], "targets": [[2.0], [0.5]]},
        "model": {"layers": [{"units": 1}], "dtype": "float64", "init": "zeros"},
        "training": {"loss": "mse", "epochs": 100},
        "optimizer": {"lr": 0.05},
    }
    problem = replace(engine.build(from_dict(raw)), optimizer=optimizer)
    state = problem.start()
    engine.advance(problem, state, np.full(7, 0.05))
    return state.theta.tobytes()


def test_every_value_of_an_optimizer_is_tried():
    assert set(OTHER) == {field.name for field in fields(Optimizer)} - {"name", "flavor"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_keys_that_are_used_are_those_that_make_a_difference(name):
    plain = {"momentum": 0.3} if name in ("sgd", "rmsprop") else {}
    before = trained(Optimizer.make(name, **plain))
    moved = {key for key, value in OTHER.items() if trained(Optimizer.make(name, **{**plain, key: value})) != before}
    assert moved == set(optimizer_keys.used(name))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_optimizer_keeps_what_it_can_use(name):
    raw = {"name": "x", "lr": 0.1, "flavor": "torch", "multipliers": [1.0], **OTHER}
    kept = optimizer_keys.without_unused(raw, name)
    assert set(kept) == {"name", "lr", "flavor", "multipliers", *optimizer_keys.used(name)}
    assert optimizer_keys.without_unused(raw, "none of these") == raw, "whatever it may be is refused elsewhere"


def test_what_would_be_ignored_is_refused_and_says_who_uses_it():
    with pytest.raises(ExperimentError, match=r"sgd does not use it, only (rmsprop, adadelta|adadelta, rmsprop) does"):
        optimizer_keys.check(OptimizerSpec(name="sgd", lr=0.1, rho=0.5))
    with pytest.raises(ExperimentError, match=r"needs optimizer\.momentum above 0"):
        optimizer_keys.check(OptimizerSpec(name="sgd", lr=0.1, nesterov=True))
    optimizer_keys.check(OptimizerSpec(name="sgd", lr=0.1, nesterov=True, momentum=0.5))
