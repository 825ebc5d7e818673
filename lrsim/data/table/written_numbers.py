"""Numbers as people write them: a decimal point or comma, thousands apart, a currency or percent sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Mark = Literal[".", ","]

CURRENCIES = "$€£¥₹"
SPACES = " \u00a0\u202f'’"
"""What stands between thousands besides points and commas."""

ENDLESS = re.compile(r"[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_EXPONENT = r"([eE][+-]?\d+)?"
_WHOLE = re.compile(rf"[+-]?\d+{_EXPONENT}", re.ASCII)
_DRESS = re.compile(rf"([+-]?)([{CURRENCIES}]?) ?([+-]?[\d.,].*?) ?([{CURRENCIES}%]?)")


class _Style(NamedTuple):
    """How numbers look with one mark before their decimals."""

    plain: re.Pattern[str]
    grouped: re.Pattern[str]
    between: str


def _style(mark: str, other: str) -> _Style:
    m, o = re.escape(mark), re.escape(other)
    return _Style(
        re.compile(rf"[+-]?(\d+{m}?\d*|{m}\d+){_EXPONENT}", re.ASCII),
        re.compile(rf"[+-]?[1-9]\d{{0,2}}(({o}\d{{3}})+|([{SPACES}]\d{{3}})+)({m}\d*)?", re.ASCII),
        other + SPACES,
    )


STYLES: dict[Mark, _Style] = {".": _style(".", ","), ",": _style(",", ".")}


class Written(NamedTuple):
    """What a cell can mean.

    Attributes
    ----------
    point, comma
        Its number with a decimal point and with a decimal comma; None where it can't be read so.
    grouped
        Whether thousands stand apart in it, however it is read.
    sign
        The currency or percent sign that it carries; empty for none.
    """

    point: float | None
    comma: float | None
    grouped: bool = False
    sign: str = ""

    def meaning(self, mark: Mark) -> float | None:
        """Its number with that mark before the decimals."""
        return self.point if mark == "." else self.comma

    @property
    def ambiguous(self) -> bool:
        """Whether both readings are possible and differ."""
        return self.point is not None and self.comma is not None and self.point != self.comma


NO_NUMBER = Written(None, None)


def read(cell: str) -> Written:
    """What a cell without spaces around it can mean as a number."""
    if _WHOLE.fullmatch(cell) or ENDLESS.fullmatch(cell):
        return Written(float(cell), float(cell))
    dress = _DRESS.fullmatch(cell)
    if dress is None:
        return NO_NUMBER
    sign, before, body, after = dress.groups()
    if sign and (body[0] in "+-" or not before):  # without a currency the sign is the body's own
        return NO_NUMBER if body[0] in "+-" else _read(sign + body, before or after)
    return NO_NUMBER if before and after else _read(sign + body, before or after)


def _read(body: str, sign: str) -> Written:
    point, comma = _number(body, "."), _number(body, ",")
    if point is None and comma is None:
        return NO_NUMBER
    grouped = any(STYLES[mark].plain.fullmatch(body) is None for mark in STYLES if _number(body, mark) is not None)
    return Written(point, comma, grouped, sign)


def _number(body: str, mark: Mark) -> float | None:
    style = STYLES[mark]
    if style.plain.fullmatch(body):
        return float(body.replace(mark, "."))
    if style.grouped.fullmatch(body):
        return float(body.translate({ord(c): None for c in style.between}).replace(mark, "."))
    return None


@dataclass(frozen=True)
class Reading:
    """What the numbers of one column say of the mark before their decimals.

    Attributes
    ----------
    possible
        The marks with which each of them is a number.
    ambiguous
        One of them that means another number with the other mark; empty where there is none.
    signs, grouped
        The currency and percent signs that they carry, and whether thousands stand apart in any.
    """

    possible: frozenset[Mark]
    ambiguous: str = ""
    signs: frozenset[str] = frozenset()
    grouped: bool = False

    @property
    def told(self) -> Mark | None:
        """The one mark with which all of them are numbers; None where both or neither would do."""
        return next(iter(self.possible)) if len(self.possible) == 1 else None


def reading_of(cells: Iterable[str]) -> Reading:
    """What a column's cells, those that are not missing, say together."""
    possible: set[Mark] = {".", ","}
    ambiguous, grouped = "", False
    signs: set[str] = set()
    for cell in cells:
        written = read(cell)
        possible -= {mark for mark in STYLES if written.meaning(mark) is None}
        if not possible:
            return Reading(frozenset())
        if written.ambiguous and not ambiguous:
            ambiguous = cell
        grouped |= written.grouped
        signs |= {written.sign} - {""}
    return Reading(frozenset(possible), ambiguous if len(possible) == 2 else "", frozenset(signs), grouped)
