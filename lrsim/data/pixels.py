"""Columns of a table that are the pixels of an image, by what they are called."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

STEMS = ("", "p", "px", "pix", "pixel", "pixels")
"""What stands before the numbers in the name of a pixel."""
SMALLEST_SIDE = 4


def image_named(names: Sequence[str]) -> tuple[int, int] | None:
    """Height and width of the image whose pixels, row by row, have these names; None where they are none.

    Pixels have their row and column in their names, as in ``pixel_0_12`` and ``3x7``, or are numbered, as in
    ``pixel17``, and make a square.
    """
    if not names:
        return None
    found = [_numbers(name) for name in names]
    if None in found or len({len(numbers) for numbers in found if numbers is not None}) != 1:
        return None
    places = [tuple(numbers) for numbers in found if numbers is not None]
    size = _of_places(places) if len(places[0]) == 2 else _of_numbers(names, [numbers[0] for numbers in places])
    return size if size is not None and min(size) >= SMALLEST_SIDE else None


def _numbers(name: str) -> list[int] | None:
    """The one or two numbers in the name of a pixel."""
    match = re.fullmatch(r"([a-z]*)[\s_.\-\[(]*(\d{1,6})(?:[\s_.,x\-]+(\d{1,6}))?[\])]*", name.strip().lower())
    if match is None or match[1] not in STEMS:
        return None
    return [int(number) for number in match.groups()[1:] if number is not None]


def _of_places(places: Sequence[tuple[int, ...]]) -> tuple[int, int] | None:
    first = places[0]
    height, width = (places[-1][axis] - first[axis] + 1 for axis in (0, 1))
    expected = [(first[0] + row, first[1] + column) for row in range(height) for column in range(max(width, 0))]
    return (height, width) if first[0] in (0, 1) and list(places) == expected else None


def _of_numbers(names: Sequence[str], numbers: Sequence[int]) -> tuple[int, int] | None:
    side = math.isqrt(len(numbers))
    bare = names[0].strip()[:1].isdecimal()  # a column that is a number alone may be anything
    whole = side * side == len(numbers) and list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
    return (side, side) if whole and numbers[0] in (0, 1) and not bare else None
