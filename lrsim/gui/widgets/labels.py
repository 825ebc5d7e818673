"""Labels of numbers and of sentences."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse


def number_label(text: str = "") -> QLabel:
    """A number, at the right; it can be copied."""
    label = QLabel(text)
    label.setAlignment(RIGHT)
    label.setTextInteractionFlags(SELECTABLE)
    return label


def wrapped_label(text: str = "", role: str = "") -> QLabel:
    """Sentences that take as many lines as they need; they can be copied."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(SELECTABLE)
    label.setProperty("role", role)
    return label


def name_box(box: QComboBox, name: str) -> None:
    """Give a box of choices without a label its name; where its value passes for one, readers go by a label alone."""
    box.setAccessibleName(name)
    label = QLabel(name, box.parentWidget())
    label.setBuddy(box)
    label.hide()
