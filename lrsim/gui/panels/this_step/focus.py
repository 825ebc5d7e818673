"""Which sample of the batch and which unit of the layer a stage shows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from lrsim.debugger.opened_stage import OpenedStage
from lrsim.gui.bridge.binding import quiet


class FocusRow(QWidget):
    """Two numbers, each there only where there is something to choose.

    Signals
    -------
    chosen(int, int)
        Sample from 0, or -1 for all together, and unit from 0.
    """

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sample_title, self.sample = self._field(self.tr("sample"), self.tr("Sample of the batch"), 0)
        self.sample.setSpecialValueText(self.tr("all"))
        self.sample.setToolTip(
            self.tr("Which sample of the batch; all: means on the way to the loss, sums back from it")
        )
        self._unit_title, self.unit = self._field(self.tr("unit"), self.tr("Unit of the layer"), 1)
        self.unit.setToolTip(self.tr("Which unit of the layer is written out, counted from 1"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._sample_title, self.sample, self._unit_title, self.unit):
            row.addWidget(widget)
        row.addStretch(1)

    def _field(self, title: str, name: str, least: int) -> tuple[QLabel, QSpinBox]:
        label, field = QLabel(title, self), QSpinBox(self)
        label.setProperty("role", "muted")
        field.setMinimum(least)
        field.setAccessibleName(name)
        field.setKeyboardTracking(False)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.lineEdit().setTextMargins(0, 0, 6, 0)
        field.valueChanged.connect(self._choose)
        return label, field

    def show_stage(self, stage: OpenedStage) -> None:
        """Show what is chosen, and what there is to choose from."""
        several, units = len(stage.samples) > 1, stage.units > 1
        with quiet(self.sample), quiet(self.unit):
            self.sample.setMaximum(len(stage.samples))
            self.sample.setValue(0 if stage.focus.sample is None else stage.focus.sample + 1)
            self.unit.setMaximum(max(stage.units, 1))
            self.unit.setValue(stage.focus.unit + 1)
        for widget in (self._sample_title, self.sample):
            widget.setVisible(several)
        for widget in (self._unit_title, self.unit):
            widget.setVisible(units)
        self.setVisible(several or units)

    def _choose(self) -> None:
        self.chosen.emit(self.sample.value() - 1, self.unit.value() - 1)
