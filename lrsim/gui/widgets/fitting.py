"""A bar that leaves out what it has no room for, by the measures of the font that is there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme


class FittingBar(QFrame):
    """Takes the first of its `LEVELS` that fits its width; a subclass says what each of them leaves out.

    Its least width is that of the last level, so a window can always be made as small as that.
    """

    LEVELS = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = 0
        self._least = 0
        self._measured_px = 0

    @property
    def level(self) -> int:
        """How much is left out; 0 is nothing."""
        return self._level

    def set_level(self, level: int) -> None:
        """Leave out what a level says."""
        raise NotImplementedError

    def follow(self, theme: Theme) -> None:
        """Take the measures of a theme, at the end of making and with each change that comes with other sizes."""
        if theme.base_px != self._measured_px:
            self._measured_px = theme.base_px
            self.measure()

    def measure(self) -> None:
        """Take the measures anew, for another font or other parts."""
        catch_up(self)
        self._take(self.LEVELS - 1)
        self._least = self._needed()
        self.updateGeometry()
        self.fit()

    def fit(self) -> None:
        """Leave out as little as the width allows."""
        for level in range(self.LEVELS):
            self._take(level)
            if self._needed() <= self.width():
                return

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(self._least or hint.width(), hint.width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._needed() > self.width():
            self.fit()  # a text has grown
        return handled

    def _take(self, level: int) -> None:
        self._level = level
        self.set_level(level)

    def _needed(self) -> int:
        layout = self.layout()
        return 0 if layout is None else layout.totalMinimumSize().width()
