"""Which parts of the experiment format the program can run: one table, checked before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrsim.validation import ExperimentError, literal

if TYPE_CHECKING:
    from lrsim.specs import Experiment

SUPPORTED: dict[str, tuple[object, ...]] = {
    "model.layers.activation": ("linear", "clip", "relu", "tanh", "sigmoid"),
    "training.loss": ("mse", "half_mse"),
    "training.l1": (0.0,),
    "training.l2": (0.0,),
    "optimizer.name": ("sgd",),
    "optimizer.momentum": (None, 0.0),
    "optimizer.beta_1": (None,),
    "optimizer.beta_2": (None,),
    "optimizer.rho": (None,),
    "optimizer.epsilon": (None,),
    "optimizer.nesterov": (None, False),
    "optimizer.decay": (None, 0.0),
    "optimizer.weight_decay": (None, 0.0),
    "optimizer.momentum_decay": (None,),
    "optimizer.initial_accumulator": (None,),
}
"""For each key that is not free: the values that can be run. Keys that are missing here are free."""


def check(experiment: Experiment) -> None:
    """Refuse the first value that the program can't run yet.

    Raises
    ------
    ExperimentError
        Names the key and the supported choices.
    """
    for key, supported in SUPPORTED.items():
        for where, value in _values(experiment, key.split("."), ""):
            if value not in supported:
                raise ExperimentError(where, _expectation(supported), _shown(value))


def _values(node: Any, parts: list[str], path: str) -> list[tuple[str, Any]]:
    if isinstance(node, tuple) and parts:
        return [found for i, item in enumerate(node) for found in _values(item, parts, f"{path}[{i}]")]
    if not parts:
        return [(path, node)]
    return _values(getattr(node, parts[0]), parts[1:], f"{path}.{parts[0]}" if path else parts[0])


def _expectation(supported: tuple[object, ...]) -> str:
    choices = [literal(item) if not isinstance(item, str) else item for item in supported if item not in (None, "", ())]
    if not choices:
        return "not supported by this version, leave it out"
    return f"expected {'one of ' if len(choices) > 1 else ''}{', '.join(choices)} (this version runs no other)"


def _shown(value: Any) -> object:
    """A struct as the table that it stands for."""
    names = getattr(value, "__struct_fields__", None)
    return value if names is None else {name: getattr(value, name) for name in names}
