"""What this run is about and what is fixed in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lrsim.gui.bridge import Bridge
from lrsim.gui.experiment_words import describe
from lrsim.gui.theme import PADDING_PX, Theme
from lrsim.gui.widgets.samples import SamplesTable
from lrsim.session import Snapshot


class ExperimentPanel(QScrollArea):
    """Description, samples, model, optimizer and stop rule of the experiment that runs."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._description = _wrapped(QLabel())
        self._source = _wrapped(QLabel())
        self._source.setProperty("role", "muted")
        self._samples = SamplesTable()
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(PADDING_PX)
        self._facts.setVerticalSpacing(8)
        self._facts.setColumnStretch(1, 1)
        self._fixed = _wrapped(QLabel())
        self._fixed.setProperty("role", "muted")
        self._fixed.setText(
            self.tr(
                "All of this is fixed while it runs; only the learning rate is live. "
                "Another experiment starts a new run, and undo brings this one back."
            )
        )
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        column.setSpacing(PADDING_PX)
        column.addWidget(self._samples)
        column.addLayout(self._facts)
        column.addWidget(self._fixed)
        column.addWidget(self._description)
        column.addWidget(self._source)
        column.addStretch(1)
        self.setWidget(content)
        bridge.run_changed.connect(self.rebuild)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.setMinimumWidth(theme.base_px * 15)
        self._samples.fit()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Show another experiment."""
        problem = self._session.problem
        self._samples.show_data(problem.data)
        self._clear_facts()
        for row, (label, sentence) in enumerate(describe(problem.experiment, problem.data)):
            title = QLabel(label)
            title.setProperty("role", "muted")
            self._facts.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(_wrapped(QLabel(sentence)), row, 1)
        self._description.setText(problem.experiment.description)
        self._description.setVisible(bool(problem.experiment.description))
        self._source.setText(self.tr("From: {0}").format(problem.experiment.source))
        self._source.setVisible(bool(problem.experiment.source))

    def _clear_facts(self) -> None:
        while item := self._facts.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()


def _wrapped(label: QLabel) -> QLabel:
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
