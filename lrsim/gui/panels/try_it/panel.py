"""The model put to the test: the inputs that the data set names, its samples, and any other input."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.try_it.sample_form import SampleForm
from lrsim.gui.panels.try_it.trials import Trials
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.session.snapshot import Snapshot

READING_MS = 60


class TryItPanel(Tall):
    """Inputs and what the model answers, following the run.

    Models of one input get a table of trials, whose last row takes any input; others a form with a field for each
    input, or for a sample's number alone where the inputs are many.
    """

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self._reader = bridge.reader
        self._snapshot: Snapshot | None = None
        self._run = -1
        self.setAccessibleName(self.tr("Try it"))
        self.trials = Trials(self)
        self.form = SampleForm(themes, self)
        self._used: Trials | SampleForm = self.trials
        self._content = content
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        for form in (self.trials, self.form):
            form.changed.connect(self._answer)
            column.addWidget(form)
        column.addStretch(1)
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Lay the form out for another experiment."""
        data = self._reader.problem_of(snapshot).data
        self._snapshot, self._run = snapshot, snapshot.run
        self._used = self.trials if data.X_train.shape[1] == data.Y_train.shape[1] == 1 else self.form
        self.trials.setVisible(self._used is self.trials)
        self.form.setVisible(self._used is self.form)
        self._used.show_data(data)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Answer with newer parameters, at a pace that can be read while training runs."""
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if snapshot.playing:
            self._throttle.offer(snapshot)
        else:
            self._throttle.flush(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._snapshot is not None:
            self._throttle.flush(self._snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.run == self._run:
            self._used.show_answers(self._reader.predict(snapshot, self._used.inputs()))

    def _answer(self) -> None:
        if self._snapshot is not None:
            self._show(self._snapshot)
