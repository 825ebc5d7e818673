"""Arithmetic typed by a user, evaluated without running code: numbers, four variables and named functions.

The text is checked against a short list of what may stand in it before anything is evaluated, so that its cost is
bounded: it is short and shallow, all numbers are floats, and no text, list, attribute or loop can occur.
"""

from __future__ import annotations

import ast
import math
import operator
import threading
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from lrsim.common.validation import ExperimentError, near

KEY = "schedule.expression"
LONGEST = 500
DEEPEST = 40

VARIABLES = ("step", "epoch", "lr", "lr0")
CONSTANTS = {"pi": math.pi, "e": math.e}


def _floor(x: float) -> float:
    return float(math.floor(x))


def _ceil(x: float) -> float:
    return float(math.ceil(x))


def _round(x: float, digits: float = 0.0) -> float:
    return float(round(x, int(digits)))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp, "log": math.log, "log10": math.log10, "log2": math.log2, "sqrt": math.sqrt,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "tanh": math.tanh,
    "abs": abs, "min": min, "max": max, "pow": math.pow, "floor": _floor, "ceil": _ceil, "round": _round,
}  # fmt: skip

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: math.pow,
    ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: operator.not_,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip

_STRUCTURE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.And, ast.Or, ast.Load, *_OPERATORS)

_HINTS: dict[type[ast.AST], str] = {
    ast.Attribute: "no attributes, write exp(x) and not math.exp(x)",
    ast.BitXor: "no ^, write ** for a power",
    ast.Lambda: "no lambda, write only what comes after the colon",
}


class Compiled:
    """An expression that has been checked; called with the variables, it gives a rate.

    Attributes
    ----------
    text
        The expression as it was given.
    names
        The variables that occur in it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree = _parse(text)
        _check(self._tree, 0)
        _use_floats(self._tree)
        self.names = frozenset(node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name))
        self._evaluator = SimpleEval(operators=_OPERATORS, functions=FUNCTIONS, names={})
        self._lock = threading.Lock()  # the evaluator holds the variables of the one call

    @property
    def recurrent(self) -> bool:
        """Whether a rate depends on the one before it."""
        return "lr" in self.names

    def __call__(self, *, step: int, epoch: int, lr: float, lr0: float) -> float:
        """The rate.

        Parameters
        ----------
        step, epoch
            Steps and epochs done.
        lr
            The rate before; at epoch 0 the start rate.
        lr0
            The start rate.

        Raises
        ------
        ExperimentError
            There is no result, or it is not a finite number > 0; names the epoch.
        """
        variables = {"step": float(step), "epoch": float(epoch), "lr": lr, "lr0": lr0}
        try:
            with self._lock:
                self._evaluator.names = variables | CONSTANTS
                rate = self._evaluator.eval(self.text, previously_parsed=self._tree)
        except (ArithmeticError, ValueError, TypeError, InvalidExpression) as error:
            raise ExperimentError(KEY, f"can't be computed at epoch {epoch}: {error}") from None
        if not isinstance(rate, float) or not math.isfinite(rate) or rate <= 0:
            raise ExperimentError(KEY, f"expected a finite number > 0 at epoch {epoch}", rate)
        return rate


@lru_cache(maxsize=32)
def compiled(text: str) -> Compiled:
    """The expression, ready to be called.

    Raises
    ------
    ExperimentError
        It is not an expression, or has something in it that is not allowed.
    """
    return Compiled(text)


def _parse(text: str) -> ast.expr:
    if not text.strip():
        raise ExperimentError(KEY, "missing, expected such as 0.01 * exp(-0.1 * epoch)")
    if len(text) > LONGEST:
        raise ExperimentError(KEY, f"expected at most {LONGEST} characters, got {len(text)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "1or 2" and the like, which are refused or mean what they say
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExperimentError(KEY, f"not an expression, {error.msg}", text) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExperimentError(KEY, "not an expression", text) from None


def _check(node: ast.AST, depth: int) -> None:
    if depth > DEEPEST:
        raise ExperimentError(KEY, f"expected at most {DEEPEST} nested operations")
    if isinstance(node, ast.Constant):
        _check_number(node.value)
    elif isinstance(node, ast.Name):
        _check_name(node.id)
    elif isinstance(node, ast.Call):
        _check_function(node)
        for argument in node.args:
            _check(argument, depth + 1)
    elif isinstance(node, _STRUCTURE):
        for part in ast.iter_child_nodes(node):
            _check(part, depth + 1)
    else:
        what = _HINTS.get(type(node), "no " + type(node).__name__.lower())
        raise ExperimentError(KEY, f"{what}; numbers, + - * / // % **, comparisons, if else and functions are allowed")


def _check_number(value: object) -> None:
    try:
        if not isinstance(value, int | float):
            raise ValueError
        float(value)
    except (ValueError, OverflowError):
        raise ExperimentError(KEY, "expected numbers that a float can hold", value) from None


def _check_name(name: str) -> None:
    if name in FUNCTIONS:
        raise ExperimentError(KEY, f"{name} is a function, write {name}(x)")
    if name not in VARIABLES and name not in CONSTANTS:
        raise ExperimentError(KEY, f"unknown name {name}" + near(name, [*VARIABLES, *CONSTANTS]))


def _check_function(node: ast.Call) -> None:
    if isinstance(node.func, ast.Attribute):
        raise ExperimentError(KEY, _HINTS[ast.Attribute])
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        name = node.func.id if isinstance(node.func, ast.Name) else "here"
        raise ExperimentError(KEY, f"no function {name}" + near(name, list(FUNCTIONS)))
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise ExperimentError(KEY, f"expected plain numbers between the brackets of {node.func.id}")


def _use_floats(tree: ast.expr) -> None:
    """Whole numbers grow without limit, floats do not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            node.value = float(node.value)
