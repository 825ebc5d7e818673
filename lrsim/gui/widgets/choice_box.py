"""One of several words, chosen from a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from lrsim.gui.bridge.binding import quiet

OWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)
LETTERS = 3
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ChoiceBox(QComboBox):
    """Up and Down choose while it has the focus, Return opens the list; the wheel scrolls what is around it.

    Signals
    -------
    chosen(object)
        The value of the item that a hand has chosen.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self.updateGeometry)
        self.activated.connect(lambda place: self.chosen.emit(self.itemData(place)))

    def minimumSizeHint(self) -> QSize:
        """Room for the chosen word."""
        self.ensurePolished()  # else Qt remembers the measures of another style
        hint, metrics = super().minimumSizeHint(), self.fontMetrics()
        more = metrics.horizontalAdvance(self.currentText()) - metrics.horizontalAdvance("X") * LETTERS
        return QSize(hint.width() + max(more, 0), hint.height())

    def sizeHint(self) -> QSize:
        least = self.minimumSizeHint()
        return super().sizeHint().expandedTo(least)

    def offer(self, items: Sequence[tuple[str, object]]) -> None:
        """Show other items, as pairs of text and value."""
        if [(self.itemText(i), self.itemData(i)) for i in range(self.count())] == list(items):
            return
        with quiet(self):
            self.clear()
            for text, value in items:
                self.addItem(text, value)
        self.updateGeometry()

    def show_value(self, value: object) -> None:
        """Show a value from elsewhere."""
        for place in range(self.count()):
            if self.itemData(place) == value:
                self.setCurrentIndex(place)
                return

    def choose(self, value: object) -> None:
        """As if the user had chosen it."""
        self.show_value(value)
        self.chosen.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def event(self, event: QEvent) -> bool:
        # These keys are the window's shortcuts elsewhere.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in OPENING:
            self.showPopup()
        else:
            super().keyPressEvent(event)
