"""Fields in which something is written, with a button that takes it, ready-made ones, and what is said to be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.widgets.complaint import Complaint


@dataclass(frozen=True)
class FieldWords:
    """What stands before a field, in it while it is empty, and in its tooltip."""

    name: str
    hint: str
    tip: str


class Entry(QWidget):
    """The fields of one thing that is written, the first one the most important.

    Signals
    -------
    entered(object)
        The texts of all fields, a tuple.

    Attributes
    ----------
    number
        Which one is written anew; None for a new one.
    """

    entered = Signal(object)

    def __init__(self, words: Sequence[FieldWords], ready_tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._complaint: Complaint | None = None
        self.number: int | None = None
        self.fields = [self._field(each) for each in words]
        self.add = QPushButton(self)
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(self._enter)
        self.ready = QToolButton(self)
        self.ready.setText(self.tr("Ready-made"))
        self.ready.setToolTip(ready_tip)
        self.ready.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.ready.setMenu(QMenu(self.ready))
        self._lay_out()
        self.clear()

    def _field(self, words: FieldWords) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(words.name)
        field.setPlaceholderText(words.hint)
        field.setToolTip(words.tip)
        field.returnPressed.connect(self._enter)
        field.textEdited.connect(self._withdraw)
        return field

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, field in enumerate(self.fields):
            label = QLabel(field.accessibleName(), self)
            label.setProperty("role", "muted")
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.ready, 0, 2)
        grid.addWidget(self.add, len(self.fields) - 1, 2)
        grid.setColumnStretch(1, 1)

    def offer(self, ready_made: Iterable[tuple[str, str]]) -> None:
        """Offer texts of the first field by their names."""
        menu = self.ready.menu()
        menu.clear()
        for name, text in ready_made:
            action = QAction(name, menu)
            action.setToolTip(text)
            texts = (text, *[""] * (len(self.fields) - 1))
            action.triggered.connect(lambda _checked=False, each=texts: self.entered.emit(each))
            menu.addAction(action)

    def edit(self, number: int, texts: Sequence[str]) -> None:
        """Put something into the fields, to be written anew."""
        self._withdraw()
        self.number = number
        for field, text in zip(self.fields, texts, strict=True):
            field.setText(text)
        show_text(self.add, self.tr("Change"))
        self.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Ready for a new one."""
        self._withdraw()
        self.number = None
        for field in self.fields:
            field.clear()
        show_text(self.add, self.tr("Add"))

    def complain(self, why: str, text: str, at: int) -> None:
        """Say what is wrong, below the field that it is in, with the caret at the place."""
        self._withdraw()
        others = [each for each in self.fields[1:] if each.text() and each.text() == text]
        field = others[-1] if others else self.fields[0]
        show_property(field, "invalid", True)
        self._complaint = Complaint(field, why)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.setCursorPosition(min(at, len(field.text())))

    def complaint(self) -> str:
        """What is said to be wrong; empty where nothing is."""
        return self._complaint.text() if self._complaint is not None and alive(self._complaint) else ""

    def _withdraw(self) -> None:
        for field in self.fields:
            show_property(field, "invalid", False)
        if self._complaint is not None and alive(self._complaint):
            self._complaint.withdraw()
        self._complaint = None

    def _enter(self) -> None:
        self.entered.emit(tuple(field.text() for field in self.fields))
