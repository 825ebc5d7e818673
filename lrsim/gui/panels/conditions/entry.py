"""Where a condition is typed: the expression, which of the times count, and what is logged instead of a stop."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.widgets.complaint import Complaint
from lrsim.session.marked import Breakpoint

TIMES_LETTERS = 7


class Entry(QWidget):
    """The fields of one condition.

    Signals
    -------
    entered(str, str, str)
        The expression, the hit count and the message, as typed.
    """

    entered = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._complaint: Complaint | None = None
        self.number: int | None = None
        self.text = self._field(self.tr("Condition"), "loss > 2 * prev(loss)")
        self.text.setToolTip(
            self.tr("step, epoch, lr, loss, error, grad_norm, a weight such as {0}; prev(x), mean(x, n), rising(x, n), "
                    "sign_flips(x) and others. It counts where it comes true.").format("W1[0,3]")
        )  # fmt: skip
        self.hits = self._field(self.tr("Times"), self.tr("every"))
        self.hits.setToolTip(self.tr("Which of the times count: 5 the fifth, >=5 from the fifth on, %5 each fifth"))
        self.log = self._field(self.tr("Log instead"), self.tr("stops the run"))
        self.log.setToolTip(self.tr("A line that is written instead of a stop, such as loss {0} at {1}")
                            .format("{loss}", "{step}"))  # fmt: skip
        self.add = QPushButton(self)
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(self._enter)
        self.ready = QToolButton(self)
        self.ready.setText(self.tr("Ready-made"))
        self.ready.setToolTip(self.tr("Conditions that need no typing"))
        self.ready.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.ready.setMenu(QMenu(self.ready))
        self._lay_out()
        self.clear()

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.returnPressed.connect(self._enter)
        field.textEdited.connect(self._withdraw)
        return field

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, field in enumerate((self.text, self.hits, self.log)):
            label = QLabel(field.accessibleName(), self)
            label.setProperty("role", "muted")
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
        grid.addWidget(self.text, 0, 1)
        grid.addWidget(self.ready, 0, 2)
        grid.addWidget(self.hits, 1, 1)
        grid.addWidget(self.log, 2, 1)
        grid.addWidget(self.add, 2, 2)
        grid.setColumnStretch(1, 1)

    def offer(self, ready_made: Iterable[tuple[str, str]]) -> None:
        """Offer conditions by their names."""
        menu = self.ready.menu()
        menu.clear()
        for name, text in ready_made:
            action = QAction(name, menu)
            action.setToolTip(text)
            action.triggered.connect(lambda _checked=False, each=text: self.entered.emit(each, "", ""))
            menu.addAction(action)

    def edit(self, point: Breakpoint) -> None:
        """Put a condition into the fields, to be written anew."""
        self._withdraw()
        self.number = point.id
        for field, text in ((self.text, point.text), (self.hits, point.hits), (self.log, point.log)):
            field.setText(text)
        show_text(self.add, self.tr("Change"))
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Ready for a new one."""
        self._withdraw()
        self.number = None
        for field in (self.text, self.hits, self.log):
            field.clear()
        show_text(self.add, self.tr("Add"))

    def complain(self, why: str, text: str, at: int) -> None:
        """Say what is wrong, below the field that it is in, with the caret at the place."""
        self._withdraw()
        field = self.text
        for each in (self.hits, self.log):
            if each.text() and each.text() == text:
                field = each
        show_property(field, "invalid", True)
        self._complaint = Complaint(field, why)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.setCursorPosition(min(at, len(field.text())))

    def complaint(self) -> str:
        """What is said to be wrong; empty where nothing is."""
        return self._complaint.text() if self._complaint is not None and alive(self._complaint) else ""

    def _withdraw(self) -> None:
        for field in (self.text, self.hits, self.log):
            show_property(field, "invalid", False)
        if self._complaint is not None and alive(self._complaint):
            self._complaint.withdraw()
        self._complaint = None

    def _enter(self) -> None:
        self.entered.emit(self.text.text(), self.hits.text(), self.log.text())
