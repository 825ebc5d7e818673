"""From an experiment to steps: the sole caller of the kernel.

A `Problem` is what stays the same during a run; a `State` is what changes. `advance` moves a state by as many
steps as it gets rates, so that a schedule, a hand on the slider and a replay are the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrsim_core
from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.metrics import held_out
from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset, batch_orders, load_data
from lrsim.data.source import Notify
from lrsim.data.sources.registry import unheard
from lrsim.experiment.specs import Experiment
from lrsim.schedules import callback_log
from lrsim.schedules import rates as schedules
from lrsim.schedules.callback_log import Control
from lrsim.training import memory, model
from lrsim.training.model import initial_parameters, network_of, optimizer_of
from lrsim_core import FloatArray, Network, OpenStep, Optimizer, Outcome, Status

__all__ = [
    "NO_STOPS",
    "Outcome",
    "Problem",
    "State",
    "Status",
    "Stops",
    "advance",
    "build",
    "evaluate",
    "hessian_vector_product",
    "layer_outputs",
    "loss_and_gradient",
    "predict",
    "rates",
]

RECORDED_PARAMETERS = 64
"""Models with more parameters record loss and error alone."""


@dataclass(frozen=True)
class Problem:
    """What is trained and on what; shared by all runs and branches of one experiment, as far as no change in mid-run
    made it another one.

    Attributes
    ----------
    theta
        Start parameters, shape (n_parameters,); never changed.
    later_grid
        The epochs of a training whose batch size was another one before; None where it never was.
    """

    experiment: Experiment
    network: Network
    optimizer: Optimizer
    data: Dataset
    theta: FloatArray
    later_grid: EpochGrid | None = None

    @cached_property
    def samples(self) -> int:
        """Rows of the training set."""
        return len(self.data.X_train)

    @cached_property
    def batch_size(self) -> int:
        return min(self.experiment.training.batch_size, self.samples)

    @cached_property
    def steps_per_epoch(self) -> int:
        """Of the epochs that are of this batch size."""
        return -(-self.samples // self.batch_size)

    @cached_property
    def grid(self) -> EpochGrid:
        """Where epochs begin and end, those before another batch size included."""
        if self.later_grid is not None:
            return self.later_grid
        return EpochGrid.uniform(self.steps_per_epoch, self.steps_per_epoch * self.experiment.training.epochs)

    @cached_property
    def last_weight(self) -> float:
        """Rows of an epoch's last step as a share of a whole batch, by which the means of epochs weigh it."""
        return (self.samples - (self.steps_per_epoch - 1) * self.batch_size) / self.batch_size

    @cached_property
    def total_steps(self) -> int:
        """Steps of the whole training, which schedules spread over."""
        total = self.grid.total_steps
        assert total is not None
        return total

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before the first step, in sentences."""
        asked = self.experiment.training.batch_size
        if asked <= self.samples:
            return self.data.notes
        return (*self.data.notes, f"a batch of {asked} is more than the {self.samples} samples: each is the full batch")

    @cached_property
    def n_parameters(self) -> int:
        return self.network.n_parameters

    @cached_property
    def step_nanoseconds(self) -> float:
        """What a step takes on the processors of today, roughly: for choosing sizes of blocks, never for a result."""
        return 10 + 0.7 * self.batch_size * self.n_parameters

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """What is measured at each step, before its update."""
        return self.network.metrics

    @cached_property
    def validates(self) -> bool:
        """Whether rows are held out."""
        return len(self.data.X_test) > 0

    @property
    def epoch_metrics(self) -> tuple[str, ...]:
        """What is known at the end of an epoch, which callbacks can monitor."""
        return (*self.metrics, *(map(held_out, self.metrics) if self.validates else ()))

    @property
    def records_parameters(self) -> bool:
        return self.n_parameters <= RECORDED_PARAMETERS

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        return self.network.parameter_names()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What is recorded of each step."""
        return (*self.metrics, *(self.parameter_names if self.records_parameters else ()))

    def start(self) -> State:
        """A fresh state at step 0."""
        return State(self.theta.copy(), self.optimizer.new_slots(self.network), 0)

    def first_control(self) -> Control | None:
        """The callbacks before the first epoch; None for a run without.

        Raises
        ------
        ExperimentError
            A callback monitors what this run does not have; names the key.
        """
        experiment = self.experiment
        stopping = experiment.stop.early_stopping
        return callback_log.start(experiment.schedule, experiment.optimizer.flavor, stopping, self.epoch_metrics)

    def epoch_and_place(self, step: int) -> tuple[int, int]:
        """Whole epochs that are done once `step` steps are, and steps of the next one."""
        return self.grid.place(step)

    def batch(self, step: int) -> NDArray[np.intp]:
        """Training rows that `step` (from 1) is computed on."""
        epoch, place = self.epoch_and_place(step - 1)
        rows = np.arange(place * self.batch_size, min((place + 1) * self.batch_size, self.samples))
        order = self._orders(epoch, 1)
        return rows if order is None else order[rows]

    def seen(self, first: int, last: int) -> NDArray[np.intp]:
        """The training row that each of the steps `first` to `last` (from 1) is computed on, for batches of one."""
        epoch, place = self.epoch_and_place(first - 1)
        epochs = self.epoch_and_place(last - 1)[0] - epoch + 1
        order = self._orders(epoch, epochs)
        found = np.arange(place, place + last - first + 1)
        return found % self.samples if order is None else order[found]

    def _orders(self, first_epoch: int, epochs: int) -> NDArray[np.intp] | None:
        if self.experiment.data.order == "cyclic":
            return None
        return batch_orders(self.samples, self.experiment.training.seed, first_epoch, epochs)


