"""A field for one value, typed: nonsense never gets through and is answered with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from lrsim.gui.bridge.binding import show_property
from lrsim.gui.widgets.complaint import Complaint

FEW_DIGITS = "00000"
EDGE_PX, CURSOR_PX = 4, 2
"""What a line of text keeps free at both ends, and room for the cursor behind the last digit."""
PAUSE_MS = 700
"""Text on which the hand rests for so long is judged before it is handed over."""


class NumberField(QLineEdit):
    """A line of text read by `parse`, which raises ValueError with a sentence for people.

    `show` writes a value at rest; `edit`, where it differs, is what the hand gets to change, with all digits.
    Return commits and hands the keyboard back to the window, Escape brings the last good value back. Bad text stays
    for mending, with the reason beside it, while the field has the focus; both go when it loses it. One that `stays`,
    as in a sheet, keeps the keyboard on Return and leaves Escape to what is around it.

    Signals
    -------
    committed(object)
        A value that was typed and is good.
    """

    committed = Signal(object)
    _withdrawn = Signal()

    def __init__(
        self,
        parse: Callable[[str], object],
        show: Callable[[Any], str],
        parent: QWidget | None = None,
        edit: Callable[[Any], str] | None = None,
        *,
        stays: bool = False,
    ) -> None:
        super().__init__(parent)
        self._parse = parse
        self._show = show
        self._edit = edit or show
        self._stays = stays
        self._value: object = None
        self._complaint = ""
        self._described = ""
        self._widest = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._judge)
        self.textEdited.connect(self._edited)
        self.returnPressed.connect(self._commit_and_leave)

    def minimumSizeHint(self) -> QSize:
        """Room for the widest value that was shown, so that none is cut and nothing jumps."""
        hint = super().minimumSizeHint()
        metrics = self.fontMetrics()
        frame = hint.width() - metrics.maxWidth() - EDGE_PX
        texts = (self._widest, self.placeholderText(), FEW_DIGITS)
        wide = max(metrics.horizontalAdvance(text) for text in texts)
        return QSize(wide + max(frame, 0) + EDGE_PX + CURSOR_PX, hint.height())

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), super().sizeHint().height())

    def value(self) -> Any:
        """The last good value, None where there was none."""
        return self._value

    def complaint(self) -> str:
        """Why the text is not taken; empty while there is nothing to complain about."""
        return self._complaint

    def show_value(self, value: object) -> None:
        """Show a value from elsewhere, unless the hand is just typing another one."""
        if value != self._value:
            self._value = value
            if not (self.hasFocus() and self.isModified()):
                self._restore()

    def show_anew(self) -> None:
        """Write the value at rest again: what it is shown as depends on more than itself."""
        if not self.hasFocus() and self._value is not None and self.text() != (text := self._show(self._value)):
            self.setText(text)

    def event(self, event: QEvent) -> bool:
        # Escape belongs to the field while it holds an edit, not to the window's shortcuts.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and (self.isModified() or self._complaint)
        ):
            event.accept()
            return True
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not self.isModified()
            and any(event.matches(key) for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo))
        ):
            event.ignore()  # there is no text to take back, so they mean the window's edits
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._restore()
            if self._stays:
                event.ignore()
            else:
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
        if not self.isModified() or self._commit():
            self._restore()

    def _edited(self) -> None:
        self._withdraw_complaint()
        self._pause.start()

    def _judge(self) -> None:
        """Say what is wrong with what stands there half typed, if anything is."""
        try:
            self._parse(self.text())
        except ValueError as problem:
            self._complain(str(problem))

    def _commit_and_leave(self) -> None:
        problem = self._commit() if self.isModified() else ""
        if problem:
            self._complain(problem)
        if problem or self._stays:
            self.selectAll()
        else:
            self.clearFocus()

    def _commit(self) -> str:
        """Hand the value over; why that is not possible, in words, or an empty string."""
        try:
            value = self._parse(self.text())
        except ValueError as problem:
            return str(problem)
        self._value = value
        self._restore()
        self.committed.emit(value)
        return ""

    def _restore(self) -> None:
        """The last good value, with all digits while the hand is on it."""
        if self._value is not None:
            shown = self._show(self._value)
            self._make_room(shown)
            self.setText(self._edit(self._value) if self.hasFocus() else shown)
        else:
            self.clear()
        self.setModified(False)
        self._pause.stop()
        self._withdraw_complaint()

    def _make_room(self, text: str) -> None:
        metrics = self.fontMetrics()
        if metrics.horizontalAdvance(text) > metrics.horizontalAdvance(self._widest):
            self._widest = text
            self.updateGeometry()

    def _complain(self, why: str) -> None:
        self._withdraw_complaint()
        self._complaint = why
        show_property(self, "invalid", "true")
        self._described = self.accessibleDescription()
        self.setAccessibleDescription(why)
        self._withdrawn.connect(Complaint(self, why).withdraw)

    def _withdraw_complaint(self) -> None:
        if self._complaint:
            self._complaint = ""
            show_property(self, "invalid", "false")
            self.setAccessibleDescription(self._described)
            self._withdrawn.emit()
