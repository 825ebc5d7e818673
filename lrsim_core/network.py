"""Description of a dense network: layers, loss, and where each parameter stands in the flat vector."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .types import Activation, Loss

FloatArray = NDArray[np.floating[Any]]

ACTIVATIONS: tuple[str, ...] = tuple(member.name.lower() for member in Activation)
LOSSES: tuple[str, ...] = tuple(member.name.lower() for member in Loss)
BIAS_RULES = ("delta", "as_input", "fixed")
DTYPES = ("float32", "float64")

_OUTPUT_OF = {"cross_entropy": "softmax", "cross_entropy_clipped": "softmax", "binary_cross_entropy": "sigmoid"}


def output_needed(loss: str) -> str | None:
    """The one activation of the last layer that a loss takes; None for one that takes any."""
    return _OUTPUT_OF.get(loss)


def misplaced(activations: Sequence[str]) -> int | None:
    """The first layer (from 0) whose activation can't stand there: a softmax that is not the output."""
    return next((k for k, name in enumerate(activations[:-1]) if name == "softmax"), None)


@dataclass(frozen=True)
class Layer:
    """One dense layer.

    Parameters
    ----------
    units
        Number of outputs, at least 1.
    activation
        One of `ACTIVATIONS`.
    limit
        Upper limit of the ``clip`` activation, in units of the output.
    straight_through
        With ``clip``: the gradient is 1 above the limit as well (the perceptron's rule, which looks at
        the error alone); otherwise it is 0 there (the exact derivative).
    alpha
        Slope below 0 of ``leaky_relu``, or lower limit (negated) of ``elu``, >= 0; None: 0.01 and 1.
        ``gelu`` is the exact form, z times the normal distribution's share below z (by erf).
    """

    units: int
    activation: str = "linear"
    limit: float = 250.0
    straight_through: bool = True
    alpha: float | None = None

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError(f"units: expected at least 1, got {self.units}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}, got {self.activation!r}")
        if self.alpha is not None and not (self.alpha >= 0 and math.isfinite(self.alpha)):
            raise ValueError(f"alpha: expected a finite number >= 0, got {self.alpha}")

    @property
    def activation_code(self) -> int:
        return int(Activation[self.activation.upper()])

    @property
    def slope_below(self) -> float:
        """`alpha` with its default filled in."""
        if self.alpha is not None:
            return self.alpha
        return 0.01 if self.activation == "leaky_relu" else 1.0


SIDED = ("binary_cross_entropy", "hinge")
"""Losses whose outputs are answers each, right on their side of a threshold."""


