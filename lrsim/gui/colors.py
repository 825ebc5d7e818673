"""Arithmetic of colours written as ``#RRGGBB``."""

from __future__ import annotations


def luminance(color: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG 2), 0 for black to 1 for white."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2), 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mix(base: str, other: str, share: float) -> str:
    """``base`` with ``share`` (0 to 1) of ``other`` in it, as ``#RRGGBB``."""
    parts = (round(int(base[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02X}" for part in parts)
