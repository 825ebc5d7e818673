"""The layout `Sweep`: what to run at the left, the charts of the runs beside it, and the table of all below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.curve_view import CurveView
from lrsim.gui.sweep.form import SweepForm
from lrsim.gui.sweep.grid_view import GridView
from lrsim.gui.sweep.heat_view import HeatView
from lrsim.gui.sweep.parallel_view import ParallelView
from lrsim.gui.sweep.race_view import RaceView
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.runner import Outcome, Plan, SweepRunner
from lrsim.gui.sweep.table_view import RunsTable
from lrsim.gui.widgets.segments import Segments
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.words.sweep import title
from lrsim.session.snapshot import Snapshot
from lrsim.sweep import executors
from lrsim.sweep.plan import Sweep
from lrsim.sweep.record import Record
from lrsim.sweep.report import outcome

TABLE_EM, TABLE_SHARE = 11, 0.27
"""Usual height of the table: so many times the text size, and at most this share of the page."""
TABLE_FROM_EM = 26
"""A page of less height has no room for the table."""


class SweepPage(QSplitter):
    """Runs sweeps and shows them; the run of the other layouts is left alone.

    Signals
    -------
    open_requested(Experiment, int, str)
        A run to be opened in the stepper, the step to open it at, and its name.
    problem(str)
        What went wrong with a sweep while it is not on screen.
    """

    open_requested = Signal(object, int, str)
    problem = Signal(str)

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._reader = bridge.reader
        self._opened: Experiment | None = None
        self.results = Results(self)
        self.runner = SweepRunner(self)
        self.form = SweepForm(self._reader.problem_of(bridge.reader.snapshot()).experiment, themes, self)
        self.grid = GridView(self.results, themes)
        self.curve = CurveView(self.results, themes)
        self.map = HeatView(self.results, themes)
        self.lines = ParallelView(self.results, themes)
        self.race = RaceView(self.results, themes)
        self.table = RunsTable(self.results, themes)
        self.views = (self.grid, self.curve, self.map, self.lines, self.race, self.table)
        self._theme = themes.theme
        self._lay_out(themes.theme)
        self._connect(bridge)
        themes.follow(self._set_theme)
        self._show_empty()

    def _lay_out(self, theme: Theme) -> None:
        self._overview = QStackedWidget()
        for view in (self.curve, self.map, self.lines):
            self._overview.addWidget(view)
        self._empty = QLabel(
            self.tr("Choose what to sweep and press Run.\nEach run appears here as soon as it is done.")
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._stack = QStackedWidget()
        for widget in (self._empty, self.grid, self._overview, self.race):
            self._stack.addWidget(widget)
        self.save = QPushButton(self.tr("Save\u2026"))
        self.save.setToolTip(self.tr("Writes tables and charts of all finished runs into a folder"))
        self._bar = QFrame()
        self._bar.setObjectName("sweepBar")
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        row.setSpacing(8)
        row.addWidget(Segments(self.tr("Picture"), self._picture_actions(), self._bar))
        self._finding = Sentence(theme.muted, self._bar)
        row.addWidget(self._finding, 1)
        row.addWidget(self.save)
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        self._middle = QSplitter(Qt.Orientation.Vertical)
        self._middle.setHandleWidth(1)
        self._middle.setChildrenCollapsible(False)
        self._middle.addWidget(pictures)
        self._middle.addWidget(self.table)
        self._middle.setStretchFactor(0, 4)
        self._middle.setStretchFactor(1, 1)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(self.form)
        self.addWidget(self._middle)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)

    def _picture_actions(self) -> list[QAction]:
        group = QActionGroup(self)
        tips = {
            "charts": (self.tr("Charts"), self.tr("A chart for each run, all with the same axes")),
            "overview": (self.tr("Overview"), self.tr("The final figure of all runs over the swept values")),
            "race": (self.tr("Race"), self.tr("All runs stepped together, with who leads")),
        }
        self.pictures: dict[str, QAction] = {}
        for name, (text, tip) in tips.items():
            action = QAction(text, self)
            action.setToolTip(tip)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, name=name: self.choose(name))
            group.addAction(action)
            self.pictures[name] = action
        return list(self.pictures.values())

    def _connect(self, bridge: Bridge) -> None:
        runner, form = self.runner, self.form
        form.run_requested.connect(self.run)
        form.cancel_requested.connect(runner.cancel)
        runner.began.connect(self._begin)
        runner.finished_run.connect(self.results.add)
        runner.progressed.connect(form.show_progress)
        runner.went_on.connect(self.results.go_on)
        runner.drawing.connect(form.show_drawing)
        runner.notice.connect(form.say)
        runner.ended.connect(self._end)
        for signal in (self.results.began, self.results.grew, self.results.selected):
            signal.connect(self._tell_finding)
        self.results.grew.connect(self._offer_save)
        self.save.clicked.connect(self._ask_and_save)
        for view in self.views:
            view.open_requested.connect(self._open)
        bridge.run_changed.connect(self.rebuild)

    def _set_theme(self, theme: Theme) -> None:
        self._bar.setStyleSheet(f"#sweepBar {{ border: none; border-bottom: 1px solid {theme.line}; }}")
        self._theme = theme
        self._tell_finding()
        self._fold_for_room()
        self.reset()

    def reset(self) -> None:
        """Give each its usual share."""
        em = self._theme.base_px
        self.setSizes([round(21 * em), max(self.width() - round(21 * em), 1)])
        below = min(TABLE_EM * em, round(TABLE_SHARE * self.height()))
        self._middle.setSizes([max(self.height() - below, 1), below])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_for_room()

    def _fold_for_room(self) -> None:
        self.table.setVisible(bool(self.results.sweep) and self.height() >= TABLE_FROM_EM * self._theme.base_px)

    # --- what is swept

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment to sweep; one that was opened from here is none."""
        experiment = self._reader.problem_of(snapshot).experiment
        if experiment != self._opened:
            self.form.show_experiment(experiment)

    def run(self, plan: Plan) -> None:
        """Carry out what the form asks for."""
        self.form.show_running(True)
        self.runner.start(plan)

    def show_finished(self, sweep: Sweep, records: list[Record]) -> None:
        """Show a sweep that was run elsewhere."""
        self._begin(sweep, records)
        self.results.flush()

    def _begin(self, sweep: Sweep, records: list[Record]) -> None:
        self.results.begin(sweep, records)
        place = min(len(sweep.over), 3)
        self._overview.setCurrentIndex(max(place - 1, 0))
        self.pictures["overview"].setEnabled(bool(sweep.over))
        checked = next((name for name, action in self.pictures.items() if action.isChecked()), "charts")
        self.choose("charts" if checked == "overview" and not sweep.over else checked)
        self._fold_for_room()
        self.reset()
        self._offer_save()

    def _end(self, outcome: Outcome) -> None:
        self.results.flush()
        self.form.show_running(False)
        self._offer_save()
        self.form.say_problem(self._problem_of(outcome))
        self.form.say(self._ending(outcome))
        if outcome.problem and not self.isVisible():
            self.problem.emit(str(outcome.problem))

    def _ending(self, outcome: Outcome) -> str:
        total, done = len(self.results.runs), sum(not record.error for record in self.results.records)
        failed = len(self.results.records) - done
        if outcome.problem:
            return ""
        if outcome.cancelled:
            text = self.tr("Cancelled: {0} of {1} runs are done and kept.").format(done, total)
        else:
            text = self.tr("{0} of {1} runs are done.").format(done, total)
        if failed:
            text = self.tr("{0} {1} failed.").format(text, failed)
        return self.tr("{0} Saved in {1}.").format(text, outcome.folder) if outcome.folder else text

    def _problem_of(self, outcome: Outcome) -> ExperimentError | str:
        if outcome.problem:
            return outcome.problem
        if not outcome.failures:
            return ""
        first = min(outcome.failures, key=lambda failure: failure.spec.index)
        text = self.tr("{0}: {1}").format(first.spec.name, first.reason)
        more = len(outcome.failures) - 1
        return self.tr("{0} (and {1} more)").format(text, more) if more else text

    # --- what is shown

    def choose(self, picture: str) -> None:
        """Show the charts, the overview or the race."""
        self.pictures[picture].setChecked(True)
        if self.results.sweep is not None:
            widgets = {"charts": self.grid, "overview": self._overview, "race": self.race}
            self._stack.setCurrentWidget(widgets[picture])

    def _show_empty(self) -> None:
        self.pictures["charts"].setChecked(True)
        self.table.hide()
        self._offer_save()

    def _offer_save(self) -> None:
        self.save.setEnabled(bool(self.results.records) and not self.runner.running)

    def finding(self) -> str:
        """The verdict on the chosen run; where none is chosen, what the sweep has come to."""
        return self._finding.text()

    def _tell_finding(self) -> None:
        record = None if self.results.selection is None else self.results.record(self.results.selection)
        text = record.verdict_text if record else outcome(self.results.records)
        self._finding.set_text(text, self._theme.tone(record.tone) if record else self._theme.text)

    def _open(self, index: int, step: int) -> None:
        spec = self.results.runs[index]
        self._opened = spec.experiment
        self.open_requested.emit(spec.experiment, step, title(spec))

    # --- saving

    def _ask_and_save(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("A folder for the results"))
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write tables and charts of what is done into a folder."""
        if self.results.sweep is not None and not self.runner.running:
            self.form.show_running(True)
            self.runner.save(self.results.sweep, self.results.records, path, executors.default_jobs())
            self._offer_save()

    def stop(self) -> None:
        """End what is under way; for the end of the window."""
        self.race.pause()
        self.runner.stop()
