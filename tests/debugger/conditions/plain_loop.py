"""Expressions worked out for one step after the other, as plainly as can be: what `hits` is compared with."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from lrsim.debugger.conditions.language import parameter_name

ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod}
COMPARISONS = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
NAN = math.nan


def value(node: ast.expr, rows: Sequence[Mapping[str, float]], k: int) -> float:
    """The value of an expression for row k; NaN before the first row."""
    if k < 0:
        return NAN
    if isinstance(node, ast.Constant):
        return float(node.value)
    name = parameter_name(node)
    if name is not None:
        return rows[k][name]
    if isinstance(node, ast.Call):
        return _call(node, rows, k)
    if isinstance(node, ast.BinOp):
        left, right = value(node.left, rows, k), value(node.right, rows, k)
        return _divided(left, right) if isinstance(node.op, ast.Div) else ARITHMETIC[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        found = value(node.operand, rows, k)
        return float(not true(found)) if isinstance(node.op, ast.Not) else -found
    if isinstance(node, ast.BoolOp):
        parts = [true(value(part, rows, k)) for part in node.values]
        return float(all(parts) if isinstance(node.op, ast.And) else any(parts))
    if isinstance(node, ast.IfExp):
        return value(node.body if true(value(node.test, rows, k)) else node.orelse, rows, k)
    assert isinstance(node, ast.Compare)
    values = [value(part, rows, k) for part in (node.left, *node.comparators)]
    if any(map(math.isnan, values)):
        return 0.0
    return float(all(COMPARISONS[type(op)](a, b) for op, a, b in zip(node.ops, values, values[1:])))


def true(found: float) -> bool:
    return not math.isnan(found) and found != 0


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return NAN if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _call(node: ast.Call, rows: Sequence[Mapping[str, float]], k: int) -> float:
    name, inner = node.func.id, node.args[0]
    n = node.args[1].value if len(node.args) > 1 else 1

    def at(step: int) -> float:
        return value(inner, rows, step)

    plain: dict[str, Callable[[float], float]] = {
        "abs": abs, "isnan": lambda x: float(math.isnan(x)), "isinf": lambda x: float(math.isinf(x)),
        "sqrt": lambda x: NAN if math.isnan(x) or x < 0 else math.sqrt(x),
        "log10": lambda x: NAN if math.isnan(x) or x < 0 else (-math.inf if x == 0 else math.log10(x)),
    }  # fmt: skip
    if name in plain:
        return plain[name](at(k))
    if name == "prev":
        return at(k - n)
    pairs = [(at(step - 1), at(step)) for step in range(k - n + 1, k + 1)]
    if name == "sign_flips":
        return float(sum(a < 0 < b or b < 0 < a for a, b in pairs))
    if name in ("rising", "falling"):
        return float(all((b > a) if name == "rising" else (b < a) for a, b in pairs))
    last = [at(step) for step in range(k - n + 1, k + 1)]
    if any(map(math.isnan, last)):
        return NAN
    if name == "mean":
        total = 0.0
        for item in last:
            total += item
        return total / n
    return min(last) if name == "min" else max(last)


def places(node: ast.expr, rows: Sequence[Mapping[str, float]]) -> list[int]:
    """The steps, from 1, at which an expression comes true."""
    truth = [true(value(node, rows, k)) for k in range(len(rows))]
    return [k + 1 for k, found in enumerate(truth) if found and not (k and truth[k - 1])]
