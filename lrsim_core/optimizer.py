"""Optimizers and their hyperparameters, in two flavors: as Keras writes them, and as PyTorch does.

Defaults of ``keras`` are those of Keras 3 (checked against 3.15.1), of ``torch`` those of PyTorch (2.13.0). Where the
two differ:

- SGD with momentum: keras puts the rate into the velocity, torch into the step; they part when the rate changes.
- Adam, AdamW: keras corrects the biases in the rate, so epsilon stands beside the uncorrected root.
- Adamax: keras adds epsilon to the norm when dividing, torch when taking the maximum.
- RMSprop, Adagrad: keras has epsilon inside the root, torch outside.
- weight_decay: keras shrinks the parameters beside the step (all optimizers); torch adds it to the gradient, but for
  AdamW.
- Nadam: one formula; keras has no factor in its momentum schedule (momentum_decay 1), torch 0.004.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from .network import FloatArray, Network
from .types import OptimizerName

FLAVORS = ("keras", "torch")
COMMON_KEYS = ("decay", "weight_decay")
"""Values that mean something to every optimizer."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """One optimizer, besides its formula in the kernel.

    Attributes
    ----------
    uses
        The values that mean something to it, besides `COMMON_KEYS`. Those that use `beta_1` have a momentum for each
        step to stand in for; those that use `momentum` have one, and a velocity in their slots, where it is above 0.
    slots
        Values that are kept for each parameter, besides a velocity.
    rates
        Learning rate that a flavor's library takes when none is given, where that is not 0.001.
    defaults
        Values of a flavor that differ from those of `Optimizer`.
    """

    uses: tuple[str, ...]
    slots: int
    rates: dict[str, float] = field(default_factory=dict)
    defaults: dict[str, dict[str, float]] = field(default_factory=dict)


_FACTS: dict[str, _Facts] = {
    "sgd": _Facts(uses=("momentum", "nesterov"), slots=0, rates={"keras": 0.01}),
    "adagrad": _Facts(
        uses=("initial_accumulator", "epsilon"), slots=1, rates={"torch": 0.01},
        defaults={"keras": {"initial_accumulator": 0.1}, "torch": {"epsilon": 1e-10}},
    ),
    "adadelta": _Facts(
        uses=("rho", "epsilon"), slots=2, rates={"torch": 1.0},
        defaults={"keras": {"rho": 0.95}, "torch": {"rho": 0.9, "epsilon": 1e-6}},
    ),
    "rmsprop": _Facts(
        uses=("rho", "momentum", "epsilon"), slots=1, rates={"torch": 0.01}, defaults={"torch": {"rho": 0.99}}
    ),
    "adam": _Facts(uses=("beta_1", "beta_2", "epsilon"), slots=2),
    "adamax": _Facts(uses=("beta_1", "beta_2", "epsilon"), slots=2, rates={"torch": 0.002}),
    "adamw": _Facts(
        uses=("beta_1", "beta_2", "epsilon"), slots=2,
        defaults={"keras": {"weight_decay": 0.004}, "torch": {"weight_decay": 0.01}},
    ),
    "nadam": _Facts(
        uses=("beta_1", "beta_2", "momentum_decay", "epsilon"), slots=2, rates={"torch": 0.002},
        defaults={"keras": {"momentum_decay": 1.0}},
    ),
}  # fmt: skip

OPTIMIZERS: tuple[str, ...] = tuple(_FACTS)
OPTIMIZER_KEYS: dict[str, tuple[str, ...]] = {name: facts.uses for name, facts in _FACTS.items()}
"""For each optimizer the values that mean something to it, besides `COMMON_KEYS`."""

_EPSILON = {"keras": 1e-7, "torch": 1e-8}


def default_lr(name: str, flavor: str = "keras") -> float:
    """Learning rate that the flavor's library takes when none is given."""
    _check_choice(name, flavor)
    return _FACTS[name].rates.get(flavor, 0.001)


def _check_choice(name: str, flavor: str) -> None:
    if name not in OPTIMIZERS:
        raise ValueError(f"name: expected one of {', '.join(OPTIMIZERS)}, got {name!r}")
    if flavor not in FLAVORS:
        raise ValueError(f"flavor: expected one of {', '.join(FLAVORS)}, got {flavor!r}")


