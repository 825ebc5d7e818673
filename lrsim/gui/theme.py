"""Colours, sizes and the style sheet of the window.

One colour, :attr:`Theme.rate`, is kept for the learning rate alone. Selection, focus, progress and default buttons
are drawn in neutral tones made from the text and the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette, QPen
from PySide6.QtWidgets import QApplication

from lrsim.gui.colors import luminance, mix
from lrsim.gui.stylesheet import CORNER_PX, style_sheet

__all__ = [
    "CORNER_PX",
    "PADDING_PX",
    "THEMES",
    "UNIT_PX",
    "Theme",
    "apply",
    "font",
    "palette",
    "rate_pen",
    "series_pen",
]

LineStyle = Literal["solid", "dashed", "dotted"]

UNIT_PX = 4
PADDING_PX = 12

_FAMILIES = [
    "Inter",
    "Segoe UI Variable Text",
    "Segoe UI",
    ".AppleSystemUIFont",
    "Noto Sans",
    "Liberation Sans",
    "Arial",
]
_PEN_STYLES = {
    "solid": Qt.PenStyle.SolidLine,
    "dashed": Qt.PenStyle.DashLine,
    "dotted": Qt.PenStyle.DotLine,
}


@dataclass(frozen=True)
class Theme:
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

    @property
    def small_px(self) -> int:
        """The size of axis labels and table headers."""
        return self.base_px - 2 if self.base_px < 20 else self.base_px - 4

    @property
    def hover(self) -> str:
        """The background of what is under the pointer."""
        return mix(self.surface, self.text, 0.06)

    @property
    def selection(self) -> str:
        """The background of what is selected: neutral, never the rate's colour."""
        return mix(self.surface, self.text, 0.12)

    @property
    def control_line(self) -> str:
        """The border of a control, visible at 3:1 against the background."""
        return mix(self.background, self.text, 0.5) if not self.dark else mix(self.background, self.text, 0.42)

    def tone(self, name: str) -> str:
        """The colour of a tone: ``good``, ``warn``, ``bad``; anything else is ``muted``."""
        return {"good": self.good, "warn": self.warn, "bad": self.bad}.get(name, self.muted)


THEMES: dict[str, Theme] = {
    "light": Theme(
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
    "dark": Theme(
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
    "projector": Theme(
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


def apply(app: QApplication, theme: Theme) -> None:
    """Give the whole application the look of ``theme``: Fusion, its palette, its font and one style sheet."""
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(font(theme))
    app.setStyleSheet(style_sheet(theme))


def font(theme: Theme, px: int | None = None, *, bold: bool = False) -> QFont:
    """The window's font in pixels (``theme.base_px`` by default), with digits of one width."""
    result = QFont()
    result.setFamilies([*_FAMILIES, QApplication.font().family()])
    result.setPixelSize(px or theme.base_px)
    result.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        result.setWeight(QFont.Weight.DemiBold)
    return result


def palette(theme: Theme) -> QPalette:
    """The Qt palette of ``theme``."""
    role = QPalette.ColorRole
    colors = {
        role.Window: theme.background,
        role.WindowText: theme.text,
        role.Base: theme.background,
        role.AlternateBase: theme.surface,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Accent: theme.muted,
        role.Link: theme.text,
        role.LinkVisited: theme.text,
        role.Light: mix(theme.surface, theme.background, 0.5),
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.control_line,
        role.Shadow: theme.line,
    }
    result = QPalette()
    for color_role, color in colors.items():
        result.setColor(color_role, QColor(color))
    faded = QColor(mix(theme.muted, theme.background, 0.35))
    for color_role in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, color_role, faded)
    return result


@lru_cache(maxsize=64)
def series_pen(theme: Theme, index: int, style: LineStyle = "solid") -> QPen:
    """The pen of the quantity ``index`` (colours repeat after four); ``style`` tells the split or branch."""
    return _pen(theme.series[index % len(theme.series)], theme.line_width, style)


@lru_cache(maxsize=16)
def rate_pen(theme: Theme, style: LineStyle = "solid") -> QPen:
    """The pen kept for the learning rate."""
    return _pen(theme.rate, theme.line_width, style)


def _pen(color: str, width: int, style: LineStyle) -> QPen:
    pen = QPen(QColor(color), width, _PEN_STYLES[style], Qt.PenCapStyle.FlatCap)
    pen.setCosmetic(True)
    return pen
