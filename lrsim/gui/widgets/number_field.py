"""A field for one value, typed: nonsense never gets through and is answered with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from lrsim.gui.bridge.binding import show_property


class NumberField(QLineEdit):
    """A line of text read by `parse`, which raises ValueError with a sentence for people.

    `show` writes a value at rest; `edit`, where it differs, is what the hand gets to change, with all digits.
    Return commits and hands the keyboard back to the window, Escape brings the last good value back. Bad text stays
    for mending while the field has the focus, and gives way to the last good value when it loses it.

    Signals
    -------
    committed(object)
        A value that was typed and is good.
    complained(str)
        Why the text was not taken; an empty string once there is nothing to complain about.
    """

    committed = Signal(object)
    complained = Signal(str)

    def __init__(
        self,
        parse: Callable[[str], object],
        show: Callable[[Any], str],
        parent: QWidget | None = None,
        edit: Callable[[Any], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._parse = parse
        self._show = show
        self._edit = edit or show
        self._value: object = None
        self._complaining = False
        self.textEdited.connect(self._withdraw_complaint)
        self.returnPressed.connect(self._commit_and_leave)

    def value(self) -> Any:
        """The last good value, None where there was none."""
        return self._value

    def show_value(self, value: object) -> None:
        """Show a value from elsewhere, unless the hand is just typing another one."""
        if value != self._value:
            self._value = value
            if not (self.hasFocus() and self.isModified()):
                self._restore()

    def event(self, event: QEvent) -> bool:
        # Escape belongs to the field while it holds an edit, not to the window's shortcuts.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and (self.isModified() or self._complaining)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._restore()
            self._withdraw_complaint()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._restore()
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            return
        if not self.isModified() or not self._commit():
            self._restore()

    def _commit_and_leave(self) -> None:
        if not self.isModified() or self._commit():
            self.clearFocus()
        else:
            self.selectAll()

    def _commit(self) -> bool:
        try:
            value = self._parse(self.text())
        except ValueError as problem:
            self._complaining = True
            show_property(self, "invalid", "true")
            self.complained.emit(str(problem))
            return False
        self._withdraw_complaint()
        self._value = value
        self._restore()
        self.committed.emit(value)
        return True

    def _restore(self) -> None:
        """The last good value, with all digits while the hand is on it."""
        if self._value is not None:
            self.setText(self._edit(self._value) if self.hasFocus() else self._show(self._value))
        else:
            self.clear()
        self.setModified(False)
        show_property(self, "invalid", "false")

    def _withdraw_complaint(self) -> None:
        show_property(self, "invalid", "false")
        if self._complaining:
            self._complaining = False
            self.complained.emit("")