@dataclass
class State:
    """What training changes: parameters, the optimizer's memory of shape (n_slots, n_parameters), and steps done.

    Attributes
    ----------
    optimizer_from
        Steps that were done when this optimizer began, by which its own count of updates falls short of `step`.
    """

    theta: FloatArray
    slots: FloatArray
    step: int
    optimizer_from: int = 0

    @property
    def updates(self) -> int:
        """Updates that the optimizer has made."""
        return self.step - self.optimizer_from

    def copy(self) -> State:
        return State(self.theta.copy(), self.slots.copy(), self.step, self.optimizer_from)

    @property
    def nbytes(self) -> int:
        return self.theta.nbytes + self.slots.nbytes


@dataclass(frozen=True)
class Stops:
    """Rules that the kernel itself watches at each step; the defaults watch nothing."""

    target_error: float = 0.0
    min_steps: int = 0
    not_finite: bool = False


NO_STOPS = Stops()


def build(
    experiment: Experiment, *, keeps_data: bool = False, history: int = 0, on_notice: Notify = unheard
) -> Problem:
    """Load the data, lay out the network and draw its start.

    Parameters
    ----------
    keeps_data
        Whether the data is kept for more runs on the same, see `load_data`.
    history
        Bytes that a history of the run may hold; 0 for a run that nobody watches.
    on_notice
        Is told of what takes long, such as fetching the data.

    Raises
    ------
    ExperimentError
        The data can't be loaded, the network does not fit it or the run into this machine's memory, the schedule has no
        rate or a callback no figure to monitor; names the key.
    """
    coding = model.coding(experiment)
    data = load_data(experiment.data, experiment.model.dtype, coding, keep=keeps_data, on_notice=on_notice)
    network, optimizer = network_of(experiment, data), optimizer_of(experiment.optimizer)
    memory.check(network, optimizer, data, experiment, history)
    try:
        theta = initial_parameters(network, experiment.model, experiment.training.seed)
    except ValueError as error:
        raise ExperimentError("model.weights", str(error)) from None
    except MemoryError:
        raise ExperimentError("model.layers", f"{network.n_parameters:,} parameters do not fit into memory") from None
    problem = Problem(experiment, network, optimizer, data, theta)
    schedules.check(experiment.schedule, experiment.optimizer.lr, problem.grid, experiment.training.epochs)
    problem.first_control()
    return problem


def rates(problem: Problem, lr: float, start: int, count: int) -> NDArray[np.float64]:
    """Learning rates of steps start + 1 to start + count when `optimizer.lr` is `lr`."""
    schedule = problem.experiment.schedule
    return schedules.rates(schedule, lr, start, count, problem.grid)


def momenta(problem: Problem, start: int, count: int) -> NDArray[np.float64] | None:
    """Momentum of steps start + 1 to start + count where the schedule moves it; None where it does not."""
    if not problem.optimizer.has_momentum:
        return None
    schedule = problem.experiment.schedule
    return schedules.momenta(schedule, start, count, problem.grid)


def momentum(problem: Problem, state: State) -> float | None:
    """Momentum of the next step where the schedule moves it; None where it does not."""
    moved = momenta(problem, state.step, 1)
    return None if moved is None else float(moved[0])


