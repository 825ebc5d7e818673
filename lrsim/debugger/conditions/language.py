"""The language of conditions and watches: what may stand in an expression, checked before anything is worked out.

Numbers, scalars of a step, parameters by their trace names (``W1[0,3]``), arithmetic, comparisons, ``and or not``, and
named functions, some of which look back over the steps before. Nothing is run as code: an expression has no attributes,
no texts, no calls but these, and is short and shallow, so that its cost for a step is bounded.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lrsim.common.validation import near, suggestion
from lrsim.debugger.conditions.refusal import Refused

LONGEST = 500
DEEPEST = 40
MOST_PARTS = 2000
"""Of an expression in which the names of watches stand for what they are."""
MOST_STEPS = 10_000
"""That a function may look back over."""

PLAIN = ("abs", "log10", "sqrt", "isnan", "isinf")
"""Functions of one value."""
WINDOWS = ("mean", "min", "max")
"""Functions of the last n values, the present one included."""
RUNS = {"prev": 1, "rising": 1, "falling": 1, "sign_flips": 1}
"""Functions of earlier values, with how many steps these look back over unless told."""
FUNCTIONS = (*PLAIN, *WINDOWS, *RUNS)

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
UNARY = (ast.UAdd, ast.USub, ast.Not)

_HINTS: dict[type[ast.AST], str] = {
    ast.Attribute: "no attributes, write sqrt(x) and not math.sqrt(x)",
    ast.BitXor: "no ^, write ** for a power",
    ast.BitAnd: "no &, write and",
    ast.BitOr: "no |, write or",
    ast.Invert: "no ~, write not",
    ast.NamedExpr: "no :=, write == to compare",
    ast.Lambda: "no lambda, write only what comes after the colon",
}


_FOREIGN = {r"&&": "and", r"\|\|": "or", r"!(?!=)": "not"}
"""What other languages write, as patterns, and what it is here."""


@dataclass(frozen=True)
class Expression:
    """An expression that has been checked.

    Attributes
    ----------
    text
        As it was given, without the blanks around it.
    tree
        Of nodes that are allowed, and of no others.
    names
        The scalars and parameters in it.
    lookback
        Steps before the present one whose values it needs.
    watches
        The watches that were named in it; in `tree` stands what they are.
    """

    text: str
    tree: ast.expr
    names: frozenset[str]
    lookback: int
    watches: frozenset[str] = field(default=frozenset())


def parse(
    text: str,
    scalars: Collection[str],
    parameters: Collection[str] = (),
    watches: Mapping[str, Expression] | None = None,
) -> Expression:
    """Check an expression.

    Parameters
    ----------
    scalars
        Names that a step has a value for.
    parameters
        Trace names of the model's parameters.
    watches
        Expressions that may be used by their names.

    Raises
    ------
    Refused
        It is not an expression, or something in it is not allowed; says where.
    """
    return _parse(text.strip(), tuple(scalars), tuple(parameters), tuple((watches or {}).items()))


@lru_cache(maxsize=64)
def _parse(
    text: str, scalars: tuple[str, ...], parameters: tuple[str, ...], watches: tuple[tuple[str, Expression], ...]
) -> Expression:
    known = dict(watches)
    checker = _Checker(text, scalars, parameters, known)
    tree = _syntax(text)
    lookback = checker.check(tree, 0)
    if not checker.names:
        raise Refused(text, "never changes, as it holds no quantity of a step, such as loss or step")
    if checker.watches:
        tree = _Spread(known).visit(tree)
        if sum(1 for _ in ast.walk(tree)) > MOST_PARTS:
            raise Refused(text, f"expected at most {MOST_PARTS} parts, those of the watches in it included")
    return Expression(text, tree, frozenset(checker.names), lookback, frozenset(checker.watches))


class _Spread(ast.NodeTransformer):
    """Puts what watches are in the place of their names."""

    def __init__(self, watches: Mapping[str, Expression]) -> None:
        self._watches = watches

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._watches[node.id].tree if node.id in self._watches else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        return node


def _syntax(text: str) -> ast.expr:
    if not text:
        raise Refused(text, "missing, expected such as loss > 10")
    if len(text) > LONGEST:
        raise Refused(text, f"expected at most {LONGEST} characters, got {len(text)}", LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "1or 2" and the like, which are refused or mean what they say
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        at = min((error.offset or len(text) + 1) - 1, len(text))
        foreign = next((found for sign in _FOREIGN if (found := re.search(sign, text))), None)
        if foreign is not None:
            raise Refused(text, f"no {foreign[0]}, write {_FOREIGN[foreign.re.pattern]}", foreign.start()) from None
        assigns = "=" in text[at : at + 2] or (error.msg or "").startswith("cannot assign")
        why = "not an expression, write == to compare" if assigns else f"not an expression, {error.msg}"
        raise Refused(text, why, at) from None
    except (ValueError, MemoryError, RecursionError):
        raise Refused(text, "not an expression") from None


def parameter_name(node: ast.expr) -> str | None:
    """The trace name that a node spells, ``W1[0,3]`` however it is spaced; None where it spells none."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    whole = [part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int]
    return f"{node.value.id}[{','.join(map(str, whole))}]" if len(whole) == len(parts) else None


