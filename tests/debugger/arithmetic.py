"""Carries out the arithmetic of a line as it is shown: with what its digits leave open, as intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
REMARK = re.compile(r"  .*$| by the schedule| by callbacks")
"""What stands beside the numbers for people."""
SINGLE = 2.0**-21
"""Share by which the kernel's arithmetic may be off, in single precision."""
LEAST = 2e-38
"""Smaller numbers count as 0 there."""


@dataclass(frozen=True)
class Interval:
    """All that a shown number may stand for."""

    low: float
    high: float

    @classmethod
    def of(cls, text: str) -> Interval:
        """A number as it is written: four digits, or as many as there are, less than half a unit off."""
        value = float(text)
        if value == 0:
            return cls(-LEAST, LEAST)
        mantissa = text.split("e")[0].replace(".", "").lstrip("0")
        digits = max(4, len(mantissa))
        unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
        return cls(value - unit * 0.5001, value + unit * 0.5001)

    @classmethod
    def around(cls, low: float, high: float) -> Interval:
        room = SINGLE * max(abs(low), abs(high)) + LEAST
        return cls(low - room, high + room)

    @classmethod
    def spanned(cls, corners: list[float]) -> Interval:
        if any(math.isnan(corner) for corner in corners):
            return cls(-math.inf, math.inf)
        return cls.around(min(corners), max(corners))

    def meets(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return Interval.spanned([self.low + other.low, self.high + other.high])

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        return Interval.spanned([a * b for a in (self.low, self.high) for b in (other.low, other.high)])

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        return Interval.spanned([a / b for a in (self.low, self.high) for b in (other.low, other.high)])

    def rising(self, f: Callable[[float], float]) -> Interval:
        """Under a function that never falls."""
        return Interval.spanned([f(self.low), f(self.high)])

    def __abs__(self) -> Interval:
        largest = max(abs(self.low), abs(self.high))
        return Interval(0 if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high)), largest)

    def squared(self) -> Interval:
        return abs(self).rising(lambda x: x * x)


def _exact_power(base: str, exponent: str) -> Interval:
    value = float(base) ** eval(exponent)
    return Interval(value * (1 - 1e-12), value * (1 + 1e-12))


def _smallest(*values: Interval) -> Interval:
    return Interval(min(value.low for value in values), min(value.high for value in values))


def _largest(*values: Interval) -> Interval:
    return Interval(max(value.low for value in values), max(value.high for value in values))


def _gelu(x: Interval) -> Interval:
    def f(value: float) -> float:
        return value * 0.5 * (1 + math.erf(value / math.sqrt(2)))

    lowest = -0.751791524693564457457904  # where it turns
    inner = [lowest] if x.low < lowest < x.high else []
    return Interval.spanned([f(value) for value in (x.low, x.high, *inner)])


def _sign(x: Interval) -> Interval:
    return Interval(-1 if x.low <= 0 else 1, 1 if x.high >= 0 else -1)


def _exp(value: float) -> float:
    return math.exp(min(value, 700))


NAMES = {
    "N": Interval.of,
    "SQ": Interval.squared,
    "min": _smallest,
    "max": _largest,
    "abs": abs,
    "sign": _sign,
    "sqrt": lambda x: x.rising(lambda value: math.sqrt(max(value, 0))),
    "exp": lambda x: x.rising(_exp),
    "log": lambda x: x.rising(lambda value: math.log(value) if value > 0 else -math.inf),
    "tanh": lambda x: x.rising(math.tanh),
    "sigmoid": lambda x: x.rising(lambda value: 1 / (1 + _exp(-value))),
    "softmax": lambda x: Interval.around(1, 1),
    "gelu": _gelu,
}


def worth(text: str) -> Interval:
    """What a text of numbers, operators and functions comes to."""
    names: dict[str, object] = dict(NAMES)

    def power(found: re.Match[str]) -> str:
        name = "power" + "_" * len(names)
        names[name] = _exact_power(found[1], found[2] or found[3])
        return name

    text = re.sub(rf"({NUMBER})\^(?:\(([^)]*)\)|(\d+))", power, text)
    text = re.sub(rf'(?<![\w."])({NUMBER})(?![\w"])', r'N("\1")', text, flags=re.ASCII)
    text = re.sub(r"\|([^|]+)\|", r"abs(\1)", text)
    text = re.sub(r"√(N\(\"[^\"]+\"\))", r"sqrt(\1)", text).replace("√(", "sqrt(")
    text = re.sub(r"(N\(\"[^\"]+\"\)|\(-N\(\"[^\"]+\"\)\))²", r"SQ(\1)", text)
    found = eval(text, {"__builtins__": {}}, names)
    assert isinstance(found, Interval), text
    return found


def is_sum(text: str) -> bool:
    """Whether a line is arithmetic with a result, all of it finite."""
    return " = " in text and not re.search(r"\b(inf|NaN)\b", text)


def assert_true(title: str, text: str) -> None:
    """What stands left of the equals sign comes to what stands right of it, as far as the digits go."""
    if is_sum(text):
        left, right = REMARK.sub("", text).split(" = ")
        assert worth(left).meets(worth(right)), f"{title}: {text} ({left} is {worth(left)})"
