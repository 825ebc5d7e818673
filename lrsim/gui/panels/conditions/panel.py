"""The conditions of the run: a list with what became of each, the fields to write one, and what they have logged."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import quiet, show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.conditions.entry import ConditionEntry
from lrsim.gui.panels.conditions.ready_made import ready_made
from lrsim.gui.panels.written_list import NUMBER, TEXT, WrittenList
from lrsim.session import commands
from lrsim.session.marked import Breakpoint, LogLine
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

SHOWN_LINES = 100
BESIDE_EM = 45
"""From so many times the text size on there is room for the list beside the fields."""
TIMES, LAST = 1, 2


class ConditionsPanel(WrittenList):
    """What stops the run or logs on its way; the run goes exactly where a condition came true, forwards and back."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(bridge, parent)
        self._theme = themes.theme
        self._points: tuple[Breakpoint, ...] = ()
        self._log: tuple[LogLine, ...] = ()
        self.entry = ConditionEntry(self)
        self.entry.entered.connect(self._put)
        self.list = self._tree([self.tr("Stops where"), self.tr("Times"), self.tr("Last at")])
        self.list.setAccessibleName(self.tr("Conditions"))
        self.list.itemChanged.connect(self._follow_check)
        self.list.itemActivated.connect(self._edit)
        self.lines = self._tree([self.tr("Step"), self.tr("Logged")])
        self.lines.setAccessibleName(self.tr("What conditions have logged"))
        self.lines.itemActivated.connect(lambda item, _: self._session.seek(item.data(0, NUMBER)))
        self._empty = QLabel(
            self.tr("Nothing stops the run yet: write a condition, or take one that is ready-made."), self
        )
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        self.back = QToolButton(self)
        self.back.setToolTip(self.tr("Goes back to the last place where a condition came true (Shift+Space)"))
        self.back.clicked.connect(self.reverse_or_cancel)
        self.remove = QToolButton(self)
        self.remove.setText(self.tr("Remove"))
        self.remove.setToolTip(self.tr("Takes the chosen condition away (Delete)"))
        self.remove.clicked.connect(self.remove_chosen)
        self._lay_out()
        bridge.run_changed.connect(self._offer)
        self.watch_over(bridge)
        themes.follow(self._set_theme)
        self._offer(self._snapshot)

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("ConditionsPanel", "Conditions")

    def _tree(self, heads: list[str]) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels(heads)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setMinimumHeight(1)
        header = tree.header()
        header.setStretchLastSection(len(heads) == 2)
        if len(heads) == 3:
            header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
            for column in (TIMES, LAST):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        else:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        return tree

    def _lay_out(self) -> None:
        self._box = box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.scrolled())
        box.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        box.setSpacing(PADDING_PX)
        first = QVBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.entry)
        first.addWidget(self._empty)
        first.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.remove)
        first.addLayout(row)
        box.addLayout(first)
        box.addWidget(self.list, 2)
        box.addWidget(self.lines, 1)
        self.lines.hide()

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._points = ()
        self._show_points(self._snapshot.breakpoints)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The fields stand over the list, or beside it where it is wide and low."""
        super().resizeEvent(event)
        beside = self.width() >= BESIDE_EM * self._theme.base_px and self.width() > 2 * self.height()
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
            self._box.setStretch(0, 2 if beside else 0)

    def _offer(self, snapshot: Snapshot) -> None:
        problem = SessionReader.problem_of(snapshot)
        self.entry.offer(ready_made(problem.network.parameter_name(0), problem.steps_per_epoch, problem.validates))

    # --- what is shown

    def refresh(self) -> None:
        snapshot = self._snapshot
        show_text(self.back, self.tr("Cancel") if snapshot.busy == "reverse" else self.tr("Back to the last"))
        if snapshot.breakpoints != self._points:
            self._show_points(snapshot.breakpoints)
        if snapshot.log != self._log:
            self._show_log(snapshot.log)

    def _show_points(self, points: tuple[Breakpoint, ...]) -> None:
        chosen = self.chosen()
        same = [point.id for point in points] == [point.id for point in self._points]
        self._points = points
        with quiet(self.list):
            if not same or self.list.topLevelItemCount() != len(points):
                self.list.clear()
                for point in points:
                    item = QTreeWidgetItem(self.list)
                    item.setData(TEXT, NUMBER, point.id)
                    if point.id == chosen:
                        self.list.setCurrentItem(item)
            for row, point in enumerate(points):
                if (shown := self.list.topLevelItem(row)) is not None:
                    self._show_point(shown, point)
        for part in (self.list, self.back, self.remove):
            part.setVisible(bool(points))
        self._empty.setVisible(not points)

    def _show_point(self, item: QTreeWidgetItem, point: Breakpoint) -> None:
        item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        item.setCheckState(TEXT, Qt.CheckState.Checked if point.enabled else Qt.CheckState.Unchecked)
        item.setText(TEXT, _words(point))
        told = not point.why_not
        item.setText(TIMES, count(point.times) if told else "")
        item.setText(LAST, count(point.steps[-1]) if told and point.steps else "")
        color = self._theme.bad if point.why_not else self._theme.text
        item.setForeground(TEXT, QBrush(QColor(color)))
        slow = self.tr("Each step has to be worked out again to know, so training is slower.") if point.slow else ""
        item.setToolTip(TEXT, point.why_not or slow)
        for place in (TIMES, LAST):
            item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _show_log(self, log: tuple[LogLine, ...]) -> None:
        self._log = log
        self.lines.clear()
        for line in reversed(log[-SHOWN_LINES:]):
            item = QTreeWidgetItem(self.lines, [count(line.step), line.text])
            item.setData(0, NUMBER, line.step)
        self.lines.setVisible(bool(log))

    # --- the hand

    def _put(self, texts: tuple[str, str, str]) -> None:
        text, hits, log = texts
        self.ask(self._session.set_breakpoint(text, hits, log, self.entry.number))

    def _follow_check(self, item: QTreeWidgetItem, column: int) -> None:
        enabled = item.checkState(TEXT) == Qt.CheckState.Checked
        point = next((each for each in self._points if each.id == item.data(TEXT, NUMBER)), None)
        if point is not None and point.enabled != enabled:
            self._session.send(commands.EnableBreakpoint(point.id, enabled))

    def _edit(self, item: QTreeWidgetItem) -> None:
        point = next((each for each in self._points if each.id == item.data(TEXT, NUMBER)), None)
        if point is not None:
            self.entry.edit(point.id, (point.text, point.hits, point.log))

    def remove_chosen(self) -> None:
        chosen = self.chosen()
        if chosen is None and len(self._points) == 1:
            chosen = self._points[0].id
        if chosen is not None:
            self._session.send(commands.RemoveBreakpoint(chosen))
            if chosen == self.entry.number:
                self.entry.clear()

    def reverse_or_cancel(self) -> None:
        """Go back to the last place where a condition came true; asked for once more while looking, stay here."""
        if self._snapshot.busy == "reverse":
            self._session.cancel()
        else:
            self._session.reverse()

    def toggle_here(self) -> None:
        """Stop at the present step from now on, or no longer."""
        text = f"step == {self._snapshot.step}"
        there = next((point for point in self._snapshot.breakpoints if point.text == text), None)
        if there is None:
            self._session.set_breakpoint(text)
        else:
            self._session.send(commands.RemoveBreakpoint(there.id))

    def toggle_fence(self) -> None:
        """Going back ends at the present step from now on, or no longer."""
        step = self._snapshot.step
        self._session.send(commands.SetFence(0 if self._snapshot.fence == step else step))


def _words(point: Breakpoint) -> str:
    """A condition with its hit count and what it logs."""
    text = point.text
    if point.hits:
        text += QCoreApplication.translate("ConditionsPanel", ", times {0}").format(point.hits)
    if point.log:
        text += QCoreApplication.translate("ConditionsPanel", ", logs {0}").format(point.log)
    return text
