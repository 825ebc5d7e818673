"""A learning rate for each layer, found from the training set alone.

Each layer is probed along the direction in which its optimizer would move it. Along a line a loss is close to a
parabola, whose slope and curvature tell the way to its lowest point: slope / curvature is the rate that takes the layer
there in one step. Layers that move together can overshoot where each alone does not, so the same parabola along their
joint direction scales all rates down where it says so. A few such steps are taken on a copy of the parameters, and for
each layer the lowest rate met on the way counts, since it belongs to the sharpest bend.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import batch_orders
from lrsim.experiment.specs import OptimizerSpec
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

Vector = NDArray[np.float64]
AnyVector = NDArray[np.floating]
LossAndGradient = Callable[[AnyVector], tuple[float, AnyVector]]
Product = Callable[[AnyVector, AnyVector], AnyVector]

PROBES = 8
"""Steps taken on the copy at most; each costs a gradient, a Hessian-vector product a layer and a few losses."""
HALVINGS = 10
"""How often a probe's step is halved before a loss that does not fall ends the search."""


@dataclass(frozen=True)
class LayerRates:
    """The result.

    Attributes
    ----------
    rates
        Rate of each layer, shape (layers,); `lr` for a layer that has no slope or no curvature.
    lr
        Geometric mean of the rates found, as the base rate.
    multipliers
        ``rates / lr``.
    curvatures
        The sharpest curvature met along each layer's direction, per squared length, shape (layers,); NaN for a layer
        that has no slope or no curvature.
    losses
        Loss at the start and after each probe, shape (probes + 1,).
    text
        A few sentences with these numbers.
    """

    rates: Vector
    lr: float
    multipliers: Vector
    curvatures: Vector
    losses: Vector
    text: str

    def with_mean(self, lr: float) -> LayerRates:
        """The same factors on another base rate."""
        rates = self.multipliers * lr
        return replace(self, rates=rates, lr=lr, text=_text(rates, lr, self.curvatures, self.losses))


@dataclass(frozen=True)
class _Probe:
    """Best rate (NaN without slope or curvature) and curvature of each layer, and the joint step at these rates."""

    rates: Vector
    curvatures: Vector
    step: Vector


class Tuning:
    """The search for a rate for each layer, taken probe by probe.

    Parameters
    ----------
    layers
        Where the parameters of each layer stand in `theta`.
    theta
        Parameters to start from, shape (p,), float32 or float64; left as they are. The functions are given arrays of
        this shape and dtype.
    loss_and_gradient
        Mean loss and its gradient, shape (p,), over the training set (or a fixed part of it) at given parameters.
    hessian_vector_product
        Hessian at the first argument times the second.
    direction
        What the optimizer adds to the parameters at rate 1, from the gradient, both float64, shape (p,): of plain
        descent ``-gradient``, with momentum mu ``-gradient / (1 - mu)``.

    Attributes
    ----------
    done
        Whether all probes were taken, or another would not lower the loss.
    """

    def __init__(
        self,
        layers: Sequence[slice],
        theta: AnyVector,
        loss_and_gradient: LossAndGradient,
        hessian_vector_product: Product,
        direction: Callable[[Vector], Vector],
    ) -> None:
        self.done = False
        self._layers = layers
        self._dtype = theta.dtype
        self._loss_and_gradient = loss_and_gradient
        self._product = hessian_vector_product
        self._direction = direction
        self._place = theta.astype(np.float64)
        loss, self._gradient = self._evaluate(self._place)
        self._losses: list[float] = [loss]
        self._rates: list[Vector] = []
        self._curvatures: list[Vector] = []

    def _evaluate(self, place: Vector) -> tuple[float, Vector]:
        loss, gradient = self._loss_and_gradient(place.astype(self._dtype))
        return float(loss), gradient.astype(np.float64)

    def _bend(self, along: Vector) -> Vector:
        return self._product(self._place.astype(self._dtype), along.astype(self._dtype)).astype(np.float64)

    def probe(self) -> None:
        """Take the next step on the copy, unless it would not lower the loss."""
        found = _probe(self._layers, self._gradient, self._direction(self._gradient), self._bend)
        share, (loss, self._gradient) = _share_that_lowers(self._evaluate, self._place, found.step, self._losses[-1])
        if share:
            self._place = self._place + share * found.step
            self._losses.append(loss)
            self._rates.append(share * found.rates)
            self._curvatures.append(found.curvatures)
        self.done = not share or len(self._rates) >= PROBES

    def result(self) -> LayerRates | None:
        """What was found so far; None where there is nothing to go by.

        No layer has a finite slope and curvature then, or the loss does not fall.
        """
        if not self._rates:
            return None
        return _result(np.array(self._rates), np.array(self._curvatures), np.array(self._losses))


