"""What to sweep, over which values, and where; with the buttons that start it and end it."""

from __future__ import annotations

from collections.abc import Callable

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
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.destination import Place
from lrsim.gui.sweep.key_row import KeyRow
from lrsim.gui.sweep.key_rows import KeyRows, Over
from lrsim.gui.sweep.runner import Plan
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.gui.widgets.section import Section
from lrsim.gui.words.sweep import duration
from lrsim.sweep.job import Progress
from lrsim.sweep.plan import MOST_RUNS

CHECK_AFTER_MS = 250
WHOLE = 1000
"""Steps of the progress bar."""


class SweepForm(QWidget):
    """Keys with values, seeds, epochs, executor and folder; below them Run, Cancel and how far it got.

    Signals
    -------
    run_requested(Plan)
    cancel_requested()
    checked()
        What is wrong and what would be run may have changed.
    """

    run_requested = Signal(object)
    cancel_requested = Signal()
    checked = Signal()

    def __init__(self, experiment: Experiment, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = experiment
        self._themes = themes
        self._running = False
        self.ready = False
        self.keys = KeyRows(experiment, themes, self)
        self.name = QLabel(self)
        self.name.setProperty("role", "title")
        self.add = QPushButton(self.tr("Add another"))
        self.add.setToolTip(self.tr("Sweeps something else as well: each combination of all values gets a run"))
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
        self.add.clicked.connect(self.keys.add)
        self.keys.edited.connect(self._edit)
        self.run.clicked.connect(self.start)
        self.cancel.clicked.connect(self.cancel_requested)
        self.place.edited.connect(self._edit)
        for label in (self._numbers_problem, self._place_problem, self.problem, self.status):
            label.hide()
        self.bar.hide()
        self.cancel.setEnabled(False)
        self._offer_numbers()
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
        column.addWidget(self.keys)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(numbers)
        column.addWidget(self._numbers_problem)
        column.addWidget(self.where)
        column.addStretch(1)
        area = Tall(content, self)
        below = QFrame(self)
        below.setObjectName("sweepFoot")
        foot = QVBoxLayout(below)
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
        outer.addWidget(below)

    # --- what is swept

    @property
    def rows(self) -> list[KeyRow]:
        """The keys that are swept, a row each."""
        return self.keys.rows

    def show_experiment(self, experiment: Experiment) -> None:
        """Sweep another experiment; what was typed stays where it still means something."""
        self._experiment = experiment
        self.name.setText(self.tr("Sweep {0}").format(experiment.name) if experiment.name else self.tr("Sweep"))
        self.epochs.setPlaceholderText(str(experiment.training.epochs))
        if self.keys.show_experiment(experiment):
            self._offer_numbers()
        self.check()

    def _offer_numbers(self) -> None:
        self.seeds.setText(str(self._experiment.sweep.seeds))
        self.epochs.clear()

    def set_over(self, over: Over) -> None:
        """As if a hand had typed these keys and values."""
        self.keys.set_over(over)
        self.check()

    def _edit(self) -> None:
        self._checking.start()

    # --- checking

    def check(self) -> bool:
        """Say at each field what is wrong with it; true where all is well."""
        self._checking.stop()
        keys, awaited = self.keys.check()
        numbers = self._problem_of(lambda: (self._count(self.seeds), self._epochs()))
        self._say(self._numbers_problem, numbers)
        place = self._problem_of(self.place.check)
        self._say(self._place_problem, place)
        good = keys and not (numbers or place)
        if good:
            self.summary.setText(self._summary())
        elif awaited and not (numbers or place):
            self.summary.setText(self.tr("Choose what to sweep, and its values."))
        else:
            self.summary.setText(self.tr("Mend what is marked to run."))
        self.ready = good and 0 < self._runs() <= MOST_RUNS
        self.run.setEnabled(self.ready and not self._running)
        self.checked.emit()
        return self.ready

    def _problem_of(self, read: Callable[[], object]) -> str:
        try:
            read()
        except ExperimentError as error:
            return self.place.words_for(error)
        return ""

    def _runs(self) -> int:
        total = self._count(self.seeds) * self.keys.combinations()
        return total if self.rows or total > 1 else 0

    def _epochs(self) -> int | None:
        return self._count(self.epochs) if self.epochs.text().strip() else None

    @staticmethod
    def _count(field: QLineEdit) -> int:
        text = field.text().strip()
        if not text.isdigit() or not 1 <= int(text) <= 10**9:
            raise ExperimentError(field.accessibleName(), "expected a whole number >= 1", text)
        return int(text)

    def _summary(self) -> str:
        total = self._runs()
        if not total:
            return self.tr("Add something to sweep, or seeds, to have something to compare.")
        if total > MOST_RUNS:
            return self.tr("{0} runs, at most {1} can be swept.").format(count(total), count(MOST_RUNS))
        epochs = self._epochs() or self._experiment.training.epochs
        return self.tr("{0} runs of at most {1} epochs").format(count(total), count(epochs))

    @staticmethod
    def _say(label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    # --- running

    def start(self) -> None:
        """Ask for what is typed to be run, if it can be."""
        if not self.check() or self._running:
            return
        seeds = self._count(self.seeds)
        self.run_requested.emit(
            Plan(
                experiment=self._experiment,
                over=tuple((key, tuple(values)) for key, values in self.keys.over()),
                seeds=seeds if seeds > 1 or not self.rows else None,
                max_epochs=self._epochs(),
                jobs=2 if self.place.clustered else self.place.jobs(),
                open_executor=self.place.opener(),
                folder=self.place.folder.path(),
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
