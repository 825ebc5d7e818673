"""The form of a fork: what to change from here on, as keys and values; nothing is lost by it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count, full
from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import FORK_KEYS, RATE_KEY, SCHEDULE, parse_assignment, value_at
from lrsim.experiment.optimizer_keys import HYPERPARAMETERS, used
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.asking_sheet import AskingSheet
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.schedules import keys as schedule_keys
from lrsim.session.snapshot import Snapshot

ROWS = 3
WIDTH_EM = 34


class ForkForm(AskingSheet):
    """A few rows of a key, or a parameter by its trace name, and its new value; Return forks here."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("fork", bridge, themes, host)
        self._reader = bridge.reader
        self.setAccessibleName(self.tr("Fork here"))
        self._where = wrapped_label("", "muted")
        self.keys: list[QComboBox] = []
        self.values: list[QLineEdit] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        for row in range(ROWS):
            self._add_row(grid, row)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        self.go = QPushButton(self.tr("Fork"), self)
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self.fork)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX)
        column.setSpacing(12)
        column.addLayout(self.heading(self.tr("Fork here"), themes))
        column.addWidget(self._where)
        column.addLayout(grid)
        column.addWidget(self._why)
        column.addLayout(buttons)

    def _add_row(self, grid: QGridLayout, row: int) -> None:
        key, value = QComboBox(self), QLineEdit(self)
        key.setEditable(True)
        key.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        key.setAccessibleName(self.tr("Key {0}").format(row + 1))
        key.setToolTip(self.tr("What changes: a key of the experiment, or a parameter as in W1[0,3]"))
        value.setAccessibleName(self.tr("Value {0}").format(row + 1))
        value.setToolTip(self.tr("Its value from the next step on"))
        key.currentTextChanged.connect(lambda text: self._show_present(value, text))
        value.returnPressed.connect(self.fork)
        self.keys.append(key)
        self.values.append(value)
        grid.addWidget(key, row, 0)
        grid.addWidget(value, row, 1)

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self.setMinimumWidth(min(WIDTH_EM * theme.base_px, self._host.width()))

    # --- what is there to change

    def open(self) -> None:
        snapshot = self._snapshot
        experiment = self._experiment(snapshot)
        text = self.tr(
            "From step {0} on a new branch goes its own way. The old future stays, and undo leads back to it."
        )
        self._where.setText(text.format(count(snapshot.step)))
        self.begin()
        offered = offered_keys(experiment)
        for row, key in enumerate(self.keys):
            key.clear()
            key.addItems(["", *offered])
            key.setCurrentText(RATE_KEY if row == 0 else "")
            self._show_present(self.values[row], key.currentText())
        super().open()
        self.values[0].setFocus(Qt.FocusReason.PopupFocusReason)
        self.values[0].selectAll()

    def _experiment(self, snapshot: Snapshot) -> Experiment:
        return self._reader.experiment_at(snapshot)

    def _show_present(self, value: QLineEdit, key: str) -> None:
        """What it is now."""
        snapshot = self._snapshot
        problem, key = self._reader.problem_of(snapshot), key.strip()
        if key in FORK_KEYS:
            now = value_at(self._experiment(snapshot), key)
            value.setText("" if now is None else toml_value(now).strip('"'))
        elif problem.records_parameters and key in problem.parameter_names:
            value.setText(full(float(snapshot.theta[problem.parameter_names.index(key)])))
        else:
            value.setText("")
        value.setPlaceholderText(self.tr("default") if key in FORK_KEYS else "")

    # --- the hand

    def fork(self) -> None:
        """Begin the branch; what does not fit is said here, and all that was typed stays."""
        try:
            values = self._typed()
        except ExperimentError as error:
            self.complain(str(error))
            return
        if not values:
            self.complain(self.tr("nothing is changed yet: choose a key and give it another value"))
            return
        self.ask(self._session.fork(self._snapshot.step, values))

    def _typed(self) -> dict[str, Any]:
        """Keys with the values that were typed; those that stay as they are make no change."""
        experiment = self._experiment(self._snapshot)
        found: dict[str, Any] = {}
        for key, value in zip(self.keys, self.values):
            name, text = key.currentText().strip(), value.text().strip()
            if not name or not text:
                continue
            _, typed = parse_assignment(f"{name}={text}")
            if name not in FORK_KEYS or typed != value_at(experiment, name) or name == RATE_KEY:
                found[name] = tuple(typed) if isinstance(typed, list) else typed
        return found


def offered_keys(experiment: Experiment) -> list[str]:
    """Keys that mean something to an experiment as it stands; another optimizer or schedule brings its own."""
    optimizer, schedule = used(experiment.optimizer.name), schedule_keys.used(experiment.schedule.name)
    found = []
    for key in FORK_KEYS:
        name = key.rpartition(".")[2]
        if key.startswith(SCHEDULE):
            fits = name == "name" or name in schedule
        else:
            fits = name not in HYPERPARAMETERS or name in optimizer
        found += [key] if fits else []
    return found
