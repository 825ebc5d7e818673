"""What a session tells of its conditions and watches: plain, frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from lrsim.common.numbers import Floats
from lrsim.debugger.hindsight import SPARSE_NANOSECONDS, Curve


@dataclass(frozen=True)
class Breakpoint:
    """A condition as it was written, and what became of it on the branch at hand.

    Attributes
    ----------
    id
        Which, from 1.
    text, hits, log
        The expression, which of the times count, and what is written instead of a stop; as they were typed.
    why_not
        Why it can't be used on this run; empty where it can.
    slow
        Whether each step has to be worked out again to know.
    times
        How often it came true in a way that counts, as far as was looked.
    steps
        Where; of very many the newest.
    looked_to
        How far was looked.
    """

    id: int
    text: str
    hits: str = ""
    log: str = ""
    enabled: bool = True
    why_not: str = ""
    slow: bool = False
    times: int = 0
    steps: tuple[int, ...] = ()
    looked_to: int = 0


@dataclass(frozen=True)
class LogLine:
    """What a condition wrote at a step."""

    step: int
    text: str


@dataclass(frozen=True, eq=False)
class ExactStretch:
    """Every value of steps lo + 1 to hi, shape (hi - lo,)."""

    lo: int
    hi: int
    values: Floats


@dataclass(frozen=True)
class Watch:
    """An expression that is followed, and what is known of it on the branch at hand.

    Attributes
    ----------
    id
        Which, from 1.
    name, text
        What it is called, and the expression.
    why_not
        Why it can't be used on this run; empty where it can.
    nanoseconds
        What it takes, about, to know it at a step; 0 where it is at hand.
    value
        At the present step; None where there is none, or it is not known yet.
    curve
        Over all steps, as far as it is known; None where it can't be used.
    exact
        Stretches of which every value is at hand, the newest last.
    early
        Steps at the start that are too early for a value.
    is_left
        Whether what is not known yet is left so.
    """

    id: int
    name: str
    text: str
    why_not: str = ""
    nanoseconds: float = 0.0
    value: float | None = None
    curve: Curve | None = None
    exact: tuple[ExactStretch, ...] = ()
    early: int = 0
    is_left: bool = False

    @property
    def has_name(self) -> bool:
        """Whether others may name it; else its expression stands for its name."""
        return self.name != self.text

    @property
    def slow(self) -> bool:
        """Whether each step has to be worked out again to know."""
        return self.nanoseconds > 0

    @property
    def is_sampled(self) -> bool:
        """Whether its curve has one step of each bin alone."""
        return self.nanoseconds > SPARSE_NANOSECONDS and self.curve is not None and self.curve.size > 1

    @property
    def is_known(self) -> bool:
        """Whether it is known over all steps."""
        return self.curve is None or self.curve.share == 1.0
