"""A small field over the diagram in which a weight or a bias is set."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import full
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.words.entries import parse_input

FIELD_EM = 9


class EditBox(QFrame):
    """The name of a parameter and a field with its value; Return sets it, Escape leaves it.

    Signals
    -------
    committed(str, float)
        The name, and the value that was typed.
    """

    committed = Signal(str, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._name = ""
        self._label = QLabel(self)
        self.field = NumberField(parse_input, full, self, edit=full)
        self.field.committed.connect(self._commit)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * UNIT_PX, UNIT_PX, 2 * UNIT_PX, UNIT_PX)
        row.addWidget(self._label)
        row.addWidget(self.field)
        self.hide()

    def open_at(self, name: str, value: float, at: QPointF) -> None:
        """Show a parameter near a place in the parent."""
        self._name = name
        self._label.setText(name)
        self.field.setAccessibleName(name)
        self.field.setToolTip(
            self.tr("Sets {0} from the next step on, which begins a branch; undo leads back").format(name)
        )
        self.field.show_value(value)
        self.field.setMinimumWidth(FIELD_EM * self.fontMetrics().averageCharWidth() * 2)
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            left = min(max(int(at.x()) + 12, 0), max(parent.width() - self.width(), 0))
            top = min(max(int(at.y()) - self.height() // 2, 0), max(parent.height() - self.height(), 0))
            self.move(left, top)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.selectAll()

    def _commit(self, value: object) -> None:
        self.hide()
        if isinstance(value, float | int):
            self.committed.emit(self._name, float(value))

    def _hand_back(self) -> None:
        self.window().setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._hand_back()
        else:
            super().keyPressEvent(event)
