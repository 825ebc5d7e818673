"""Conditions as people write them: an expression, how often it has to come true, and what is logged there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword

from lrsim.common.numbers import full
from lrsim.debugger.conditions.arrays import is_never_a_number
from lrsim.debugger.conditions.language import FUNCTIONS, Expression, parse
from lrsim.debugger.conditions.quantities import is_slow, scalars
from lrsim.debugger.conditions.refusal import Refused
from lrsim.training.engine import Problem


@dataclass(frozen=True)
class HitRule:
    """Which of the times that a condition comes true count, from 1: all, one of them, from one on, each n-th.

    Attributes
    ----------
    kind
        Empty for all, else ``==``, ``>=`` or ``%``.
    """

    kind: str = ""
    n: int = 1

    def __call__(self, time: int) -> bool:
        if self.kind == "==":
            return time == self.n
        if self.kind == ">=":
            return time >= self.n
        return time % self.n == 0 if self.kind == "%" else True

    def __str__(self) -> str:
        return "" if not self.kind else f"{'' if self.kind == '==' else self.kind}{self.n}"


def hit_rule(text: str) -> HitRule:
    """The rule of a hit count as debuggers write it: ``5`` or ``==5`` the fifth time, ``>=5``, ``%5`` each fifth.

    Raises
    ------
    Refused
        It is none.
    """
    plain = text.strip()
    if not plain:
        return HitRule()
    found = re.fullmatch(r"(==|>=|%)?\s*(\d{1,15})", plain)
    if found is None or int(found[2]) < 1:
        raise Refused(text, "expected a hit count such as 5, >=5 or %5")
    return HitRule(found[1] or "==", int(found[2]))


@dataclass(frozen=True)
class Message:
    """A text with expressions in it; `texts` has one item more than `expressions`."""

    text: str
    texts: tuple[str, ...]
    expressions: tuple[Expression, ...]

    def filled(self, values: Callable[[Expression], float]) -> str:
        """The text with the value of each expression in its place."""
        parts = [self.texts[0]]
        for expression, after in zip(self.expressions, self.texts[1:], strict=True):
            parts += [full(values(expression)).removesuffix(".0"), after]
        return "".join(parts)


@dataclass(frozen=True)
class Condition:
    """What to look for in a run; equal ones are the same.

    Attributes
    ----------
    hits
        Which of the times that it comes true count.
    message
        What is written each time; a condition with one does not stop the run.
    """

    expression: Expression
    hits: HitRule = field(default_factory=HitRule)
    message: Message | None = None

    @property
    def stops(self) -> bool:
        """Whether a run stops there."""
        return self.message is None


Watches = Mapping[str, Expression]
"""Expressions that others may name."""


def expression(problem: Problem, text: str, watches: Watches | None = None) -> Expression:
    """An expression over the steps of a problem.

    Raises
    ------
    Refused
        It can't be used; says why and where.
    """
    checked = parse(text, scalars(problem), problem.parameter_names, watches)
    if is_never_a_number(checked):
        raise Refused(checked.text, "is never a number, whatever the step")
    return checked


def watch_name(problem: Problem, name: str, watches: Collection[str]) -> str:
    """A name that a watch may have.

    Raises
    ------
    Refused
        It is none, or something else has it; says why.
    """
    found = name.strip()
    if not re.fullmatch(r"[A-Za-z_]\w{0,39}", found) or iskeyword(found):
        raise Refused(name, "expected a name of letters, digits and _, such as ratio")
    if found in (*scalars(problem), *problem.columns):
        raise Refused(name, f"every run has {found}, take another name")
    if found in FUNCTIONS:
        raise Refused(name, f"{found} is a function, take another name")
    if found in watches:
        raise Refused(name, f"there is a watch {found} already, take another name")
    return found


def message(problem: Problem, text: str, watches: Watches | None = None) -> Message:
    """A text to log, with expressions in braces; doubled braces stand for themselves.

    Raises
    ------
    Refused
        A brace has no other half, or an expression can't be used; says why and where.
    """
    texts, expressions, place = [""], [], 0
    while place < len(text):
        found = text[place]
        if text[place : place + 2] in ("{{", "}}"):
            texts[-1] += found
            place += 2
        elif found == "{":
            end = text.find("}", place)
            if end < 0:
                raise Refused(text, "expected a closing brace", len(text))
            expressions.append(_within(problem, text, place + 1, end, watches))
            texts.append("")
            place = end + 1
        elif found == "}":
            raise Refused(text, "a closing brace without an opening one, write }} for the brace itself", place)
        else:
            texts[-1] += found
            place += 1
    if not text.strip():
        raise Refused(text, "missing, expected such as loss {loss} at {step}")
    return Message(text, tuple(texts), tuple(expressions))


def _within(problem: Problem, text: str, start: int, end: int, watches: Watches | None) -> Expression:
    inner = text[start:end]
    if (colon := inner.find(":")) >= 0:
        raise Refused(text, "no :, a value is written in full; write {loss}", start + colon)
    try:
        return expression(problem, inner, watches)
    except Refused as refused:
        blanks = len(inner) - len(inner.lstrip())
        raise Refused(text, refused.why, start + blanks + refused.at) from None


def condition(problem: Problem, text: str, hits: str = "", log: str = "", watches: Watches | None = None) -> Condition:
    """A condition on the steps of a problem, from what was written.

    Raises
    ------
    Refused
        The expression, the hit count or the message can't be used.
    """
    found = expression(problem, text, watches)
    return Condition(found, hit_rule(hits), message(problem, log, watches) if log else None)


def is_slow_condition(problem: Problem, found: Condition) -> bool:
    """Whether each step has to be worked out again to know."""
    return is_slow(problem, found.expression.names)
