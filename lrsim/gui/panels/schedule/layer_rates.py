"""A rate for each layer: finding them, and which ones are in use."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lrsim.common.numbers import short
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.widgets.labels import number_label, wrapped_label
from lrsim.session.snapshot import Snapshot

MOST_LAYERS = 12


class LayerRates(QWidget):
    """A button that tunes the rate of each layer, why it can't where it can't, and the rates of the layers."""

    def __init__(self, tune: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(self)
        self.button.clicked.connect(lambda: tune())
        self._why = wrapped_label(role="muted")
        self._rates: list[tuple[QLabel, QLabel, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(3, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._grid)
        column.addWidget(self._why)

    def show_state(self, experiment: Experiment, snapshot: Snapshot) -> None:
        """Show the layers' rates at the next step."""
        tuning = snapshot.busy == "tuning"
        reason = self._obstacle(experiment, snapshot)
        show_text(self.button, self.tr("Cancel") if tuning else self.tr("Tune each layer"))
        self.button.setEnabled(not reason)
        explained = self.tr(
            "Finds a rate for each layer, tries them on copies, and uses them from the next step on where they do "
            "better than the best single rate; undo takes them back"
        )
        self.button.setToolTip(reason or explained)
        show_text(self._why, reason or (self.tr("Searching\u2026") if tuning else snapshot.tuning or f"{explained}."))
        self._show_rates(snapshot)

    def _obstacle(self, experiment: Experiment, snapshot: Snapshot) -> str:
        if experiment.optimizer.name == "adadelta":
            return self.tr("Adadelta finds the size of its steps by itself: there is nothing to tune.")
        if snapshot.diverged_at is not None:
            return self.tr("The run is no longer finite: go back to a step before, then tune.")
        if snapshot.busy == "range_test":
            return self.tr("The range test has to end first.")
        if len(experiment.model.layers) == 1:
            return self.tr("There is one layer, whose rate is the rate.")
        return ""

    def _show_rates(self, snapshot: Snapshot) -> None:
        factors = snapshot.multipliers[:MOST_LAYERS]
        for row in range(len(self._rates), len(factors)):
            labels = (QLabel(self.tr("layer {0}").format(row + 1)), number_label(), number_label())
            labels[1].setProperty("role", "rate")
            labels[2].setProperty("role", "muted")
            for place, label in enumerate(labels):
                self._grid.addWidget(label, row, place)
            self._rates.append(labels)
        for row, (name, rate, factor) in enumerate(self._rates):
            shown = row < len(factors)
            for label in (name, rate, factor):
                label.setVisible(shown)
            if shown:
                show_text(rate, short(snapshot.rate * factors[row]))
                show_text(factor, f"\u00d7 {short(factors[row])}")

    def text(self) -> str:
        """What is said about the layers."""
        shown = [f"{name.text()} {rate.text()} {factor.text()}" for name, rate, factor in self._rates
                 if not name.isHidden()]  # fmt: skip
        return "\n".join([*shown, self._why.text()])
