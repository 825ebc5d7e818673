"""Description of a dense network: layers, loss, and where each parameter stands in the flat vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .types import Activation, Loss

FloatArray = NDArray[np.floating[Any]]

ACTIVATIONS: tuple[str, ...] = tuple(member.name.lower() for member in Activation)
LOSSES: tuple[str, ...] = tuple(member.name.lower() for member in Loss)
BIAS_RULES = ("delta", "as_input")
DTYPES = ("float32", "float64")


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
    """

    units: int
    activation: str = "linear"
    limit: float = 250.0
    straight_through: bool = True

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError(f"units: expected at least 1, got {self.units}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}, got {self.activation!r}")

    @property
    def activation_code(self) -> int:
        return int(Activation[self.activation.upper()])


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
        One of `LOSSES`; averaged over the rows of a batch and over the outputs.
    bias_rule
        ``delta``: the bias moves as the gradient says. ``as_input``: its gradient is multiplied by the
        sum of the layer's inputs, as if the bias took part in each of them.
    clip_gradient
        Element-wise limit on dL/d(output) before averaging; 0 means none.
    dtype
        Of parameters, data and all arithmetic: ``float32`` or ``float64``.
    """

    inputs: int
    layers: tuple[Layer, ...]
    loss: str = "mse"
    bias_rule: str = "delta"
    clip_gradient: float = 0.0
    dtype: str = "float64"

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
        if not self.clip_gradient >= 0:
            raise ValueError(f"clip_gradient: expected a number >= 0, got {self.clip_gradient}")

    @property
    def loss_code(self) -> int:
        return int(Loss[self.loss.upper()])

    @property
    def outputs(self) -> int:
        return self.layers[-1].units

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured at each step."""
        return ("loss", "error")

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of W of each layer: (inputs, units)."""
        widths = [self.inputs, *(layer.units for layer in self.layers)]
        return tuple(zip(widths[:-1], widths[1:]))

    @cached_property
    def n_parameters(self) -> int:
        return sum((inputs + 1) * units for inputs, units in self.shapes)

    @cached_property
    def is_single(self) -> bool:
        """One input, one unit: the model that the fast path takes, one sample a step."""
        return self.shapes == ((1, 1),) and self.clip_gradient == 0

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
