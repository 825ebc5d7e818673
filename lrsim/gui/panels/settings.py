"""The few choices that are not at hand elsewhere."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QSpinBox, QWidget

from lrsim.gui.settings import Choices
from lrsim.gui.theme import PADDING_PX, Theme
from lrsim.gui.widgets.overlay import Overlay


class SettingsPanel(Overlay):
    """Text size, memory for the history, motion; each takes effect at once or says when it does.

    Signals
    -------
    changed()
        A choice was changed in the `Choices` that the panel was given.
    """

    changed = Signal()

    def __init__(self, choices: Choices, theme: Theme, host: QWidget) -> None:
        super().__init__("settings", theme, host)
        self._choices = choices
        self.setAccessibleName(self.tr("Settings"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        heading = QLabel(self.tr("Settings"), self)
        heading.setProperty("role", "title")
        self.text_size = _spin_box(75, 200, 5, self.tr(" %"), choices.text_percent)
        self.text_size.setToolTip(self.tr("Size of all text, at once; training goes on"))
        self.text_size.valueChanged.connect(self._set_text_size)
        self.memory = _spin_box(64, 65536, 64, self.tr(" MB"), choices.memory_budget_mb)
        self.memory.setToolTip(
            self.tr("What the recorded steps may hold; beyond it older rows are worked out again when looked at")
        )
        self.memory.valueChanged.connect(self._set_memory)
        self._later = QLabel(self.tr("takes effect the next time the program starts"), self)
        self._later.setProperty("role", "muted")
        self.motion = QCheckBox(self.tr("Show motion where it explains"), self)
        self.motion.setToolTip(self.tr("Moves points along their path, never longer than 0.2 s"))
        self.motion.setChecked(choices.motion)
        self.motion.toggled.connect(self._set_motion)
        form = QFormLayout(self)
        form.setContentsMargins(2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow(heading)
        form.addRow(self.tr("Text size"), self.text_size)
        form.addRow(self.tr("Memory for the history"), self.memory)
        form.addRow("", self._later)
        form.addRow("", self.motion)
        self.set_theme(theme)

    def _set_text_size(self, percent: int) -> None:
        self._choices.text_percent = percent
        self.changed.emit()
        self.place()

    def _set_memory(self, megabytes: int) -> None:
        self._choices.memory_budget_mb = megabytes
        self.changed.emit()

    def _set_motion(self, wanted: bool) -> None:
        self._choices.motion = wanted
        self.changed.emit()


def _spin_box(low: int, high: int, step: int, suffix: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setSuffix(suffix)
    box.setValue(value)
    box.setKeyboardTracking(False)
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.lineEdit().setStyleSheet("border: none; padding: 0;")
    return box
