"""Puts a theme on the application and its windows, at once on what is seen and later on the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from lrsim.gui.look.stylesheet import style_sheet
from lrsim.gui.look.theme import Theme, font, palette

STYLE = "fusion"
LATE = "not in the theme yet"
"""The property of hidden parts that are to be restyled."""
IDLE_MS, IDLE_SECONDS = 50, 0.005
"""How long hidden parts wait for what is seen to be painted, and how long they may take at once."""
CHILDREN = Qt.FindChildOption.FindDirectChildrenOnly
HIDDEN_BY_HAND = Qt.WidgetAttribute.WA_WState_ExplicitShowHide


def apply(app: QApplication, theme: Theme) -> None:
    """Give the application the palette and the font of ``theme``, on the style that the style sheet is made for."""
    if app.style().name() != STYLE:
        app.setStyle(STYLE)
    app.setPalette(palette(theme))
    app.setFont(font(theme))
    for change in (QEvent.Type.ApplicationPaletteChange, QEvent.Type.ApplicationFontChange):
        QCoreApplication.sendPostedEvents(app, change.value)  # texts are measured by the new font from here on


def dress(top: QWidget, theme: Theme) -> None:
    """Give a window and all that belongs to it, dialogs, menus and tooltips too, the style sheet in a theme's tones.

    Qt would restyle every widget for another style sheet, seen or not. So it is set once and for all, and what a part
    has made of the palette and of the font is forgotten at once where it is seen. What is hidden follows as it comes
    into sight; where texts have become larger or smaller also while the window is idle, as layouts ask hidden parts
    for their sizes too.
    """
    sheet = style_sheet(theme.text_percent)
    top.setProperty("theme", theme.name)
    wardrobe = _Wardrobe.of(top)
    resized, wardrobe.base_px = theme.base_px != wardrobe.base_px, theme.base_px
    if top.styleSheet() == sheet:
        wardrobe.restyle(top, resized=resized)
    else:
        top.setStyleSheet(sheet)


def catch_up(part: QWidget) -> None:
    """Bring a part that may be hidden up to the theme; asked for before it is measured."""
    if any(outer.property(LATE) for outer in _from_inside_out(part)):
        _Wardrobe.of(part.window()).catch_up(part)


class _Wardrobe(QObject):
    """Restyles what is seen of a window and what comes into sight."""

    base_px = 0
    """The text size that was worn last."""

    def __init__(self, top: QWidget) -> None:
        super().__init__(top)
        self._top = top
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._restyle_hidden)

    @classmethod
    def of(cls, top: QWidget) -> _Wardrobe:
        """That of a window."""
        found = top.findChild(cls, options=CHILDREN)
        return found if isinstance(found, cls) else cls(top)

    def restyle(self, part: QWidget, *, resized: bool) -> None:
        """Let the style sheet be applied anew to a part and to what is seen in it."""
        for widget in self._seen_in(part):
            _restyle(widget, resized=resized)
        if resized:
            self._idle.start()

    def catch_up(self, part: QWidget) -> None:
        """Restyle a part that is behind."""
        part.setProperty(LATE, None)
        part.removeEventFilter(self)
        self.restyle(part, resized=True)

    def _seen_in(self, part: QWidget) -> list[QWidget]:
        """A part and what is seen in it, from the outside in; what is hidden is marked."""
        seen = [part]
        for widget in seen:  # which grows meanwhile
            for child in widget.findChildren(QWidget, options=CHILDREN):
                if _is_hidden(child):
                    child.setProperty(LATE, True)
                    child.installEventFilter(self)
                else:
                    seen.append(child)
        return seen

    def _restyle_hidden(self) -> None:
        """Some of what is hidden, for as long as nobody notices."""
        ends = time.perf_counter() + IDLE_SECONDS
        for part in self._top.findChildren(QWidget):
            if part.property(LATE):
                self.catch_up(part)
                if time.perf_counter() > ends:
                    self._idle.start()
                    return

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            if watched.property(LATE):
                self.catch_up(watched)
            else:
                watched.removeEventFilter(self)
        return False


def _restyle(widget: QWidget, *, resized: bool) -> None:
    widget.style().polish(widget)
    if resized:
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def _from_inside_out(part: QWidget | None) -> Iterator[QWidget]:
    while part is not None:
        yield part
        part = part.parentWidget()


def _is_hidden(widget: QWidget) -> bool:
    """Whether it stays out of sight when what it is in is shown."""
    return not widget.isVisible() and (
        widget.isWindow() or (widget.isHidden() and widget.testAttribute(HIDDEN_BY_HAND))
    )
