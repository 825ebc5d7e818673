"""Features made of two inputs: a basis in which a line, or a small network, can draw what bends.

A linear model of basis functions (Bishop, Pattern Recognition and Machine Learning, 2006, section 3.1) learns circles
from squares and a checkerboard from the product, where the inputs alone would take hidden layers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import Rule

Column = NDArray[np.float64]

BASIS: dict[str, tuple[str, Callable[[Column, Column], Column]]] = {
    "x1": ("{0}", lambda a, b: a),
    "x2": ("{1}", lambda a, b: b),
    "x1^2": ("{0}^2", lambda a, b: a * a),
    "x2^2": ("{1}^2", lambda a, b: b * b),
    "x1*x2": ("{0}*{1}", lambda a, b: a * b),
    "sin(x1)": ("sin({0})", lambda a, b: np.sin(a)),
    "sin(x2)": ("sin({1})", lambda a, b: np.sin(b)),
}
"""How each feature is called by the names of the two inputs, and what it is of them."""
INPUTS = 2
"""Of so many inputs there is a basis."""


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError
    chosen = tuple(each.replace(" ", "") for each in value)
    if len(set(chosen)) < len(chosen) or not set(chosen) <= set(BASIS):
        raise ValueError
    return tuple(name for name in BASIS if name in chosen)


NAMES = Rule(f"a list of some of {', '.join(BASIS)}, each once", _names)
"""What `data.basis` accepts; kept in the order of `BASIS`, so that one choice is one experiment."""


def expanded(names: tuple[str, ...], inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """The features of inputs (n, 2) in the units of the source, shape (n, len(names))."""
    a, b = inputs.astype(np.float64).T
    with np.errstate(over="ignore", invalid="ignore"):
        return np.column_stack([BASIS[name][1](a, b) for name in names])


def named(names: tuple[str, ...], inputs: tuple[str, ...]) -> tuple[str, ...]:
    """The features by the names of the two inputs."""
    return tuple(BASIS[name][0].format(*inputs) for name in names)
