"""The layout `Sweep`: what to run at the left, the charts of the runs beside it, and the table of all below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.binding import show_property
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.bar import CHARTS, OVERVIEW, RACE, SweepBar
from lrsim.gui.sweep.curve_view import CurveView
from lrsim.gui.sweep.empty_page import EmptyPage
from lrsim.gui.sweep.form import SweepForm
from lrsim.gui.sweep.grid_view import GridView
from lrsim.gui.sweep.heat_view import HeatView
from lrsim.gui.sweep.parallel_view import ParallelView
from lrsim.gui.sweep.race_view import RaceView
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.runner import Outcome, Plan, SweepRunner
from lrsim.gui.sweep.shelf import Kept, Shelf, alike
from lrsim.gui.sweep.table_view import RunsTable
from lrsim.gui.words.keys import in_words
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
        self._experiment = self._reader.problem_of(bridge.reader.snapshot()).experiment
        self._opened: Experiment | None = None
        self._behind = False
        self._theme = themes.theme
        self._shelf = Shelf()
        self.results = Results(self)
        self.runner = SweepRunner(self)
        self._form = SweepForm(self._experiment, themes, self)
        self.empty = EmptyPage(themes)
        self.bar = SweepBar(themes, self)
        self.grid = GridView(self.results, themes)
        self.curve = CurveView(self.results, themes)
        self.map = HeatView(self.results, themes)
        self.lines = ParallelView(self.results, themes)
        self.race = RaceView(self.results, themes)
        self.table = RunsTable(self.results, themes)
        self.views = (self.grid, self.curve, self.map, self.lines, self.race, self.table)
        self._lay_out()
        self._connect(bridge)
        themes.follow(self._set_theme)
        self._show_empty()

    def _lay_out(self) -> None:
        self._overview = QStackedWidget()
        for view in (self.curve, self.map, self.lines):
            self._overview.addWidget(view)
        self._stack = QStackedWidget()
        for widget in (self.empty, self.grid, self._overview, self.race):
            self._stack.addWidget(widget)
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
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
        self.addWidget(self._form)
        self.addWidget(self._middle)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)

    def _connect(self, bridge: Bridge) -> None:
        runner, form = self.runner, self._form
        form.run_requested.connect(self.run)
        form.cancel_requested.connect(runner.cancel)
        form.checked.connect(self._show_plan)
        self.empty.run_requested.connect(form.start)
        self.empty.back_requested.connect(self._bring_back)
        self.bar.chosen.connect(self.choose)
        self.bar.save_requested.connect(self._ask_and_save)
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
        for view in self.views:
            view.open_requested.connect(self._open)
        bridge.run_changed.connect(self.rebuild)

    def _set_theme(self, theme: Theme) -> None:
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
            self._experiment = experiment
            self._behind = True
            if self.isVisible():
                self._catch_up()
            self._change_runs(experiment)

    @property
    def form(self) -> SweepForm:
        """What to run, for the experiment at hand."""
        self._catch_up()
        return self._form

    def _catch_up(self) -> None:
        """Let the form show the experiment: while nobody looks at it, it would take a tenth of a second each load."""
        if self._behind:
            self._behind = False
            self._form.show_experiment(self._experiment)

    def showEvent(self, event: QShowEvent) -> None:
        self._catch_up()
        super().showEvent(event)

    def _change_runs(self, experiment: Experiment) -> None:
        """The runs of another experiment step aside, those of this one come back; a sweep under way stays."""
        shown = self.results.sweep
        if self.runner.running or (shown is not None and alike(shown.experiment, experiment)):
            self._tell_finding()
            return
        if shown is not None:
            self._shelf.put(shown, self.results.records)
        kept = self._shelf.take(experiment)
        if kept is not None:
            self._show_kept(kept)
        elif shown is not None:
            self.results.clear()
            self._show_empty()

    def _bring_back(self) -> None:
        """Show the runs that have stepped aside last, though another experiment is at hand."""
        experiment = self._shelf.newest
        kept = None if experiment is None else self._shelf.take(experiment)
        if kept is not None:
            self._show_kept(kept)

    def _show_kept(self, kept: Kept) -> None:
        self.results.show_finished(kept.sweep, kept.records)
        self._show_runs(kept.sweep)

    def run(self, plan: Plan) -> None:
        """Carry out what the form asks for."""
        self._form.show_running(True)
        self.runner.start(plan)

    def show_finished(self, sweep: Sweep, records: list[Record]) -> None:
        """Show a sweep that was run elsewhere."""
        self.results.show_finished(sweep, records)
        self._show_runs(sweep)

    def _begin(self, sweep: Sweep, records: list[Record]) -> None:
        shown = self.results.sweep
        if shown is not None and not alike(shown.experiment, sweep.experiment):
            self._shelf.put(shown, self.results.records)
        self.results.begin(sweep, records)
        self._show_runs(sweep)

    def _show_runs(self, sweep: Sweep) -> None:
        place = min(len(sweep.over), 3)
        self._overview.setCurrentIndex(max(place - 1, 0))
        for action in self.bar.pictures.values():
            action.setEnabled(True)
        self.bar.pictures[OVERVIEW].setEnabled(bool(sweep.over))
        self.choose(CHARTS if self.bar.picture == OVERVIEW and not sweep.over else self.bar.picture)
        self._fold_for_room()
        self.reset()
        self._offer_save()
        self._show_plan()

    def _end(self, outcome: Outcome) -> None:
        self.results.flush()
        self._form.show_running(False)
        self._offer_save()
        self._form.say_problem(self._problem_of(outcome))
        self._form.say(self._ending(outcome))
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
        text = self.tr("{0}: {1}").format(title(first.spec), in_words(first.reason))
        more = len(outcome.failures) - 1
        return self.tr("{0} (and {1} more)").format(text, more) if more else text

    # --- what is shown

    def choose(self, picture: str) -> None:
        """Show the charts, the overview or the race."""
        self.bar.pictures[picture].setChecked(True)
        if self.results.sweep is not None:
            widgets = {CHARTS: self.grid, OVERVIEW: self._overview, RACE: self.race}
            self._stack.setCurrentWidget(widgets[picture])

    def _show_empty(self) -> None:
        self._stack.setCurrentWidget(self.empty)
        for action in self.bar.pictures.values():
            action.setEnabled(False)
        other = self._shelf.newest
        self.empty.show_way_back(None if other is None else other.name or self.tr("the other experiment"))
        self._form.say("")
        self._form.say_problem("")
        self._fold_for_room()
        self._offer_save()
        self._show_plan()

    def _show_plan(self) -> None:
        """What would be run, where the eye is: on the empty page, or else in the form."""
        empty = self._stack.currentWidget() is self.empty
        self.empty.show_plan(self._form.summary.text(), self._form.ready and not self.runner.running)
        show_property(self._form.run, "role", "" if empty else "primary")

    def _offer_save(self) -> None:
        self.bar.save.setEnabled(bool(self.results.records) and not self.runner.running)

    def finding(self) -> str:
        """The verdict on the chosen run; where none is chosen, what the sweep has come to."""
        return self.bar.finding.text()

    def _tell_finding(self) -> None:
        record = None if self.results.selection is None else self.results.record(self.results.selection)
        text = in_words(record.verdict_text) if record else outcome(self.results.records)
        self.bar.tell(self._whose(text), self._theme.tone(record.tone) if record else self._theme.text)

    def _whose(self, text: str) -> str:
        """A finding with the name of its experiment, where another one is at hand."""
        sweep = self.results.sweep
        if sweep is None or sweep.experiment == self._experiment:
            return text
        text = text or self.tr("no run is done yet")
        name = sweep.experiment.name or self.tr("another experiment")
        if alike(sweep.experiment, self._experiment):
            return self.tr("{0} before it was changed: {1}").format(name, text)
        return self.tr("{0}: {1}").format(name, text)

    def _open(self, index: int, step: int) -> None:
        spec = self.results.runs[index]
        self._opened = spec.experiment
        self.open_requested.emit(spec.experiment, step, title(spec))

    # --- the keys of the window

    def play_race(self) -> None:
        """Play or pause the race, which comes up for it."""
        if self._bring_race_up():
            self.race.toggle()

    def step_race(self, epochs: int) -> None:
        """The race on by some epochs, or back."""
        if self._bring_race_up():
            self.race.move(epochs)

    def send_race(self, *, to_end: bool) -> None:
        """The race to its start, or to its end."""
        if self._bring_race_up():
            self.race.seek(self.race.last if to_end else 0)

    def _bring_race_up(self) -> bool:
        if not self.results.records:
            self.problem.emit(self.tr("No run is done yet that could race. Run trains them."))
            return False
        self.choose(RACE)
        return True

    def choose_run(self, by: int) -> None:
        """Choose the next run of the table in all views, or the one before."""
        self.table.choose_next(by)

    # --- saving

    def _ask_and_save(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("A folder for the results"))
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write tables and charts of what is done into a folder."""
        if self.results.sweep is not None and not self.runner.running:
            self._form.show_running(True)
            self.runner.save(self.results.sweep, self.results.records, path, executors.default_jobs())
            self._offer_save()

    def stop(self) -> None:
        """End what is under way; for the end of the window."""
        self.race.pause()
        self.runner.stop()
