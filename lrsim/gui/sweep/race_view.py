"""A race: the runs of a comparison stepped together, from the same start, their losses at a common step."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.race import Runner, runners_of
from lrsim.gui.sweep.race_board import Standings
from lrsim.gui.sweep.race_chart import RaceChart
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.widgets.timeline import Marked, Timeline

TICK_MS = 40
SECONDS = 10.0
"""How long a race takes that is played from its start."""

WITH_BOARD_EM = 32
"""In a narrower view the standings step aside."""


class RaceView(SweepView, QWidget):
    """Loss curves over steps with one cursor for all runs, who leads there, and play, step and scrub.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it: the step of the cursor.
    """

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._runners: list[Runner] = []
        self._step = 0
        self._exact = 0.0
        self.chart = RaceChart(themes)
        self.board = Standings(themes)
        self.play = self._button(self.tr("Play or pause the race"))
        self.back = self._button(self.tr("One epoch back, all runs together"))
        self.forward = self._button(self.tr("One epoch on, all runs together"))
        self.scrub = Timeline(themes, self)
        self.scrub.call(self.tr("The race"))
        self._label = QLabel(self)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.play.clicked.connect(self.toggle)
        self.back.clicked.connect(lambda: self.move(-1))
        self.forward.clicked.connect(lambda: self.move(1))
        self.scrub.seek_requested.connect(self.seek)
        self.chart.seek_requested.connect(self.seek)
        for part in (self.chart, self.board):
            part.chosen.connect(results.select)
            part.opened.connect(self._open)
        self._lay_out()
        self.watch(results)
        themes.follow(self._set_theme)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.chart)
        split.addWidget(self.board)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        row = QHBoxLayout()
        row.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        row.setSpacing(8)
        for widget in (self.back, self.play, self.forward):
            row.addWidget(widget)
        row.addWidget(self.scrub, 1)
        row.addWidget(self._label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(split, 1)
        column.addLayout(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_for_room()

    def _fold_for_room(self) -> None:
        """Beside the standings the chart has no room in a narrow window."""
        self.board.setVisible(self.width() >= WITH_BOARD_EM * self._theme.base_px)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        size = round(theme.base_px * 1.3)
        for button in (self.play, self.back, self.forward):
            button.setIconSize(QSize(size, size))
        self._label.setMinimumWidth(theme.base_px * 8)
        self._fold_for_room()
        self._show_icons()

    def _show_icons(self) -> None:
        names = {self.play: "pause" if self.playing else "play", self.back: "step-back", self.forward: "step"}
        for button, name in names.items():
            button.setIcon(icons.icon(name, self._theme.text, self._theme.muted, self.devicePixelRatioF()))

    # --- what is shown

    @property
    def playing(self) -> bool:
        """Whether the race goes on by itself."""
        return self._timer.isActive()

    @property
    def step(self) -> int:
        """Where the cursor of all runs is."""
        return self._step

    @property
    def last(self) -> int:
        """The last step of the longest run."""
        return max((runner.record.steps for runner in self._runners), default=0)

    @property
    def _stride(self) -> int:
        """Steps of the shortest epoch."""
        return min((runner.record.steps_per_epoch for runner in self._runners), default=1)

    def rebuild(self) -> None:
        """Another sweep: all of its race in sight."""
        self.pause()
        self.chart.show_all()
        self.show_results()

    def show_results(self) -> None:
        """More runs can race."""
        at_end = self._step >= self.last
        self._runners = runners_of(self.results.records)
        if at_end and not self.playing:
            self._step = self.last
        self._show()

    def show_selected(self) -> None:
        self._show()

    def _show(self) -> None:
        self._step = min(self._step, self.last)
        self.scrub.show_run(self._step, self.last, Marked())
        self._label.setText(self.tr("step {0}").format(count(self._step)))
        self.chart.show_race(self._runners, self._step, self.results.selection)
        self.board.show_race(self._runners, self._step, self.results)

    # --- the hand

    def toggle(self) -> None:
        """Play from here, or from the start once it is over; or pause."""
        if self.playing:
            self.pause()
            return
        if self._step >= self.last:
            self._step = 0
        self._exact = float(self._step)
        self._timer.start()
        self._show_icons()

    def pause(self) -> None:
        """Stay at the step that is shown."""
        self._timer.stop()
        self._show_icons()

    def move(self, epochs: int) -> None:  # type: ignore[override]
        """All runs on by some epochs, or back."""
        self.seek((self._step // self._stride + epochs) * self._stride)

    def seek(self, step: int) -> None:
        """All runs to a step."""
        self._step = max(0, min(step, self.last))
        self._exact = float(self._step)
        self._show()

    def _tick(self) -> None:
        self._exact += self.last * TICK_MS / 1000 / SECONDS
        self._step = min(int(self._exact), self.last)
        if self._step >= self.last:
            self.pause()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        self.pause()
        super().hideEvent(event)

    def _open(self, index: int) -> None:
        record = self.results.record(index)
        self.open_run(record, None if record is None else min(self._step, record.steps))
