"""Colours, sizes and the style sheet of the window.

One colour, :attr:`Theme.rate`, is kept for the learning rate alone. Selection, focus, progress and default buttons
are drawn in neutral tones made from the text and the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
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
    """A look, with what only a window needs: the tones of controls."""

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


THEMES: dict[str, Theme] = {name: Theme(**asdict(look)) for name, look in LOOKS.items()}


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
