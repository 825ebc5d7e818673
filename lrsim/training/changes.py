"""What a change in mid-run does: which values fit, what goes on with them, and what becomes of the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.validation import ExperimentError, suggestion
from lrsim.experiment.keys import (
    FORK_KEYS,
    LIVE_KEYS,
    RATE_KEY,
    SCHEDULE,
    as_plain,
    is_parameter,
    known_keys,
    value_at,
    with_values,
)
from lrsim.schedules import rates as schedules
from lrsim.training import memory, model
from lrsim.training.engine import Problem, State
from lrsim_core import FloatArray, Network, Optimizer

Value = object
"""Of a key that may change: whatever its field in the experiment holds, or the number of a parameter."""

LOSS = "training.loss"
BATCH_SIZE = "training.batch_size"
NEW_MEMORY = ("name", "flavor")
"""Of an optimizer: what makes it another one, whose memory begins anew."""


def alters_state(keys: Mapping[str, Value]) -> bool:
    """Whether more than what is to come changes: parameters themselves, what an optimizer remembers, or callbacks."""
    begins = ("optimizer.", SCHEDULE)
    return any(is_parameter(key) or (key.startswith(begins) and key not in LIVE_KEYS) for key in keys)


def checked(problem: Problem, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values as they are kept, each fit for its key.

    Parameters
    ----------
    problem
        As it is in effect where they are to change.

    Raises
    ------
    ExperimentError
        A key needs a restart or does not exist, or a value does not fit.
    """
    clean = {key: _number(problem, key, value) for key, value in values.items() if is_parameter(key)}
    keys = [key for key in values if not is_parameter(key)]
    for key in keys:
        _check_key(problem, key, values[key])
    plain = {key: as_plain(values[key]) for key in keys}
    changed_ = changed(problem, plain) if keys else problem
    clean |= {key: value_at(changed_.experiment, key) for key in keys}
    return {key: clean[key] for key in values}


def _check_key(problem: Problem, key: str, value: Value) -> None:
    if key not in FORK_KEYS:
        if key not in known_keys():
            with_values(problem.experiment, [(key, as_plain(value))])  # refuses what does not exist
        raise ExperimentError(key, "can't change in mid-run, it needs a restart", value)


def _number(problem: Problem, name: str, value: Value) -> float:
    if problem.network.parameter_index(name) is None:
        first, last = problem.network.parameter_name(0), problem.network.parameter_name(problem.n_parameters - 1)
        what = f"unknown key, and no parameter from {first} to {last}{suggestion(name, list(FORK_KEYS))}"
        raise ExperimentError(name, what)
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(_cast(problem, value)):
        raise ExperimentError(name, f"expected a finite number that fits {problem.network.dtype}", value)
    return float(value)


def _cast(problem: Problem, value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.dtype(problem.network.dtype).type(value))


def changed(problem: Problem, values: Mapping[str, Value], step: int = 0) -> Problem:
    """The problem that goes on once keys of its experiment have other values, `step` steps being done.

    Raises
    ------
    ExperimentError
        The values do not fit.
    """
    before, experiment = problem.experiment, with_values(problem.experiment, values.items())
    network = problem.network
    if experiment.training != before.training:
        if model.coding(experiment) != model.coding(before):
            what = "needs targets of another form than those that the run was given, so a restart"
            raise ExperimentError(LOSS, what, experiment.training.loss)
        network = model.network_of(experiment, problem.data)
        if network.metrics != problem.network.metrics:
            raise ExperimentError(LOSS, "has other figures than the run so far, so it needs a restart")
    optimizer = problem.optimizer
    if experiment.optimizer != before.optimizer:
        optimizer = model.optimizer_of(experiment.optimizer)
    if experiment.training.batch_size > before.training.batch_size:
        memory.check(network, optimizer, problem.data, experiment)
    found = replace(problem, experiment=experiment, network=network, optimizer=optimizer)
    if found.steps_per_epoch != problem.steps_per_epoch:
        found = replace(found, later_grid=with_batch_size(problem, problem.grid, step, found.batch_size))
    if any(key == RATE_KEY or key.startswith(SCHEDULE) for key in values):
        schedules.check(experiment.schedule, experiment.optimizer.lr, found.grid, experiment.training.epochs)
        found.first_control()  # refuses what can't be monitored
    return found


def with_batch_size(problem: Problem, grid: EpochGrid, step: int, batch_size: Value) -> EpochGrid:
    """The epochs once the one that begins after `step` steps, and those after it, are cut into other batches."""
    assert isinstance(batch_size, int)
    size = -(-problem.samples // min(batch_size, problem.samples))
    return grid.with_size(step, size, problem.experiment.training.epochs)


def is_other(before: Optimizer, now: Optimizer) -> bool:
    """Whether an optimizer takes the place of another one, so that nothing of what that one remembers holds."""
    return any(getattr(before, name) != getattr(now, name) for name in NEW_MEMORY)


def take_over(state: State, before: Problem, now: Problem) -> None:
    """Give a state the memory that the optimizer of `now` goes on with; nothing happens where it has that already.

    Another optimizer begins anew, its count of updates too. One that goes on with other numbers keeps what it
    remembers; a velocity that it had not begins at 0.
    """
    if before.optimizer == now.optimizer:
        return
    fresh = now.optimizer.new_slots(now.network)
    if is_other(before.optimizer, now.optimizer):
        state.slots, state.optimizer_from = fresh, state.step
        return
    kept = min(len(fresh), len(state.slots))
    fresh[:kept] = state.slots[:kept]
    state.slots = fresh


def set_parameters(network: Network, theta: FloatArray, values: Mapping[str, Value]) -> None:
    """Set single parameters of a flat vector by their trace names; other keys are left alone."""
    for name, value in values.items():
        if is_parameter(name):
            index = network.parameter_index(name)
            assert index is not None
            assert isinstance(value, float)
            theta[index] = value
