"""The rate over the whole training, what callbacks are about to do with it, and a rate for each layer."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.schedule.callback_card import CallbackCard
from lrsim.gui.panels.schedule.layer_rates import LayerRates
from lrsim.gui.views.rate import RateView
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.gui.words.callbacks import of_early_stop, of_plateau
from lrsim.gui.words.experiment import describe
from lrsim.schedules.timeline import RateTimeline, planned
from lrsim.session.snapshot import Snapshot

READING_MS = 100
SIDE_EM = (22, 30)
"""Least and greatest width of what stands beside the chart, in text sizes."""


def _planned(experiment: Experiment, samples: int, lr: float) -> RateTimeline:
    training = experiment.training
    return planned(experiment.schedule, training.batch_size, training.epochs, samples, lr)


class SchedulePanel(Beside):
    """The rate's picture, and words beside it.

    Signals
    -------
    edit_requested()
        The schedule is to be edited.
    """

    edit_requested = Signal()

    def __init__(self, bridge: Bridge, commands: Commands, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = bridge.reader
        self._snapshot = bridge.reader.snapshot()
        self._theme = themes.theme
        self.view = RateView(bridge, themes)
        self.view.rate_dragged.connect(commands.set_rate)
        self._name = QLabel()
        self._name.setProperty("role", "title")
        self._name.setWordWrap(True)
        self.edit = QPushButton(self.tr("Edit\u2026"))
        self.edit.setToolTip(self.tr("Opens the fields of the schedule; a change of them starts a new run"))
        self.edit.clicked.connect(self.edit_requested)
        self._reminder = wrapped_label(role="muted")
        self.plateau = CallbackCard(themes)
        self.early_stop = CallbackCard(themes)
        self.layers = LayerRates(commands.tune_layers)
        self._lay_out()
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)
        self.rebuild(self._snapshot)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(10)
        heading = QHBoxLayout()
        heading.addWidget(self._name, 1)
        heading.addWidget(self.edit)
        column.addLayout(heading)
        for widget in (self._reminder, self.plateau, self.early_stop, self.layers):
            column.addWidget(widget)
        column.addStretch(1)
        self.place(self.view, content, SIDE_EM, QBoxLayout.Direction.TopToBottom)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fit(theme)

    def sizeHint(self) -> QSize:
        return QSize(70 * self._theme.base_px, 16 * self._theme.base_px)

    # --- what is shown

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment, with a schedule of its own."""
        problem = self._reader.problem_of(snapshot)
        words = describe(problem.experiment, problem.data)["schedule"]
        self._name.setText(self.tr("Schedule: {0}").format(words))
        self._show(snapshot)

    def show_draft(self, draft: Experiment | None) -> None:
        """Draw the rates of an edited experiment that waits to be applied; None where nothing waits."""
        problem, line = self._reader.problem_of(self._snapshot), None
        if draft is not None and draft.data == problem.experiment.data:
            line = _planned(draft, problem.samples, self._snapshot.lr)
            present = _planned(problem.experiment, problem.samples, self._snapshot.lr)
            line = None if line == present else line
        self.view.plot.propose(line)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state, at a pace that can be read while training runs."""
        self._snapshot = snapshot
        if self.isVisible():
            self._throttle.follow(snapshot)

    def refresh(self) -> None:
        self._throttle.flush(self._snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        control = snapshot.control
        plateau = None if control is None else control.plateau
        early_stop = None if control is None else control.early_stop
        self.plateau.show_standing(None if plateau is None else of_plateau(plateau, snapshot.lr))
        self.early_stop.show_standing(None if early_stop is None else of_early_stop(early_stop))
        self.layers.show_state(self._reader.problem_of(snapshot).experiment, snapshot)
        steady = self._reader.problem_of(snapshot).experiment.schedule.name == "constant"
        show_text(self._reminder, self.tr("The rate changes by hand alone.") if steady else "")
        self._reminder.setVisible(steady and control is None)
