"""What to sweep, over which values, and where; with the buttons that start it and end it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.destination import Place
from lrsim.gui.sweep.key_row import KeyRow, log_range
from lrsim.gui.sweep.runner import Plan
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.gui.widgets.section import Section
from lrsim.gui.words.sweep import duration
from lrsim.sweep.axes import RATE
from lrsim.sweep.job import Progress
from lrsim.sweep.plan import MOST_RUNS, describe
from lrsim.sweep.values import Value

USUAL_RATES = tuple(log_range(1e-7, 10, "1"))
CHECK_AFTER_MS = 250
WHOLE = 1000
"""Steps of the progress bar."""


class SweepForm(QWidget):
    """Keys with values, seeds, epochs, executor and folder; below them Run, Cancel and how far it got.

    Signals
    -------
    run_requested(Plan)
    cancel_requested()
    """

    run_requested = Signal(object)
    cancel_requested = Signal()

    def __init__(self, experiment: Experiment, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = experiment
        self._themes = themes
        self._touched = False
        self._running = False
        self.rows: list[KeyRow] = []
        self.name = QLabel(self)
        self.name.setProperty("role", "title")
        self.add = QPushButton(self.tr("Add a key"))
        self.add.setToolTip(self.tr("Each combination of all keys' values gets a run"))
        self.seeds = self._number_field(self.tr("Seeds"), self.tr("Runs of each combination, each with another seed"))
        self.epochs = self._number_field(self.tr("Epochs"), self.tr("Epochs of each run; empty is the experiment's"))
        self.place = Place(self)
        self._numbers_problem = wrapped_label(role="bad")
        self._place_problem = wrapped_label(role="bad")
        self.summary = wrapped_label(role="muted")
        self.run = QPushButton(self.tr("Run"))
        self.run.setProperty("role", "primary")
        self.run.setToolTip(self.tr("Trains all runs; the run in the other layouts goes on untouched"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Ends the sweep; what is done is kept"))
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.status = wrapped_label()
        self.problem = wrapped_label(role="bad")
        self._checking = QTimer(self)
        self._checking.setSingleShot(True)
        self._checking.setInterval(CHECK_AFTER_MS)
        self._checking.timeout.connect(self.check)
        self._lay_out()
        self.add.clicked.connect(self._add_key)
        self.run.clicked.connect(self._run)
        self.cancel.clicked.connect(self.cancel_requested)
        self.place.edited.connect(self._edit)
        for label in (self._numbers_problem, self._place_problem, self.problem, self.status):
            label.hide()
        self.bar.hide()
        self.cancel.setEnabled(False)
        themes.follow(self._set_theme)
        self.show_experiment(experiment)

    def _number_field(self, name: str, tip: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.setMinimumWidth(40)
        field.textEdited.connect(lambda _: self._edit())
        return field

    def _lay_out(self) -> None:
        self._keys = QVBoxLayout()
        self._keys.setSpacing(12)
        numbers = QFormLayout()
        numbers.setHorizontalSpacing(8)
        numbers.setVerticalSpacing(6)
        for name, field in ((self.tr("Seeds"), self.seeds), (self.tr("Epochs"), self.epochs)):
            label = QLabel(name)
            label.setProperty("role", "muted")
            numbers.addRow(label, field)
        self.where = Section(self.tr("Where"), self._themes, self)
        self.where.column.addWidget(self.place)
        self.where.column.addWidget(self._place_problem)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, PADDING_PX, PADDING_PX, PADDING_PX)
        column.setSpacing(10)
        column.addWidget(self.name)
        column.addLayout(self._keys)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(numbers)
        column.addWidget(self._numbers_problem)
        column.addWidget(self.where)
        column.addStretch(1)
        area = Tall(content, self)
        self._foot = QFrame(self)
        self._foot.setObjectName("sweepFoot")
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(PADDING_PX, 8, PADDING_PX, PADDING_PX)
        foot.setSpacing(6)
        foot.addWidget(self.summary)
        foot.addWidget(self.problem)
        foot.addWidget(self.status)
        foot.addWidget(self.bar)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        foot.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(self._foot)

    def _set_theme(self, theme: Theme) -> None:
        self.setMinimumWidth(theme.base_px * 18)
        self._foot.setStyleSheet(f"#sweepFoot {{ border: none; border-top: 1px solid {theme.line}; }}")

    # --- what is swept

    def show_experiment(self, experiment: Experiment) -> None:
        """Sweep another experiment; what a hand has typed stays where it still means something."""
        self._experiment = experiment
        self.name.setText(self.tr("Sweep {0}").format(experiment.name) if experiment.name else self.tr("Sweep"))
        self.epochs.setPlaceholderText(str(experiment.training.epochs))
        if not (self._touched and self._usable()):
            self._touched = False
            self._offer_defaults()
        self.check()

    def _usable(self) -> bool:
        try:
            describe(self._experiment, self._over())
        except ExperimentError:
            return False
        return True

    def _offer_defaults(self) -> None:
        spec = self._experiment.sweep
        for row in list(self.rows):
            self._drop(row)
        for key, values in (spec.over or {RATE: USUAL_RATES}).items():
            self._add_row(key, list(values))
        self.seeds.setText(str(spec.seeds))
        self.epochs.clear()

    def set_over(self, over: Sequence[tuple[str, Sequence[Value]]]) -> None:
        """As if a hand had typed these keys and values."""
        for row in list(self.rows):
            self._drop(row)
        for key, values in over:
            self._add_row(key, values)
        self._touched = True
        self.check()

    def _add_key(self) -> None:
        self._add_row("", [])
        self.rows[-1].key_box.setFocus()
        self._edit()

    def _add_row(self, key: str, values: Sequence[Value]) -> None:
        row = KeyRow(self._themes, key, values, self)
        row.edited.connect(self._edit)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._keys.addWidget(row)

    def _remove(self, row: KeyRow) -> None:
        self._drop(row)
        self._edit()

    def _drop(self, row: KeyRow) -> None:
        self.rows.remove(row)
        self._keys.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _edit(self) -> None:
        self._touched = True
        self._checking.start()

    # --- checking

    def _over(self) -> list[tuple[str, list[Value]]]:
        return [(row.key, row.values()) for row in self.rows]

    def check(self) -> bool:
        """Say at each field what is wrong with it; true where all is well."""
        self._checking.stop()
        problems = [self._row_problem(row) for row in self.rows]
        for row, problem in zip(self.rows, problems):
            row.show_problem(problem)
        numbers = self._problem_of(lambda: (self._count("seeds", self.seeds), self._epochs()))
        self._say(self._numbers_problem, numbers)
        place = self._problem_of(self.place.opener)
        self._say(self._place_problem, place)
        good = not (any(problems) or numbers or place)
        self.summary.setText(self._summary() if good else self.tr("Mend what is marked to run."))
        good = good and 0 < self._runs() <= MOST_RUNS
        self.run.setEnabled(good and not self._running)
        return good

    def _problem_of(self, read: Callable[[], object]) -> str:
        try:
            read()
        except ExperimentError as error:
            return self.place.words_for(error)
        return ""

    def _row_problem(self, row: KeyRow) -> str:
        if not row.key:
            return self.tr("expected a key, such as optimizer.lr")
        if [other.key for other in self.rows].count(row.key) > 1:
            return self.tr("{0}: expected each key once, with all its values").format(row.key)
        try:
            values = row.values()
            others = [(other.key, _first(other)) for other in self.rows if other is not row and other.key]
            describe(self._experiment, [(row.key, values), *[pair for pair in others if pair[1]]])
        except ExperimentError as error:
            if error.where in [other.key for other in self.rows if other is not row]:
                return ""
            return str(error)
        return ""

    def _runs(self) -> int:
        total = self._count("seeds", self.seeds)
        for row in self.rows:
            total *= len(row.values())
        return total if self.rows or total > 1 else 0

    def _epochs(self) -> int | None:
        return self._count("epochs", self.epochs) if self.epochs.text().strip() else None

    @staticmethod
    def _count(name: str, field: QLineEdit) -> int:
        text = field.text().strip()
        if not text.isdigit() or not 1 <= int(text) <= 10**9:
            raise ExperimentError(name, "expected a whole number >= 1", text)
        return int(text)

    def _summary(self) -> str:
        total = self._runs()
        if not total:
            return self.tr("Add a key or seeds to have something to compare.")
        if total > MOST_RUNS:
            return self.tr("{0} runs, at most {1} can be swept.").format(count(total), count(MOST_RUNS))
        epochs = self._epochs() or self._experiment.training.epochs
        return self.tr("{0} runs of at most {1} epochs").format(count(total), count(epochs))

    @staticmethod
    def _say(label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    # --- running

    def _run(self) -> None:
        if not self.check() or self._running:
            return
        seeds = self._count("seeds", self.seeds)
        self.run_requested.emit(
            Plan(
                experiment=self._experiment,
                over=tuple((key, tuple(values)) for key, values in self._over()),
                seeds=seeds if seeds > 1 or not self.rows else None,
                max_epochs=self._epochs(),
                jobs=2 if self.place.clustered else self.place.jobs(),
                open_executor=self.place.opener(),
                folder=self.place.folder.text(),
            )
        )

    def show_running(self, running: bool) -> None:
        """Whether a sweep is under way."""
        self._running = running
        self.cancel.setEnabled(running)
        self.bar.setVisible(running)
        if running:
            self.say_problem("")
            self.say(self.tr("Loading the data"))
            self.bar.setRange(0, 0)
        self.check()

    def show_progress(self, progress: Progress) -> None:
        """Show how far the sweep is."""
        self.bar.setRange(0, WHOLE)
        self.bar.setValue(round(progress.share * WHOLE))
        text = self.tr("{0} of {1} runs").format(count(progress.done), count(progress.total))
        if progress.remaining_seconds is not None and progress.done < progress.total:
            text = self.tr("{0}, {1} left").format(text, duration(progress.remaining_seconds))
        self.say(text)

    def show_drawing(self, done: int, total: int) -> None:
        """Show how many pictures are drawn."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.say(self.tr("Drawing charts, {0} of {1}").format(count(done), count(total)))

    def say(self, text: str) -> None:
        """How far it got, or how it ended."""
        self._say(self.status, text)

    def say_problem(self, problem: ExperimentError | str) -> None:
        """Why a sweep came to nothing; an empty text says that nothing is wrong."""
        text = self.place.words_for(problem) if isinstance(problem, ExperimentError) else problem
        self._say(self.problem, text)


def _first(row: KeyRow) -> list[Value]:
    """The first value of a row, to hold others against; none where it can't be read."""
    try:
        return row.values()[:1]
    except ExperimentError:
        return []
