"""Values of an expression over many steps at once.

The value for a step depends on the values of that step and of those before it, and never on where an array begins or
ends: sums are taken in the order of the steps.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.debugger.conditions.language import (
    RUNS,
    WINDOWS,
    Expression,
    parameter_name,
    whole_argument,
)

Array = NDArray[Any]
Truth = NDArray[np.bool_]

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.Pow: np.power,
}  # fmt: skip

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Array, Array], Array]] = {
    ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal,
    ast.Gt: np.greater, ast.GtE: np.greater_equal,
}  # fmt: skip

IN_CACHE = 16384
"""Sums that are taken at a time: so many numbers stay in the second cache."""

TELLS = ("isnan", "isinf", "rising", "falling")
"""Functions that say what is true or not."""

_PLAIN: Mapping[str, Callable[[Array], Array]] = {
    "abs": np.abs, "log10": np.log10, "sqrt": np.sqrt, "isnan": np.isnan, "isinf": np.isinf,
}  # fmt: skip


def values(expression: Expression, columns: Mapping[str, Floats], steps: int) -> Floats:
    """The value for each of the last `steps` steps, shape (steps,); truth is 1, and what has no value NaN.

    Parameters
    ----------
    columns
        Values of its names, each float64, the last expression.lookback + steps of which count; NaN where a step has
        none or lies before the first one.
    """
    length = expression.lookback + steps
    with np.errstate(all="ignore"):
        found = _Evaluation(_last(expression, columns, length), length).of(expression.tree)
    return np.ascontiguousarray(np.broadcast_to(found, (length,))[expression.lookback :], dtype=np.float64)


def _last(expression: Expression, columns: Mapping[str, Floats], length: int) -> dict[str, Floats]:
    """The last values of its names, so many of each."""
    return {name: columns[name][len(columns[name]) - length :] for name in expression.names}


def holds(expression: Expression, columns: Mapping[str, Floats], steps: int) -> NDArray[np.bool_]:
    """Whether it is true of each of the last `steps` steps, shape (steps,); a value that is not 0 is true, NaN is not.

    Parameters
    ----------
    columns
        As in `values`.
    """
    length = expression.lookback + steps
    with np.errstate(all="ignore"):
        found = _Evaluation(_last(expression, columns, length), length).truth(expression.tree)
    return np.broadcast_to(found, (length,))[expression.lookback :]


def is_never_a_number(expression: Expression) -> bool:
    """Whether something in it that does not depend on the step has no value, such as ``sqrt(-1)``."""
    evaluation = _Evaluation({}, 1)
    with np.errstate(all="ignore"):
        for node in ast.walk(expression.tree):
            if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call) and not _names_in(node):  # noqa: SIM102
                if np.isnan(evaluation.of(node)).any():
                    return True
    return False


def _names_in(node: ast.AST) -> bool:
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    return any(isinstance(part, ast.Name) and id(part) not in called for part in ast.walk(node))


class _Evaluation:
    """One evaluation; constants stay scalars until they meet an array."""

    def __init__(self, columns: Mapping[str, Floats], length: int) -> None:
        self._columns = columns
        self._length = length

    def of(self, node: ast.expr) -> Array:
        if isinstance(node, ast.Constant):
            return np.array(node.value, dtype=np.float64)
        if isinstance(node, ast.Name | ast.Subscript):
            return self._columns[parameter_name(node) or ""]
        if isinstance(node, ast.BinOp):
            return _ARITHMETIC[type(node.op)](self.of(node.left), self.of(node.right))
        if _is_truth(node):
            return _number(self.truth(node))
        if isinstance(node, ast.UnaryOp):
            value = self.of(node.operand)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.IfExp):
            return np.where(self.truth(node.test), self.of(node.body), self.of(node.orelse))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return self._call(node.func.id, node.args)

    def truth(self, node: ast.expr) -> Truth:
        """Whether it is true: a value that is not 0 is, NaN is not."""
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(part) for part in node.values]
            together = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return reduce(together, parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.truth(node.operand)
        if _is_truth(node):
            assert isinstance(node, ast.Call)
            return self._tells(node)
        return _true(self.of(node))

    def _tells(self, node: ast.Call) -> Truth:
        """What a function says that is true or not."""
        assert isinstance(node.func, ast.Name)
        name, value = node.func.id, self.of(node.args[0])
        if name in _PLAIN:
            return np.asarray(_PLAIN[name](value), dtype=np.bool_)
        n = whole_argument(node.args[1]) if len(node.args) > 1 else RUNS[name]
        series = np.broadcast_to(value, (self._length,))
        before = _shifted(series, 1)
        found: Truth = _window_count(series > before if name == "rising" else series < before, n) == n
        return found

    def _compare(self, node: ast.Compare) -> Truth:
        left, found = self.of(node.left), None
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.of(comparator)
            one = _COMPARISONS[type(op)](left, right)
            if isinstance(op, ast.NotEq):  # NaN compares false, also by this one
                one = one & ~np.isnan(left) & ~np.isnan(right)
            found = one if found is None else found & one
            left = right
        assert found is not None
        return found

    def _call(self, name: str, arguments: list[ast.expr]) -> Array:
        value = self.of(arguments[0])
        if name in _PLAIN:
            return _PLAIN[name](value)
        n = whole_argument(arguments[1]) if len(arguments) > 1 else RUNS[name]
        series = np.broadcast_to(value, (self._length,))
        if name in WINDOWS:
            return _window(name, series, n)
        if name == "prev":
            return _shifted(series, n)
        before = _shifted(series, 1)
        assert name == "sign_flips"
        flips = ((series > 0) & (before < 0)) | ((series < 0) & (before > 0))
        return _number(_window_count(flips, n))


def _number(value: Array) -> Floats:
    return value.astype(np.float64)


def _true(value: Array) -> Truth:
    found: Truth = (value != 0) & ~np.isnan(value)
    return found


def _shifted(series: Array, n: int) -> Array:
    """The values of n steps before; NaN where there are none."""
    found = np.full(len(series), np.nan)
    if n < len(series):
        found[n:] = series[:-n]
    return found


def _window(name: str, series: Array, n: int) -> Array:
    """Mean, least or greatest of the last n values; NaN where one of them is, or there are fewer."""
    if name == "mean":
        return _window_sum(series, n, missing=np.nan) / n
    found = np.full(len(series), np.nan)
    if n <= len(series):
        rolled = np.lib.stride_tricks.sliding_window_view(series, n)
        found[n - 1 :] = rolled.min(axis=1) if name == "min" else rolled.max(axis=1)
    return found


def _window_count(flags: Truth, n: int) -> Array:
    """How many of the last n are true; before the first one none is."""
    if not flags.any():
        return np.zeros(len(flags), np.int64)
    counts = np.cumsum(flags, dtype=np.int64)
    found = counts.copy()
    found[n:] -= counts[:-n]
    return found


def _is_truth(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in TELLS
    negates = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return negates or isinstance(node, ast.Compare | ast.BoolOp)


def _window_sum(series: Array, n: int, missing: float = 0.0) -> Array:
    """Sums of the last n values, the earliest first; what lies before the first value counts as `missing`."""
    padded = np.concatenate([np.full(n - 1, missing), series])
    found = np.zeros(len(series))
    for start in range(0, len(series), IN_CACHE):
        part = found[start : start + IN_CACHE]
        for place in range(start, start + n):
            part += padded[place : place + len(part)]
    return found
