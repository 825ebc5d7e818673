"""What is there to be chosen: experiments in groups, each with how it is opened and where its picture comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrsim.gui.panels.sketches.supply import Make


@dataclass(frozen=True)
class Offer:
    """One experiment to choose.

    Attributes
    ----------
    key
        Tells it apart from all others.
    name, line
        What it is called, and what it shows, in a sentence.
    words
        What else it is found by.
    sketch
        Makes its picture; may take long.
    open
        Begins it.
    """

    key: str
    name: str
    line: str
    words: str
    sketch: Make
    open: Callable[[], object]

    def matches(self, typed: str) -> bool:
        """Whether every word typed lies within its own."""
        text = f"{self.name} {self.line} {self.words}".casefold()
        return all(word in text for word in typed.casefold().split())


@dataclass(frozen=True)
class Group:
    """Experiments under one title."""

    title: str
    offers: tuple[Offer, ...]