@dataclass(frozen=True)
class Network:
    """A dense network and what it is trained on: the kernel's whole view of a model.

    The parameters of all layers stand in one flat vector: for each layer W (inputs x units, row-major),
    then b (units).

    Parameters
    ----------
    inputs
        Number of features, at least 1.
    layers
        From the input side to the output.
    loss
        One of `LOSSES`. ``cross_entropy`` and ``cross_entropy_clipped`` (both with ``softmax``; targets are
        shares that sum to 1, as a one-hot row does) are averaged over the rows, all others over the outputs too.
        ``cross_entropy`` and ``binary_cross_entropy`` (with ``sigmoid``) are taken from z, the logits, and so
        stay exact. ``cross_entropy_clipped`` takes the logarithm of probabilities clipped to [1e-7, 1 - 1e-7] and
        has no gradient where it clips. ``hinge`` wants targets -1 and 1; 0 means -1.
    bias_rule
        ``delta``: the bias moves as the gradient says. ``as_input``: its gradient is multiplied by the
        sum of the layer's inputs, as if the bias took part in each of them. ``fixed``: it has no gradient and stays
        where it starts; at 0 that is a network without biases.
    clip_gradient
        Element-wise limit on dL/d(output) before averaging (on dL/dz where the loss is taken from z); 0 means none.
    l1, l2
        Penalties l1 * sum|w| and l2 * sum(w^2) on the weights, not the biases. They are in every gradient, and in no
        loss that is shown.
    dtype
        Of parameters, data and all arithmetic: ``float32`` or ``float64``.
    huber_delta
        Error at which ``huber`` turns from a parabola into a line.
    class_threshold
        Where targets are classes though the loss is not made for them, what lies between an output's yes and its no;
        of several outputs the largest is the answer. None where targets are numbers.
    """

    inputs: int
    layers: tuple[Layer, ...]
    loss: str = "mse"
    bias_rule: str = "delta"
    clip_gradient: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    dtype: str = "float64"
    huber_delta: float = 1.0
    class_threshold: float | None = None

    def __post_init__(self) -> None:
        if self.inputs < 1:
            raise ValueError(f"inputs: expected at least 1, got {self.inputs}")
        if not self.layers:
            raise ValueError("layers: expected at least one, got none")
        for name, value, choices in (
            ("loss", self.loss, LOSSES),
            ("bias_rule", self.bias_rule, BIAS_RULES),
            ("dtype", self.dtype, DTYPES),
        ):
            if value not in choices:
                raise ValueError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
        for name, number in (("clip_gradient", self.clip_gradient), ("l1", self.l1), ("l2", self.l2)):
            if not number >= 0:
                raise ValueError(f"{name}: expected a number >= 0, got {number}")
        if not self.huber_delta > 0:
            raise ValueError(f"huber_delta: expected a number > 0, got {self.huber_delta}")
        place = misplaced([layer.activation for layer in self.layers])
        if place is not None:
            raise ValueError(f"layers[{place}].activation: softmax can stand at the output alone")
        needed = output_needed(self.loss)
        if needed and self.layers[-1].activation != needed:
            raise ValueError(
                f"loss: {self.loss} needs {needed} as the last activation, got {self.layers[-1].activation!r}"
            )

    @property
    def loss_code(self) -> int:
        return int(Loss[self.loss.upper()])

    @property
    def outputs(self) -> int:
        return self.layers[-1].units

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of W of each layer: (inputs, units)."""
        widths = [self.inputs, *(layer.units for layer in self.layers)]
        return tuple(pairwise(widths))

    @cached_property
    def n_parameters(self) -> int:
        return sum((inputs + 1) * units for inputs, units in self.shapes)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """What is recorded of each step; accuracy where answers are right or wrong."""
        answers = self.one_answer or self.class_threshold is not None or self.loss in SIDED
        return ("loss", "error", "accuracy") if answers else ("loss", "error")

    @property
    def one_answer(self) -> bool:
        """Whether the largest output is the answer; otherwise each is one by the side of `threshold` that it is on."""
        several = self.class_threshold is not None and self.outputs > 1 and self.loss not in SIDED
        return self.layers[-1].activation == "softmax" or several

    @property
    def threshold(self) -> float:
        """What lies between an output's yes and its no: 0.5, and 0 with hinge unless its output is a sigmoid's."""
        if self.class_threshold is not None and self.loss not in SIDED:
            return self.class_threshold
        return 0.0 if self.loss == "hinge" and self.layers[-1].activation != "sigmoid" else 0.5

    @cached_property
    def is_online(self) -> bool:
        """One unit whose steps on one sample, by plain gradient descent, take their own loop."""
        return (
            len(self.layers) == 1
            and self.outputs == 1
            and self.inputs <= 64
            and self.layers[0].activation in ("linear", "clip", "relu", "tanh", "sigmoid")
            and self.loss in ("mse", "half_mse")
            and self.clip_gradient == self.l1 == self.l2 == 0
            and self.class_threshold is None
            and self.bias_rule != "fixed"
        )

    @property
    def bias_code(self) -> int:
        return BIAS_RULES.index(self.bias_rule)

    def bias_share(self, inputs: float) -> float:
        """What dL/dz is multiplied by in a bias' gradient, for a row whose inputs to the layer sum to `inputs`."""
        return {"delta": 1.0, "as_input": inputs, "fixed": 0.0}[self.bias_rule]

    def movable(self, direction: NDArray[Any]) -> NDArray[Any]:
        """A direction of parameters, shape (n_parameters,), without what stays where it starts."""
        if self.bias_rule != "fixed":
            return direction
        moved = direction.copy()
        for _, biases in self.unpack(moved):
            biases[...] = 0
        return moved

    @cached_property
    def plan(self) -> Any:
        from .train import Plan

        return Plan(self)

    def parameter_names(self) -> tuple[str, ...]:
        """Names in the order of the flat vector: W, b for one input and one unit, else W1[0,0], ..., b1[0], ..."""
        if self.shapes == ((1, 1),):
            return ("W", "b")
        names: list[str] = []
        for k, (inputs, units) in enumerate(self.shapes, start=1):
            names += [f"W{k}[{i},{j}]" for i in range(inputs) for j in range(units)]
            names += [f"b{k}[{j}]" for j in range(units)]
        return tuple(names)

    def parameter_name(self, index: int) -> str:
        """Name of one parameter, without making the list of all."""
        if self.shapes == ((1, 1),):
            return ("W", "b")[index]
        for k, (inputs, units) in enumerate(self.shapes, start=1):
            if index < inputs * units:
                return f"W{k}[{index // units},{index % units}]"
            index -= inputs * units
            if index < units:
                return f"b{k}[{index}]"
            index -= units
        raise IndexError(f"the network has {self.n_parameters} parameters")

    def parameter_index(self, name: str) -> int | None:
        """Place of a parameter in the flat vector, by its name; None where it is none of the network's."""
        if self.shapes == ((1, 1),):
            return {"W": 0, "b": 1}.get(name)
        found = re.fullmatch(r"W([1-9]\d{0,5})\[(\d{1,9}),(\d{1,9})\]|b([1-9]\d{0,5})\[(\d{1,9})\]", name)
        if found is None:
            return None
        layer = int(found[1] or found[4]) - 1
        if layer >= len(self.shapes):
            return None
        inputs, units = self.shapes[layer]
        row, column = (int(found[2]), int(found[3])) if found[1] else (inputs, int(found[5]))
        if column >= units or (found[1] and row >= inputs):
            return None
        return self.layer_offset(layer) + row * units + column

    def layer_offset(self, layer: int) -> int:
        """Place of the first weight of a layer (from 0) in the flat vector."""
        return sum((inputs + 1) * units for inputs, units in self.shapes[:layer])

    def layer_of(self, index: int) -> int:
        """Layer (from 0) that a parameter belongs to."""
        for k, (inputs, units) in enumerate(self.shapes):
            if index < (inputs + 1) * units:
                return k
            index -= (inputs + 1) * units
        raise IndexError(f"the network has {self.n_parameters} parameters")

    def unpack(self, theta: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Views (W, b) of each layer into a flat vector."""
        parts, offset = [], 0
        for inputs, units in self.shapes:
            middle = offset + inputs * units
            parts.append((theta[offset:middle].reshape(inputs, units), theta[middle : middle + units]))
            offset = middle + units
        return parts

    def pack(self, weights: Sequence[Any]) -> FloatArray:
        """Flat vector from ``[W1, b1, W2, b2, ...]``; ValueError where a shape does not fit."""
        if len(weights) != 2 * len(self.layers):
            raise ValueError(f"expected {2 * len(self.layers)} arrays (W and b of each layer), got {len(weights)}")
        theta = np.empty(self.n_parameters, dtype=self.dtype)
        for k, (W, b) in enumerate(self.unpack(theta)):
            for target, given, name in ((W, weights[2 * k], "W"), (b, weights[2 * k + 1], "b")):
                try:
                    array = np.asarray(given, dtype=self.dtype)
                except (TypeError, ValueError):
                    raise ValueError(f"{name} of layer {k + 1}: expected an array of numbers") from None
                if array.shape != target.shape:
                    raise ValueError(f"{name} of layer {k + 1}: expected shape {target.shape}, got {array.shape}")
                target[...] = array
        return theta
