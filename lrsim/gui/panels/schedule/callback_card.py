"""The insides of a callback: how long it has waited, its best, and what it does next."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.schedule.pips import Pips
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.words.callbacks import Standing


class CallbackCard(QWidget):
    """A callback that waits for a metric to improve."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self._pips = Pips(themes, self)
        self._pips.setToolTip(self.tr("Epochs without improvement so far, of those that it takes"))
        self._text = wrapped_label(role="muted")
        self._next = wrapped_label()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self._title, self._pips, self._next, self._text):
            column.addWidget(widget)

    def show_standing(self, standing: Standing | None) -> None:
        """Show where it stands; None where there is no such callback."""
        self.setVisible(standing is not None)
        if standing is None:
            return
        show_text(self._title, standing.title)
        words = self.tr("waited {0} of {1}").format(count(standing.wait), count(standing.patience))
        self._pips.show_count(standing.wait, standing.patience, words)
        show_text(self._text, standing.text)
        show_text(self._next, standing.next)

    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join(label.text() for label in (self._title, self._next, self._text))