def advance(
    problem: Problem,
    state: State,
    step_rates: NDArray[np.float64],
    *,
    multipliers: Sequence[float] = (),
    record: FloatArray | None = None,
    record_at: int = 0,
    gradients: FloatArray | None = None,
    stops: Stops = NO_STOPS,
    held_out: NDArray[np.float64] | None = None,
) -> Outcome:
    """Take len(step_rates) steps in place, fewer when a stop rule ends them; the GIL is released.

    Parameters
    ----------
    multipliers
        Factor on the rate of each layer; empty means 1 for all.
    record, record_at
        Where the rows of `problem.columns` go: shape (columns, capacity), from column `record_at` on. Any model also
        takes room for its metrics and all its parameters.
    gradients
        Where the whole gradient of each step goes, shape (steps, n_parameters).
    held_out
        Where `problem.metrics` on the held-out rows go, a column for each epoch that ends on the way: shape
        (metrics, epochs). None leaves them out.
    """
    data = problem.data
    epoch, place = problem.epoch_and_place(state.step)
    order = problem._orders(epoch, -(-(place + len(step_rates)) // problem.steps_per_epoch))
    outcome = lrsim_core.run_steps(
        problem.network,
        state.theta,
        data.X_train,
        data.Y_train,
        step_rates,
        optimizer=problem.optimizer,
        slots=state.slots,
        momenta=momenta(problem, state.step, len(step_rates)),
        batch_size=problem.batch_size,
        first_step=state.step,
        into_epoch=place,
        updates=state.updates,
        order=order,
        record=record,
        record_at=record_at,
        gradients=gradients,
        target_error=stops.target_error,
        min_steps=stops.min_steps,
        stop_not_finite=stops.not_finite,
        held_out=None if held_out is None else lrsim_core.HeldOut(data.X_test, data.Y_test, held_out),
        **_layer_factors(multipliers),
    )
    state.step += outcome.steps
    return outcome


def open_step(problem: Problem, state: State, rate: float, multipliers: Sequence[float] = ()) -> OpenStep:
    """The next step from `state` with every array that is worked out on the way; changes nothing."""
    epoch, place = problem.epoch_and_place(state.step)
    return lrsim_core.open_step(
        problem.network,
        state.theta,
        problem.data.X_train,
        problem.data.Y_train,
        rate,
        optimizer=problem.optimizer,
        slots=state.slots,
        momentum=momentum(problem, state),
        step=state.step,
        into_epoch=place,
        updates=state.updates,
        batch_size=problem.batch_size,
        order=problem._orders(epoch, 1),
        **_layer_factors(multipliers),
    )


def _layer_factors(multipliers: Sequence[float]) -> dict[str, Any]:
    """The kernel's argument `multipliers`, left out where all are 1 so that plain models keep their fast path."""
    if all(value == 1.0 for value in multipliers):
        return {}
    return {"multipliers": np.array(multipliers, dtype=np.float64)}


def predict(problem: Problem, theta: FloatArray, X: FloatArray) -> FloatArray:
    """Outputs, shape (n, outputs), for inputs of shape (n, inputs)."""
    return lrsim_core.predict(problem.network, theta, np.ascontiguousarray(X, dtype=problem.network.dtype))


def layer_outputs(problem: Problem, theta: FloatArray, X: FloatArray) -> list[FloatArray]:
    """Outputs of every layer, shape (n, units), for inputs of shape (n, inputs)."""
    return lrsim_core.layer_outputs(problem.network, theta, X)


def evaluate(problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray) -> dict[str, float]:
    """`problem.metrics` at `theta` over all rows."""
    return lrsim_core.evaluate(problem.network, theta, X, Y)


def loss_and_gradient(problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray) -> tuple[float, FloatArray]:
    """Mean loss over all rows at `theta`, and the gradient that training follows, shape (n_parameters,)."""
    loss, _, gradient = lrsim_core.loss_and_gradient(problem.network, theta, X, Y)
    return loss, gradient


def hessian_vector_product(
    problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray, v: FloatArray
) -> FloatArray:
    """Derivative of that gradient along `v`, shape (n_parameters,)."""
    return lrsim_core.hessian_vector_product(problem.network, theta, X, Y, v)


def not_finite_name(problem: Problem, outcome: Outcome) -> str:
    """Name of what was first not finite: a parameter, or ``loss``."""
    return "loss" if outcome.bad_parameter < 0 else problem.network.parameter_name(outcome.bad_parameter)
