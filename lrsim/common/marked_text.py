"""Statements as marked text that any display can draw: which parts are numbers, and which are the learning rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import short


@dataclass(frozen=True)
class Part:
    """A stretch of text; `role` is text, number, rate, muted or bad, and says how it is drawn."""

    text: str
    role: str = "text"


@dataclass(frozen=True)
class Line:
    """One statement under a title that names what is worked out."""

    title: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


Item = str | float | Part


def number(value: float) -> Part:
    """A number with four digits; one that is not finite stands out."""
    return Part(short(value), "number" if np.isfinite(value) else "bad")


def parts(*items: Item) -> tuple[Part, ...]:
    """Text as it is, numbers formatted."""
    return tuple(
        item if isinstance(item, Part) else Part(item) if isinstance(item, str) else number(item) for item in items
    )


def signed(value: float) -> Item:
    """A number that may stand behind an operator: in brackets when it is negative."""
    return f"({short(value)})" if value < 0 else value
