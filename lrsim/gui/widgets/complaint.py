"""What is wrong with a typed text, said beside its field without moving anything."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from lrsim.gui.look.dress import catch_up

GAP = 2
MOST_EM = 26
"""Longer sentences take more lines."""


class Complaint(QLabel):
    """A sentence that floats below a field, or above it where there is no room, and goes where the field goes."""

    def __init__(self, field: QWidget, sentence: str) -> None:
        super().__init__(sentence, field.window())
        self._field: QWidget | None = field
        self.setObjectName("complaint")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        field.destroyed.connect(self._end)
        around: QWidget | None = field
        while around is not None:  # scrolling moves what the field stands in, not the field
            around.installEventFilter(self)
            around = None if around.isWindow() else around.parentWidget()
        self._place()

    def withdraw(self) -> None:
        """Take it away, for good."""
        self._end()
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return False

    def _end(self) -> None:
        self._field = None  # it may be gone by now, and what it stood in goes next

    def _place(self) -> None:
        if self._field is None or self._field.visibleRegion().isEmpty():
            self.hide()
            return
        window = self._field.window()
        if self.parentWidget() is not window:  # the panel was taken out of the window, or put back
            self.setParent(window)
        self.ensurePolished()
        catch_up(self)
        field = QRect(self._field.mapTo(window, QPoint(0, 0)), self._field.size())
        room = window.rect()
        metrics = self.fontMetrics()
        most = min(MOST_EM * metrics.height(), room.width())
        width = min(metrics.horizontalAdvance(self.text()) + 2 * metrics.height(), most)
        height = self.heightForWidth(width)
        top = field.bottom() + GAP
        if top + height > room.bottom():
            top = max(field.top() - GAP - height, room.top())
        left = min(max(field.left(), room.left()), max(room.right() - width, room.left()))
        self.setGeometry(left, top, width, height)
        self.show()
        self.raise_()
