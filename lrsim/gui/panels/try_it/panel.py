"""The model put to the test: the inputs that the data set names, its samples, and any other input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.try_it.sample_form import SampleForm
from lrsim.gui.panels.try_it.trials import Trials
from lrsim.gui.widgets.labels import wrapped_label
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
        self._evaluator = Evaluator.of(bridge)
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
        self._failure = wrapped_label(role="bad")
        self._failure.hide()
        column.addWidget(self._failure)
        column.addStretch(1)
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Lay the form out for another experiment."""
        data = self._reader.problem_of(snapshot).data
        self._snapshot, self._run = snapshot, -1  # a field that goes commits its text: no answer to that
        self._used = self.trials if len(data.input_names) == data.Y_train.shape[1] == 1 else self.form
        self.trials.setVisible(self._used is self.trials)
        self.form.setVisible(self._used is self.form)
        self._used.show_data(data)
        self._run = snapshot.run
        self._answer()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Answer with newer parameters, at a pace that can be read while training runs."""
        self._snapshot = snapshot
        if self.isVisible():
            self._throttle.follow(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._snapshot is not None:
            self._throttle.flush(self._snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.run == self._run:
            inputs = self._used.inputs()
            if Evaluator.is_little(snapshot, len(inputs)):
                self._take(self._reader.predict(snapshot, inputs))
            else:
                self._order(snapshot, self._used, inputs)

    def _order(self, snapshot: Snapshot, form: Trials | SampleForm, inputs: NDArray[np.floating]) -> None:
        """Have the answers worked out beside the window; those shown stay until then."""

        def done(answers: NDArray[np.floating]) -> None:
            if snapshot.run == self._run and form is self._used and len(answers) == len(form.inputs()):
                self._take(answers)

        self._evaluator.ask(
            self, lambda: self._evaluator.outputs(self._reader, snapshot, inputs), done, self._tell_failure
        )  # fmt: skip

    def _take(self, answers: NDArray[np.floating]) -> None:
        self._failure.hide()
        self._used.show_answers(answers)

    def _tell_failure(self, why: str) -> None:
        self._failure.setText(why)
        self._failure.show()

    def _answer(self) -> None:
        if self._snapshot is not None:
            self._show(self._snapshot)
