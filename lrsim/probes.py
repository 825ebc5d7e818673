"""Trials on a copy of a state, taken a little at a time: the range test, and a rate for each layer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim import engine
from lrsim.datasets import batch_orders
from lrsim.engine import Problem, State
from lrsim.layer_rates import LayerRates, Tuning
from lrsim.lr_finder import RangeRun, RangeTest
from lrsim.specs import OptimizerSpec
from lrsim.validation import ExperimentError
from lrsim_core import FloatArray

Vector = NDArray[np.float64]

TUNED_ON = 1_000_000_000
"""Rows times parameters that one gradient of the search for each layer's rate may take, about."""
FEWEST_ROWS = 256
MEASURED_WHOLE = 4096
"""Up to so many training rows a range test measures the loss over all of them, beyond that over each step's batch."""
SMALLEST_GRADIENT = 1e-12


@dataclass(frozen=True)
class RangeSearch:
    """A range test, and the step that it set out from."""

    step: int
    test: RangeTest


class RangeTrial:
    """A range test from a state on, in the order in which the data would come.

    The loss of a step is that before its update: over the whole training set where that is small, so that samples
    which differ do not hide what the rate does, else over the step's batch.

    Parameters
    ----------
    state
        Where to set out; it is copied.
    multipliers
        Factor on the rate of each layer; empty for 1 in all.
    lowest, highest, points
        As for `lr_finder.range_test`.

    Raises
    ------
    ValueError
        The rates are not finite, positive and rising, or there are fewer than 2 points.
    """

    name = "range_test"

    def __init__(
        self,
        problem: Problem,
        state: State,
        multipliers: tuple[float, ...],
        lowest: float,
        highest: float,
        points: int,
    ) -> None:
        self.begin = state.step
        self._problem, self._state, self._multipliers = problem, state.copy(), multipliers
        self.measures_whole = problem.samples <= MEASURED_WHOLE
        self._row = np.empty((len(problem.columns), 1), problem.network.dtype)
        self._run = RangeRun(self._train_step, lowest, highest, points)

    def _train_step(self, rate: float) -> float:
        problem, data = self._problem, self._problem.data
        whole = self.measures_whole and engine.evaluate(problem, self._state.theta, data.X_train, data.Y_train)
        engine.advance(problem, self._state, np.array([rate]), multipliers=self._multipliers, record=self._row)
        return whole["loss"] if whole else float(self._row[0, 0])

    def work(self, seconds: float) -> bool:
        """Go on for about so long; whether it is over."""
        end = time.perf_counter() + seconds
        while self._run.stop_reason == "running":
            self._run.step()
            if time.perf_counter() >= end:
                break
        return self._run.stop_reason != "running"

    def cancel(self) -> None:
        """End with what there is."""
        self._run.stop_reason = "cancelled"

    def result(self) -> RangeSearch:
        """What was found so far."""
        return RangeSearch(self.begin, self._run.result())


class LayerTrial:
    """The search for a rate for each layer, on the training set alone.

    Large models take a part of the training set, always the same one.

    Parameters
    ----------
    theta
        Parameters to set out from; they are left as they are.

    Raises
    ------
    ExperimentError
        The optimizer has no rate that could be tuned.
    """

    name = "tuning"

    def __init__(self, problem: Problem, theta: FloatArray) -> None:
        direction = _direction(problem.experiment.optimizer)
        data, samples = problem.data, problem.samples
        self.rows = min(samples, max(FEWEST_ROWS, TUNED_ON // problem.n_parameters))
        self._samples = samples
        if self.rows < samples:
            chosen = np.sort(batch_orders(samples, problem.experiment.training.seed, 0, 1)[: self.rows])
            X, Y = data.X_train[chosen], data.Y_train[chosen]
        else:
            X, Y = data.X_train, data.Y_train
        sizes = [(inputs + 1) * units for inputs, units in problem.network.shapes]
        layers = [slice(int(a), int(b)) for a, b in pairwise(np.cumsum([0, *sizes]))]

        def loss_and_gradient(place: NDArray[Any]) -> tuple[float, NDArray[Any]]:
            return engine.loss_and_gradient(problem, place, X, Y)

        def product(place: NDArray[Any], along: NDArray[Any]) -> NDArray[Any]:
            return engine.hessian_vector_product(problem, place, X, Y, along)

        self._tuning = Tuning(layers, theta, loss_and_gradient, product, direction)

    def work(self, seconds: float) -> bool:
        """Go on for about so long, at least by one probe; whether it is over."""
        end = time.perf_counter() + seconds
        while not self._tuning.done:
            self._tuning.probe()
            if time.perf_counter() >= end:
                break
        return self._tuning.done

    def result(self) -> LayerRates | None:
        """What was found; None where there was nothing to go by."""
        return self._tuning.result()

    def text(self, found: LayerRates) -> str:
        """How it was found, in a few sentences."""
        if self.rows == self._samples:
            return found.text
        return f"{found.text} Measured on {self.rows} of the {self._samples} training rows."


def _direction(optimizer: OptimizerSpec) -> Callable[[Vector], Vector]:
    """What the optimizer adds to the parameters at rate 1, from a gradient that stays the same for a while."""
    gain = 1.0 / (1.0 - (optimizer.momentum or 0.0))
    if optimizer.name == "sgd":
        return lambda gradient: -gain * gradient
    if optimizer.name == "adadelta":
        raise ExperimentError("optimizer.name", "adadelta finds the size of its steps by itself, nothing to tune")
    # Those that divide by the root of the gradient's square: a steady gradient moves each parameter by the rate.
    return lambda gradient: -gain * gradient / (np.abs(gradient) + SMALLEST_GRADIENT)
