"""Numbers of things and lists of names in sentences on a table."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 10


def named(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    found = list(names)
    more = len(found) - MOST_NAMED
    return ", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def counted(count: int, thing: str) -> str:
    """So many of a thing: `1 line`, `3 lines`."""
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"
