"""Colours, sizes and line styles of the program as plain data: the window and the charts on paper look alike.

One colour, :attr:`Look.rate`, is kept for the learning rate alone. Hue says which quantity, line style
says which split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrsim.common.metrics import ERROR_IN_UNITS, metric_of

LineStyle = Literal["solid", "dashed", "dotted"]

UNIT_PX = 4
PADDING_PX = 12
CORNER_PX = 6

SPLIT_STYLES: dict[str, LineStyle] = {"training": "solid", "validation": "dashed", "branch": "dotted"}
QUANTITY_SERIES = {"loss": 0, "accuracy": 1, "error": 2, ERROR_IN_UNITS: 3}
"""Which of `Look.series` a quantity wears, whatever the split."""


@dataclass(frozen=True)
class Look:
    """The tokens of one look. Colours are ``#RRGGBB``, sizes are in device-independent pixels."""

    name: str
    background: str
    surface: str
    line: str
    text: str
    muted: str
    rate: str
    series: tuple[str, str, str, str]
    good: str
    warn: str
    bad: str
    base_px: int = 13
    large_px: int = 18
    line_width: int = 1
    antialias: bool = True
    min_contrast: float = 4.5

    @property
    def dark(self) -> bool:
        """Whether text is lighter than its background."""
        return luminance(self.text) > luminance(self.background)

    def quantity(self, name: str) -> str:
        """The colour of a quantity, as in ``loss`` or ``val_loss``."""
        return self.series[QUANTITY_SERIES[metric_of(name).quantity]]

    def tone(self, name: str) -> str:
        """The colour of a tone: ``good``, ``warn``, ``bad``; anything else is ``muted``."""
        return {"good": self.good, "warn": self.warn, "bad": self.bad}.get(name, self.muted)


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


LOOKS: dict[str, Look] = {
    "light": Look(
        name="light",
        background="#FFFFFF",
        surface="#F6F7F9",
        line="#D9DDE3",
        text="#1B1F24",
        muted="#57606A",
        rate="#BF5000",
        series=("#0072B2", "#007A59", "#AA3377", "#7A6A00"),
        good="#1A7F37",
        warn="#9A6700",
        bad="#CF222E",
    ),
    "dark": Look(
        name="dark",
        background="#15181C",
        surface="#1D2126",
        line="#323841",
        text="#E8EAED",
        muted="#9AA4AF",
        rate="#FF8A3D",
        series=("#56B4E9", "#2CC295", "#E39AC4", "#E5D352"),
        good="#3FB950",
        warn="#D29922",
        bad="#F85149",
    ),
    "projector": Look(
        name="projector",
        background="#FFFFFF",
        surface="#FFFFFF",
        line="#000000",
        text="#000000",
        muted="#333333",
        rate="#8F3600",
        series=("#004C8C", "#005A41", "#8A1F5F", "#5C5000"),
        good="#0B5C22",
        warn="#6B4700",
        bad="#A00D1A",
        base_px=22,
        large_px=34,
        line_width=3,
        antialias=False,
        min_contrast=7.0,
    ),
}
