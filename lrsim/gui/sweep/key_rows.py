"""The keys of a sweep, a row each: proposed by the experiment, changed by hand, remembered by experiment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.key_box import sweepable_keys
from lrsim.gui.sweep.key_row import KeyRow, values_text
from lrsim.gui.words.keys import label_of, refusal
from lrsim.sweep.plan import describe
from lrsim.sweep.proposal import proposed_over
from lrsim.sweep.values import Value

Over = Sequence[tuple[str, Sequence[Value]]]


class KeyRows(QWidget):
    """What is swept.

    Signals
    -------
    edited()
    """

    edited = Signal()

    def __init__(self, experiment: Experiment, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = experiment
        self._themes = themes
        self._touched = False
        self._typed: dict[str, list[tuple[str, str]]] = {}
        self._judged: dict[tuple[object, ...], str] = {}
        self.rows: list[KeyRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._propose()

    # --- what is swept

    def show_experiment(self, experiment: Experiment) -> bool:
        """Sweep another experiment; whether it has brought its own proposal.

        What was typed for an experiment comes back with it. One that proposes nothing keeps what was typed for the one
        before, where that still means something.
        """
        before, self._experiment = self._experiment, experiment
        if experiment == before:
            return False
        self._judged.clear()
        if self._touched:
            self._typed[before.name] = [(row.key, row.text()) for row in self.rows]
        keys = sweepable_keys(experiment)
        for row in self.rows:
            row.offer(keys)
        if experiment.name == before.name and experiment.sweep == before.sweep and self._usable():
            if not self._touched and proposed_over(experiment) != proposed_over(before):
                self._propose()
            return False
        if experiment.name != before.name and experiment.name in self._typed:
            self._show(self._typed[experiment.name])
            self._touched = True
            if self._usable():
                return False
        elif self._touched and not experiment.sweep.over and self._usable():
            return False
        self._propose()
        return True

    def _usable(self) -> bool:
        return not any(self._known_problem_of(row) for row in self.rows)

    def _propose(self) -> None:
        self._show([(key, values_text(values)) for key, values in proposed_over(self._experiment).items()])
        self._touched = False

    def set_over(self, over: Over) -> None:
        """As if a hand had typed these keys and values."""
        self._show([(key, values_text(list(values))) for key, values in over])
        self._touched = True

    def add(self) -> None:
        """One more row, empty, under the hand."""
        self._add_row("", "")
        self.rows[-1].key_box.setFocus()
        self._edit()

    def _show(self, typed: Sequence[tuple[str, str]]) -> None:
        for row in list(self.rows):
            self._drop(row)
        for key, values in typed:
            self._add_row(key, values)

    def _add_row(self, key: str, values: str) -> None:
        row = KeyRow(self._themes, sweepable_keys(self._experiment), key, values, self)
        row.edited.connect(self._edit)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._column.addWidget(row)

    def _remove(self, row: KeyRow) -> None:
        self._drop(row)
        self._edit()

    def _drop(self, row: KeyRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _edit(self) -> None:
        self._touched = True
        self.edited.emit()

    # --- checking

    def over(self) -> list[tuple[str, list[Value]]]:
        """Keys and values; ExperimentError says what can't be read."""
        return [(row.key, row.values()) for row in self.rows]

    def combinations(self) -> int:
        """How many there are of all values; ExperimentError says what can't be read."""
        total = 1
        for row in self.rows:
            total *= len(row.values())
        return total

    def check(self) -> tuple[bool, bool]:
        """Say at each row what is wrong with it; whether all can be run, and whether all that can't is still awaited.

        A row that the hand has not come to yet is not complained about.
        """
        problems = [self._known_problem_of(row) for row in self.rows]
        for row, problem in zip(self.rows, problems):
            row.show_problem("" if row.awaited else problem)
        wrong = [row for row, problem in zip(self.rows, problems) if problem]
        return not wrong, all(row.awaited for row in wrong)

    def _known_problem_of(self, row: KeyRow) -> str:
        """As `_problem_of`, told again without looking where nothing was typed since: many values take long."""
        typed = (row.key, row.text(), *((other.key, other.text()) for other in self.rows if other is not row))
        if typed not in self._judged:
            self._judged[typed] = self._problem_of(row)
        return self._judged[typed]

    def _problem_of(self, row: KeyRow) -> str:
        if not row.key:
            return self.tr("Choose what to sweep, such as {0}").format(label_of("training.batch_size"))
        if [other.key for other in self.rows].count(row.key) > 1:
            return self.tr("{0}: expected once, with all its values").format(label_of(row.key))
        if not row.text() and label_of(row.key) == row.key:
            return self.tr("{0}: there is nothing of this name to sweep").format(row.key)
        try:
            values = row.values()
            others = [(other.key, _first(other)) for other in self.rows if other is not row and other.key]
            describe(self._experiment, [(row.key, values), *[pair for pair in others if pair[1]]])
        except ExperimentError as error:
            if error.where in [other.key for other in self.rows if other is not row]:
                return ""
            return refusal(error)
        return ""


def _first(row: KeyRow) -> list[Value]:
    """The first value of a row, to hold others against; none where it can't be read."""
    try:
        return row.values()[:1]
    except ExperimentError:
        return []
