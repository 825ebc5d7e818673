"""What a session tells of its conditions: plain, frozen values."""

from __future__ import annotations

from dataclasses import dataclass


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