@dataclass(frozen=True)
class Optimizer:
    """How a gradient becomes a step; every value resolved. `Optimizer.make` fills in a flavor's defaults.

    Parameters
    ----------
    name
        One of `OPTIMIZERS`.
    flavor
        ``keras`` or ``torch``: whose formulas.
    momentum
        Of SGD and RMSprop, in [0, 1).
    nesterov
        SGD with momentum: look ahead.
    beta_1, beta_2
        Averages of the gradient and of its square (Adam and its kin), in [0, 1).
    rho
        Average of the squared gradient (RMSprop, Adadelta), in [0, 1).
    epsilon
        Added to the denominator, >= 0.
    decay
        The rate of update t (from 0) is divided by 1 + decay * t.
    weight_decay
        >= 0; see the module's text.
    momentum_decay
        Of Nadam: the momentum of update t is beta_1 * (1 - 0.5 * 0.96**(t * momentum_decay)).
    initial_accumulator
        Of Adagrad: what the sum of squares starts from.

    Raises
    ------
    ValueError
        A value is out of its range.
    """

    name: str = "sgd"
    flavor: str = "keras"
    momentum: float = 0.0
    nesterov: bool = False
    beta_1: float = 0.9
    beta_2: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-7
    decay: float = 0.0
    weight_decay: float = 0.0
    momentum_decay: float = 0.004
    initial_accumulator: float = 0.0

    def __post_init__(self) -> None:
        _check_choice(self.name, self.flavor)
        for key in ("momentum", "beta_1", "beta_2", "rho"):
            if not 0 <= getattr(self, key) < 1:
                raise ValueError(f"{key}: expected a number >= 0 and < 1, got {getattr(self, key)}")
        for key in ("epsilon", "decay", "weight_decay", "momentum_decay", "initial_accumulator"):
            value = getattr(self, key)
            if not (value >= 0 and math.isfinite(value)):
                raise ValueError(f"{key}: expected a finite number >= 0, got {value}")

    @classmethod
    def make(cls, name: str = "sgd", flavor: str = "keras", **given: Any) -> Optimizer:
        """An optimizer with the flavor's defaults where `given` has no value, or None."""
        _check_choice(name, flavor)
        known = {item.name for item in fields(cls)} - {"name", "flavor"}
        for key in given:
            if key not in known:
                raise TypeError(f"{key}: an optimizer has no such value")
        plain = cls(name, flavor, epsilon=_EPSILON[flavor])
        values = {
            **_FACTS[name].defaults.get(flavor, {}),
            **{key: value for key, value in given.items() if value is not None},
        }
        return replace(plain, **values)

    @property
    def code(self) -> int:
        return int(OptimizerName[self.name.upper()])

    @property
    def has_momentum(self) -> bool:
        """Is there a momentum or beta_1 that a value for each step can stand in for?"""
        return self.averages_gradients or self._has_velocity

    @property
    def averages_gradients(self) -> bool:
        """Does it step along an average of the gradients (Adam and its kin)?"""
        return "beta_1" in OPTIMIZER_KEYS[self.name]

    @property
    def _has_velocity(self) -> bool:
        return "momentum" in OPTIMIZER_KEYS[self.name] and self.momentum > 0

    @property
    def n_slots(self) -> int:
        """Values that are kept for each parameter."""
        return _FACTS[self.name].slots + self._has_velocity

    @property
    def is_plain(self) -> bool:
        """Nothing but theta -= rate * gradient?"""
        return self.name == "sgd" and self.momentum == 0 and self.decay == 0 and self.weight_decay == 0

    def new_slots(self, network: Network) -> FloatArray:
        """Slots at step 0: shape (n_slots, n_parameters), of the network's dtype.

        SGD: velocity. Adagrad: sum of squares. Adadelta: average square of gradient, of step. RMSprop: average square
        (, velocity). Adam, AdamW, Nadam: average of gradient, of its square. Adamax: average, norm.
        """
        slots = np.zeros((self.n_slots, network.n_parameters), dtype=network.dtype)
        if "initial_accumulator" in OPTIMIZER_KEYS[self.name]:
            slots[0] = self.initial_accumulator
        return slots

    @cached_property
    def plan(self) -> Any:
        from .train import OptimizerPlan

        return OptimizerPlan(self)
