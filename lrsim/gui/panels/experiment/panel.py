"""The experiment as an editor: what is fixed in a run is changed here, all at once, for a run that starts again."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError
from lrsim.experiment import fields
from lrsim.experiment.draft import Draft
from lrsim.experiment.field_texts import GROUPS
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.experiment.data_tools import DataTools
from lrsim.gui.panels.experiment.field_row import FieldRow
from lrsim.gui.panels.experiment.layers_editor import LayersEditor
from lrsim.gui.panels.experiment.pending_bar import PendingBar
from lrsim.gui.panels.experiment.samples import SamplesTable
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.gui.widgets.section import Section
from lrsim.gui.words import fields as field_entry
from lrsim.gui.words.experiment import describe
from lrsim.gui.words.fields import group_title, text_of
from lrsim.gui.words.keys import in_words
from lrsim.session.snapshot import Snapshot

FOLDED = ("schedule", "stop")
"""Groups that are opened when they are needed."""
MOST_COLUMNS = 13
"""Samples with more numbers are not listed."""
FEW_SAMPLES = 12
"""More are folded away at first."""
LR = "optimizer.lr"


class ExperimentPanel(QWidget):
    """Fields in groups, their explanation, and what waits to be applied.

    The learning rate changes at once. Everything else is collected and applied together, which starts a new run; undo
    brings the old one back. What can't be applied is said at its field and stays as it was typed.

    Signals
    -------
    drafted(Experiment or None)
        What the changes that wait would make of the experiment; None where there are none, or none that fit.
    applied(Experiment)
        What they make of it is about to be begun.
    told(str)
        What has started training anew, where that was not asked for by a button that says so.
    """

    drafted = Signal(object)
    applied = Signal(object)
    told = Signal(str)

    def __init__(self, bridge: Bridge, commands: Commands, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = bridge.reader
        self._commands = commands
        self._themes = themes
        self._draft = Draft(self._reader.problem_of(bridge.reader.snapshot()).experiment)
        self._refused: ExperimentError | None = None
        self._applying = False
        self._trained = 0
        self.rows: dict[str, FieldRow] = {}
        self.tools = DataTools(themes, self)
        self.tools.settled.connect(self._begin_with)
        self.sections = {
            group: Section(group_title(group), themes, self, open_=group not in FOLDED) for group in GROUPS
        }
        self._listing = Section(self.tr("Samples"), themes, self)
        self._samples = SamplesTable()
        self._notes = wrapped_label(role="muted")
        self._about = Section(self.tr("What to look for"), themes, self)
        self._description = wrapped_label()
        self._source = wrapped_label(role="muted")
        self.footer = PendingBar(themes, self)
        self.footer.applied.connect(self.apply)
        self.footer.discarded.connect(self.discard)
        self._lay_out()
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self._follow)
        commands.rate_changed.connect(self._show_rate)
        commands.load_refused.connect(self._show_refusal)
        commands.load_cancelled.connect(self._stop_waiting)
        self._application().focusChanged.connect(self._explain_focused)
        themes.follow(self._set_theme)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        for section in self.sections.values():
            column.addWidget(section)
        self.sections["data"].column.addWidget(self._notes)
        self._listing.column.addWidget(self._samples)
        column.insertWidget(1, self._listing)
        self._about.column.addWidget(self._description)
        self._about.column.addWidget(self._source)
        column.insertWidget(0, self._about)
        column.addStretch(1)
        self.area = Tall(content, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.footer)

    @staticmethod
    def _application() -> QApplication:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("the panel needs a QApplication")
        return app

    # --- what is shown

    def _set_theme(self, theme: Theme) -> None:
        self._samples.fit()

    def _follow(self, snapshot: Snapshot) -> None:
        self._trained = snapshot.tip

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another run: its experiment, with nothing changed."""
        problem = self._reader.problem_of(snapshot)
        experiment, data = problem.experiment, problem.data
        self._draft = Draft(experiment)
        self._refused, self._applying = None, False
        for group, sentence in describe(experiment, data).items():
            self.sections[group].set_summary(sentence)
        listed = len(data.input_names) + data.Y_train.shape[1] <= MOST_COLUMNS
        self._listing.setVisible(listed)
        if listed:
            self._samples.show_data(data)
            self._listing.set_summary(self.sections["data"].summary())
            self._listing.set_open(len(data.X_train) <= FEW_SAMPLES)
        self._notes.setText("\n".join(problem.notes))
        self._notes.setVisible(bool(problem.notes))
        self._description.setText(in_words(experiment.description))
        self._about.set_summary(self.tr("From: {0}").format(experiment.source) if experiment.source else "")
        self._about.setVisible(bool(experiment.description))
        self._source.setText(self.tr("From: {0}").format(experiment.source))
        self._source.setVisible(bool(experiment.source))
        self._inputs = data.X_train.shape[1]
        self._show_fields()
        self._show_rate(self._commands.rate)

    def _show_rate(self, rate: float) -> None:
        if LR in self.rows:
            self.rows[LR].show_value(rate, None, (), False)

    def _show_fields(self) -> None:
        """Show the fields that mean something with the values that they have now."""
        draft = self._draft
        changes = draft.changes
        problem = self._problem(changes)
        shown = {
            key: field
            for key, field in fields.all_fields().items()
            if fields.applies(key, draft.value) or key in changes
        }
        for key, row in list(self.rows.items()):
            row.setVisible(key in shown)  # one that is hidden with a text in it commits that, which shows all anew
            if self._draft is not draft or draft.changes != changes:
                return
        for key, field in shown.items():
            row = self._row(key, field)
            value = draft.value(key)
            if key != LR:
                row.show_value(value, fields.default(field, draft.value), fields.choices(field, draft.value),
                               key in changes)  # fmt: skip
            if isinstance(row.control, LayersEditor):
                row.control.show_inputs(self._inputs_in_words("data.source" in changes))
            row.show_problem(self._problem_of(key, problem))
        self.tools.show_draft(draft)
        unplaced = "" if problem is None or self._key_of(problem) in shown else str(problem)
        self.footer.show_state(len(changes), unplaced, blocked=problem is not None, applying=self._applying)
        self.drafted.emit(draft.experiment() if changes and problem is None else None)

    def _inputs_in_words(self, unknown: bool) -> str:
        if unknown:
            return self.tr("given: the inputs of the new data")
        return self.tr("given: one input") if self._inputs == 1 else self.tr("given: {0} inputs").format(
            count(self._inputs)
        )  # fmt: skip

    def _row(self, key: str, field: fields.Field) -> FieldRow:
        """The row of a field, made when it is first shown and put in the order of the format."""
        if key not in self.rows:
            row = self.rows[key] = FieldRow(field, self._themes, self)
            row.edited.connect(self._edit)
            self.tools.furnish(row)
            order = list(fields.all_fields())
            before = [k for k in self.rows if k != key and self.rows[k].field.group == field.group
                      and order.index(k) < order.index(key)]  # fmt: skip
            self.sections[field.group].column.insertWidget(len(before), row)
            row.show()
        return self.rows[key]

    # --- problems

    def _problem(self, changes: dict[str, Any]) -> ExperimentError | None:
        """What keeps the changes from being applied."""
        if self._refused is not None:
            return self._refused
        if not changes:
            return None
        try:
            self._draft.experiment()
        except ExperimentError as problem:
            return problem
        return None

    @staticmethod
    def _key_of(problem: ExperimentError) -> str:
        """The field at which a problem is told: layers have one for all of them, tables none of their own."""
        where = problem.where.partition("[")[0]
        if where not in fields.all_fields() and where.startswith("model."):
            return "model.layers"
        return where

    def _problem_of(self, key: str, problem: ExperimentError | None) -> str:
        if problem is None or self._key_of(problem) != key:
            return ""
        text = str(problem).removeprefix(f"{problem.where}: ")
        if "[" in problem.where and key == "model.layers":
            number = int(problem.where.partition("[")[2].partition("]")[0]) + 1
            return self.tr("Layer {0}: {1}").format(number, text)
        return text

    def _show_refusal(self, problem: ExperimentError) -> None:
        """The changes were refused once the data was at hand; they stay as they are."""
        if self._applying:
            self._applying, self._refused = False, problem
            self._show_fields()
            place = self.rows.get(self._key_of(problem))
            if place is not None:
                self.sections[place.field.group].set_open(True)
                self.area.ensureWidgetVisible(place)

    def _stop_waiting(self) -> None:
        """The changes were not wanted after all; they wait as before."""
        if self._applying:
            self._applying = False
            self._show_fields()

    # --- the hand

    def _edit(self, key: str, value: object) -> None:
        if key == LR:
            self._commands.set_rate(float(value))  # type: ignore[arg-type]
            return
        self._refused = None
        if fields.all_fields()[key].kind in ("table", "given"):
            self._draft.want(key, bool(value))
        else:
            self._draft.set(key, value)
        self._show_fields()

    def _begin_with(self, key: str, value: object) -> None:
        """A change that starts training at once, unless others wait, with which it then goes together."""
        waiting = self._draft.changes and not self._applying
        self._edit(key, value)
        if waiting or not self._draft.changes:
            return
        lost = self._trained
        self.apply()
        if self._applying and lost:
            text = self.tr("{0} {1}: training starts again. Undo brings the run of {2} steps back.")
            shown = field_entry.show(fields.all_fields()[key], value) or self.tr("as they are")
            self.told.emit(text.format(text_of(key).label, shown, count(lost)))

    def regenerate(self) -> None:
        """Draw the points of toy data anew; data that is not drawn says so."""
        if self.tools.can_regenerate:
            self.tools.regenerate()
        else:
            self.told.emit(self.tr("This data is given and not drawn by a seed: there is nothing to regenerate."))

    def pending(self) -> dict[str, Any]:
        """The changes that wait to be applied."""
        return self._draft.changes

    def wanted(self) -> Experiment | None:
        """What the changes that wait would make of the experiment; None where there are none, or none that fit."""
        if not self._draft.changes or self._problem(self._draft.changes) is not None:
            return None
        return self._draft.experiment(self._commands.rate)

    def apply(self) -> None:
        """Start a new run with all changes."""
        changes = len(self._draft.changes)
        experiment = self.wanted()
        if experiment is None:
            return
        words = self.tr("the change of {0}").format(*self._draft.changes) if changes == 1 else self.tr(
            "{0} changes"
        ).format(changes)  # fmt: skip
        self._applying = True
        self._show_fields()
        self.applied.emit(experiment)
        self._commands.load(experiment, words)

    def open_group(self, group: str) -> None:
        """Unfold a group of fields and bring it into sight."""
        section = self.sections[group]
        section.set_open(True)
        # Where it lies is known once it is laid out.
        QTimer.singleShot(0, self.area, lambda: self.area.ensureWidgetVisible(section))

    def discard(self) -> None:
        """Forget the changes, or, where these are being loaded, go on with the run as it was."""
        if self._applying:
            self._commands.cancel_load()
            return
        self._draft.discard()
        self._refused = None
        self._show_fields()

    def _explain_focused(self, _before: QWidget | None, now: QWidget | None) -> None:
        for row in self.rows.values():
            if now is not None and row.isAncestorOf(now):
                self.footer.explain(row.explanation)
                return
        self.footer.explain("")
