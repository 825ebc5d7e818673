"""The few choices that are not at hand elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.settings import Choices
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.overlay import Overlay


class SettingsPanel(Overlay):
    """Text size and memory for the history; each takes effect at once or says when it does.

    Signals
    -------
    changed()
        A choice was changed in the `Choices` that the panel was given.
    """

    changed = Signal()

    def __init__(self, choices: Choices, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("settings", themes, host)
        self._choices = choices
        self.setAccessibleName(self.tr("Settings"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.text_size = NumberField(_between(75, 200), str, self, stays=True)
        self.text_size.setAccessibleName(self.tr("Text size in percent"))
        self.text_size.show_value(choices.text_percent)
        self.text_size.setToolTip(self.tr("Size of all text, at once; training goes on"))
        self.text_size.committed.connect(self._set_text_size)
        self.memory = NumberField(_between(64, 65536), str, self, stays=True)
        self.memory.setAccessibleName(self.tr("Memory for the history in megabytes"))
        self.memory.show_value(choices.memory_budget_mb)
        self.memory.setToolTip(
            self.tr("What the recorded steps may hold; beyond it older rows are worked out again when looked at")
        )
        self.memory.committed.connect(self._set_memory)
        self._later = wrapped_label(self.tr("takes effect the next time the program starts"), "muted")
        form = QFormLayout(self)
        form.setContentsMargins(2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow(self.heading(self.tr("Settings"), themes))
        form.addRow(self.tr("Text size, %"), self.text_size)
        form.addRow(self.tr("Memory for the history, MB"), self.memory)
        form.addRow("", self._later)

    def open(self) -> None:
        super().open()
        self.text_size.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_text_size(self, percent: int) -> None:
        self._choices.text_percent = percent
        self.changed.emit()
        self.place()

    def _set_memory(self, megabytes: int) -> None:
        self._choices.memory_budget_mb = megabytes
        self.changed.emit()


def _between(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        bare = text.strip()
        if not bare.isdecimal() or not low <= int(bare) <= high:
            words = QCoreApplication.translate("SettingsPanel", 'expected a whole number from {0} to {1}, got "{2}"')
            raise ValueError(words.format(low, high, bare))
        return int(bare)

    return parse
