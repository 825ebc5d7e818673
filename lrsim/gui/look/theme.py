"""Colours, sizes and the style sheet of the window.

One colour, :attr:`Theme.rate`, is kept for the learning rate alone. Selection, focus, progress and default buttons
are drawn in neutral tones made from the text and the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette, QPen
from PySide6.QtWidgets import QApplication

from lrsim.charts.look import LOOKS, LineStyle, Look, mix

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
class Theme(Look):
    """A look, with what only a window needs: the tones of controls, and how large texts are."""

    text_percent: int = 100

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

    @property
    def text_selection(self) -> str:
        """The background of selected letters."""
        return mix(self.background, self.text, 0.2)

    @property
    def primary_hover(self) -> str:
        """The background of the one button that stands out, under the pointer."""
        return mix(self.text, self.background, 0.15)

    @property
    def faded(self) -> str:
        """Text that can't be used now."""
        return mix(self.muted, self.background, 0.35)

    @property
    def bar(self) -> str:
        """The handle of a scroll bar."""
        return mix(self.background, self.text, 0.25)


THEMES: dict[str, Theme] = {name: Theme(**asdict(look)) for name, look in LOOKS.items()}


def sized(name: str, text_percent: int) -> Theme:
    """The theme `name` with texts of so many percent of the usual size."""
    theme, share = THEMES[name], text_percent / 100
    return replace(
        theme,
        base_px=round(theme.base_px * share),
        large_px=round(theme.large_px * share),
        text_percent=text_percent,
    )


class ThemeSource(QObject):
    """The theme that the window wears; whoever draws with it is handed this and follows.

    Signals
    -------
    changed(Theme)
        Another theme is worn from now on.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    @property
    def theme(self) -> Theme:
        """The theme that is worn now."""
        return self._theme

    def wear(self, theme: Theme) -> None:
        """Change the theme; nothing happens where it is worn already."""
        if theme != self._theme:
            self._theme = theme
            self.changed.emit(theme)

    def follow(self, show: Callable[[Theme], None]) -> None:
        """Call `show` now and with each change.

        Parameters
        ----------
        show
            A method of a QObject, which is left alone once that is deleted; a lambda would be called for ever.
        """
        show(self._theme)
        self.changed.connect(show)


def font(theme: Theme, px: int | None = None, *, bold: bool = False) -> QFont:
    """The window's font in pixels (``theme.base_px`` by default), with digits of one width."""
    result = QFont()
    result.setFamilies([*_FAMILIES, QApplication.font().family()])
    result.setPixelSize(px or theme.base_px)
    result.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        result.setWeight(QFont.Weight.DemiBold)
    return result


_ROLE = QPalette.ColorRole
TONES = {
    "background": _ROLE.Window,
    "surface": _ROLE.Button,
    "line": _ROLE.Mid,
    "text": _ROLE.WindowText,
    "muted": _ROLE.Accent,
    "faded": _ROLE.PlaceholderText,
    "bad": _ROLE.BrightText,
    "hover": _ROLE.Midlight,
    "primary_hover": _ROLE.Light,
    "selection": _ROLE.Highlight,
    "text_selection": _ROLE.AlternateBase,
    "control_line": _ROLE.Dark,
    "bar": _ROLE.Shadow,
}
"""The roles of the palette by which the style sheet knows the tones of a theme.

The rate's colour is none of them: what Qt draws by itself must not wear it.
"""
_ALIKE = {
    _ROLE.Base: "background",
    _ROLE.Text: "text",
    _ROLE.ButtonText: "text",
    _ROLE.HighlightedText: "text",
    _ROLE.ToolTipBase: "surface",
    _ROLE.ToolTipText: "text",
    _ROLE.Link: "text",
    _ROLE.LinkVisited: "text",
}


def palette(theme: Theme) -> QPalette:
    """The Qt palette of ``theme``; what can't be used now is faded by the style sheet, where it is."""
    result = QPalette()
    for role, tone in {**{role: tone for tone, role in TONES.items()}, **_ALIKE}.items():
        result.setColor(role, QColor(getattr(theme, tone)))
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