def _probe(layers: Sequence[slice], gradient: Vector, along: Vector, bend: Callable[[Vector], Vector]) -> _Probe:
    rates, curvatures = np.full(len(layers), np.nan), np.full(len(layers), np.nan)
    step, bent = np.zeros(gradient.shape), np.zeros(gradient.shape)
    for index, layer in enumerate(layers):
        move = np.zeros(gradient.shape)
        move[layer] = along[layer]
        slope = -float(gradient @ move)
        if not (math.isfinite(slope) and slope > 0):
            continue
        product = bend(move)
        curvature = abs(float(move @ product))
        if not (math.isfinite(curvature) and curvature > 0 and math.isfinite(slope / curvature)):
            continue
        rates[index], curvatures[index] = slope / curvature, curvature / float(move @ move)
        step += rates[index] * move
        bent += rates[index] * product
    scale = _joint_scale(-float(gradient @ step), abs(float(step @ bent)))
    return _Probe(scale * rates, curvatures, scale * step)


def _joint_scale(slope: float, curvature: float) -> float:
    return min(1.0, slope / curvature) if curvature > 0 else 1.0


def _share_that_lowers(
    evaluate: Callable[[Vector], tuple[float, Vector]], place: Vector, step: Vector, loss: float
) -> tuple[float, tuple[float, Vector]]:
    """The largest of 1, 1/2, 1/4 ... of the step that lowers the loss, 0 if none does; loss and gradient there."""
    share = 1.0
    for _ in range(HALVINGS):
        found = evaluate(place + share * step)
        if found[0] < loss and np.all(np.isfinite(found[1])):
            return share, found
        share /= 2.0
    return 0.0, (loss, np.zeros(place.shape))


def _result(rates: Vector, curvatures: Vector, losses: Vector) -> LayerRates:
    """From the rates and curvatures of all probes, shape (probes, layers)."""
    lowest = np.fmin.reduce(rates, axis=0)
    sharpest = np.fmax.reduce(curvatures, axis=0)
    found = np.isfinite(lowest)
    known = lowest[found]
    lr = float(known[0] if len(known) == 1 else np.exp(np.mean(np.log(known))))  # one rate is itself, to the last bit
    chosen = np.where(found, lowest, lr)
    return LayerRates(chosen, lr, chosen / lr, sharpest, losses, _text(chosen, lr, sharpest, losses))


def _text(rates: Vector, lr: float, curvatures: Vector, losses: Vector) -> str:
    probes = len(losses) - 1
    lines = [
        f"{probes} probe {'step' if probes == 1 else 'steps'} over the training set lowered the loss from "
        f"{short(losses[0])} to {short(losses[-1])} on a copy of the parameters."
    ]
    for number, (rate, curvature) in enumerate(zip(rates, curvatures), start=1):
        if math.isnan(curvature):
            lines.append(f"Layer {number} has no slope or no curvature to go by and gets the mean, {short(lr)}.")
        else:
            lines.append(f"Layer {number} bends by {short(curvature)} at most along its step: rate {short(rate)}.")
    lines.append(f"The sharper a layer bends, the lower its rate; their geometric mean is {short(lr)}.")
    return " ".join(lines)


TUNED_ON = 1_000_000_000
"""Rows times parameters that one gradient of the search for each layer's rate may take, about."""

FEWEST_ROWS = 256

SMALLEST_GRADIENT = 1e-12


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