def whole_argument(node: ast.expr) -> int:
    """The number of steps that an argument is, which has been checked."""
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int)
    return node.value


class _Checker:
    """Walks a tree, refuses what is not allowed, and gathers names."""

    def __init__(
        self,
        text: str,
        scalars: tuple[str, ...],
        parameters: tuple[str, ...],
        watches: Mapping[str, Expression],
    ) -> None:
        self.names: set[str] = set()
        self.watches: set[str] = set()
        self._of_watches = watches
        self._text = text
        self._bytes = text.encode()
        self._scalars, self._parameters = scalars, parameters
        self._known = {*scalars, *parameters}

    def _refuse(self, node: ast.AST, why: str) -> Refused:
        at = len(self._bytes[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
        return Refused(self._text, why, at)

    def check(self, node: ast.expr, depth: int) -> int:
        """Steps that a node looks back over."""
        if depth > DEEPEST:
            raise self._refuse(node, f"expected at most {DEEPEST} nested operations")
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name | ast.Subscript):
            return self._name(node)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return max((self.check(part, depth + 1) for part in self._parts(node)), default=0)

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.BoolOp):
            return node.values
        if isinstance(node, ast.IfExp):
            return [node.test, node.body, node.orelse]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, UNARY):
            return [node.operand]
        if isinstance(node, ast.Compare) and all(isinstance(op, COMPARISONS) for op in node.ops):
            return [node.left, *node.comparators]
        what = _HINTS.get(_kind(node)) or f"no {_kind(node).__name__.lower()}"
        raise self._refuse(node, f"{what}; numbers, + - * / // % **, comparisons, and or not and functions are allowed")

    def _number(self, node: ast.Constant) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self._refuse(node, f"expected a number, got {_cut(node.value)}")
        try:
            if not math.isfinite(float(node.value)):
                raise OverflowError
        except OverflowError:
            raise self._refuse(node, "expected a number that a float can hold") from None
        return 0

    def _name(self, node: ast.expr) -> int:
        name = parameter_name(node)
        if name is None:
            raise self._refuse(node, "expected a parameter by its name, such as W1[0,3]")
        if name in FUNCTIONS:
            example = f"{name}(loss, 5)" if name in WINDOWS else f"{name}(loss)"
            raise self._refuse(node, f"{name} is a function, write such as {example}")
        if name in self._of_watches:
            self.watches.add(name)
            self.names |= self._of_watches[name].names
            return self._of_watches[name].lookback
        if name not in self._known:
            raise self._refuse(node, self._unknown(name))
        self.names.add(name)
        return 0

    def _unknown(self, name: str) -> str:
        if "[" in name and self._parameters:
            shown = ", ".join(self._parameters[:3])
            more = f" ... {self._parameters[-1]}" if len(self._parameters) > 3 else ""
            return f"no parameter {name}" + (suggestion(name, list(self._parameters)) or f", there are {shown}{more}")
        few = list(self._parameters) if len(self._parameters) <= 4 else []
        return f"unknown name {name}" + near(name, [*self._scalars, *self._of_watches, *few])

    def _call(self, node: ast.Call, depth: int) -> int:
        if isinstance(node.func, ast.Attribute):
            raise self._refuse(node, _HINTS[ast.Attribute])
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            raise self._refuse(node, f"no function {name or 'here'}" + near(name, list(FUNCTIONS)))
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refuse(node, f"expected plain values between the brackets of {name}")
        most = 1 if name in PLAIN else 2
        least = 2 if name in WINDOWS else 1
        if not least <= len(node.args) <= most:
            raise self._refuse(node, f"{name} takes {_taken(name)}, got {len(node.args)} values")
        steps = self._steps(node.args[1], name) if len(node.args) == 2 else RUNS.get(name, 0)
        return self.check(node.args[0], depth + 1) + (steps - 1 if name in WINDOWS else steps)

    def _steps(self, node: ast.expr, name: str) -> int:
        value = node.value if isinstance(node, ast.Constant) else None
        if type(value) is not int or not 1 <= value <= MOST_STEPS:
            raise self._refuse(node, f"expected a whole number of steps from 1 to {MOST_STEPS} in {name}")
        return value


def _taken(name: str) -> str:
    if name in PLAIN:
        return "one value"
    return "a value and a number of steps" + ("" if name in WINDOWS else ", which may be left out")


def _kind(node: ast.expr) -> type[ast.AST]:
    """Its operator, where that is what is not allowed."""
    return type(node.op) if isinstance(node, ast.BinOp | ast.UnaryOp) else type(node)


def _cut(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 20 else shown[:19] + "..."
