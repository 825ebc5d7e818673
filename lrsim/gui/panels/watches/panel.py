"""The watches of the run: fields to write one, a list with the value of each, and their curves over all steps."""

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
from lrsim.common.numbers import short
from lrsim.gui.bridge.binding import quiet, show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.watches.plot import WatchPlot
from lrsim.gui.panels.watches.ready_made import ready_made
from lrsim.gui.panels.written_list import NUMBER, TEXT, WrittenList
from lrsim.gui.widgets.entry import Entry, FieldWords
from lrsim.session import commands
from lrsim.session.marked import Watch
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

VALUE = 1
BESIDE_EM = 45
"""From so many times the text size on there is room for the curves beside the list."""
EXAMPLE = "update_norm / weight_norm"
LIST_EM = 24
LEAST_PLOT_EM = 7
LEAST_ROWS = 3


class WatchesPanel(WrittenList):
    """Expressions that are followed over a run, over what was as well as over what comes."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(bridge, parent)
        self._theme = themes.theme
        self._watches: tuple[Watch, ...] = ()
        self.entry = Entry(self._words(), self.tr("Watches that need no typing"), self)
        self.entry.entered.connect(self._put)
        self.list = self._tree()
        self.plot = WatchPlot(bridge, themes, self.tr("Over all steps"))
        self.plot.setObjectName("watches")
        self._progress = QLabel(self)
        self._progress.setProperty("role", "muted")
        self.look_back = QToolButton(self)
        self.look_back.clicked.connect(self._look_back)
        self.remove = QToolButton(self)
        self.remove.setText(self.tr("Remove"))
        self.remove.setToolTip(self.tr("Takes the chosen watch away (Delete)"))
        self.remove.clicked.connect(self.remove_chosen)
        self._lay_out()
        bridge.run_changed.connect(self._offer)
        self.watch_over(bridge)
        themes.follow(self._set_theme)
        self._offer(self._snapshot)

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("WatchesPanel", "Watches")

    def _words(self) -> tuple[FieldWords, ...]:
        names = self.tr(
            "For example {0}: any expression over steps, of step, lr, loss, error, grad_norm, update_ratio, a weight "
            "such as {1}; prev(x), mean(x, n) and others"
        ).format(EXAMPLE, "W1[0,3]")
        name = self.tr("With a name it can be used in conditions and in other watches; none needed otherwise")
        return (
            FieldWords(self.tr("Watch"), EXAMPLE, names),
            FieldWords(self.tr("Name"), self.tr("none needed"), name),
        )

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels([self.tr("Watch"), self.tr("Now")])
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setMinimumHeight(1)
        tree.setAccessibleName(self.tr("Watches"))
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(VALUE, QHeaderView.ResizeMode.ResizeToContents)
        tree.itemActivated.connect(self._edit)
        tree.itemChanged.connect(self._choose_shown)
        tree.currentItemChanged.connect(self._offer_to_remove)
        return tree

    def _lay_out(self) -> None:
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.scrolled())
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._side = QWidget(self)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        column.addWidget(self.entry)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._progress)
        row.addWidget(self.look_back)
        row.addStretch(1)
        row.addWidget(self.remove)
        column.addLayout(row)
        self._box.addWidget(self._side)
        self._box.addWidget(self.plot, 1)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._arrange()
        self._watches = ()
        self._show_watches(self._snapshot.watches)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The curves stand below the list, or beside it where there is more width than height."""
        em = self._theme.base_px
        beside = self.width() >= BESIDE_EM * em and self.width() > self.height()
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
        self._side.setMaximumWidth(LIST_EM * em if beside else self.maximumWidth())
        self._box.setStretch(0, 0)
        self.plot.setMinimumHeight(LEAST_PLOT_EM * em)
        rows, height = (
            self.list.topLevelItemCount(),
            self.list.sizeHintForRow(0) if self.list.topLevelItemCount() else 0,
        )
        self.list.setMinimumHeight(min(rows, LEAST_ROWS) * height + 2)
        self.list.setMaximumHeight(self.maximumHeight() if beside else rows * height + 2)

    def _offer(self, snapshot: Snapshot) -> None:
        problem = SessionReader.problem_of(snapshot)
        self.entry.offer(ready_made(snapshot.steps_per_epoch, problem.validates, len(problem.network.layers)))

    # --- what is shown

    def refresh(self) -> None:
        self._show_watches(self._snapshot.watches)
        self.plot.show_snapshot(self._snapshot)

    def _show_watches(self, watches: tuple[Watch, ...]) -> None:
        chosen, off = self.chosen(), self._left_out()
        same = [watch.id for watch in watches] == [watch.id for watch in self._watches]
        self._watches = watches
        with quiet(self.list):
            if not same or self.list.topLevelItemCount() != len(watches):
                self.list.clear()
                for watch in watches:
                    item = QTreeWidgetItem(self.list)
                    item.setData(TEXT, NUMBER, watch.id)
                    state = Qt.CheckState.Unchecked if watch.id in off else Qt.CheckState.Checked
                    item.setCheckState(TEXT, state)
                    if watch.id == chosen:
                        self.list.setCurrentItem(item)
            for row, watch in enumerate(watches):
                if (shown := self.list.topLevelItem(row)) is not None:
                    self._show_watch(shown, watch)
        if not same:
            self._arrange()
            self._choose_shown()
        self.list.setVisible(bool(watches))
        self._offer_to_remove()
        self._show_progress(watches)

    def _show_watch(self, item: QTreeWidgetItem, watch: Watch) -> None:
        item.setText(TEXT, f"{watch.name} = {watch.text}" if watch.has_name else watch.text)
        item.setText(VALUE, "" if watch.value is None else short(watch.value))
        item.setTextAlignment(VALUE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(TEXT, QBrush(QColor(self._theme.bad if watch.why_not else self._theme.text)))
        slow = self.tr("Each step has to be worked out again to know.") if watch.slow else ""
        item.setToolTip(TEXT, watch.why_not or slow)

    def _show_progress(self, watches: tuple[Watch, ...]) -> None:
        shares = [watch.curve.share for watch in watches if watch.curve is not None and not watch.is_known]
        self._progress.setVisible(bool(shares))
        self.look_back.setVisible(bool(shares))
        if shares:
            share = sum(shares) / len(shares)
            going = not all(watch.is_left for watch in watches if not watch.is_known)
            words = self.tr("Looking back: {0} %") if going else self.tr("{0} % known")
            show_text(self._progress, words.format(int(100 * share)))
            show_text(self.look_back, self.tr("Cancel") if going else self.tr("Look back"))
            self._going = going

    # --- the hand

    def _offer_to_remove(self) -> None:
        self.remove.setVisible(self.chosen() is not None)

    def _choose_shown(self) -> None:
        """Those that are ticked are drawn: of very different sizes one alone says more."""
        self.plot.leave_out(self._left_out())

    def _left_out(self) -> frozenset[int]:
        off = Qt.CheckState.Unchecked
        return frozenset(row.data(TEXT, NUMBER) for row in self.rows() if row.checkState(TEXT) == off)

    def _put(self, texts: tuple[str, str]) -> None:
        text, name = texts
        self.ask(self._session.set_watch(name, text, self.entry.number))

    def _look_back(self) -> None:
        self._session.send(commands.LookBack(not self._going))

    def _edit(self, item: QTreeWidgetItem) -> None:
        watch = next((each for each in self._watches if each.id == item.data(TEXT, NUMBER)), None)
        if watch is not None:
            self.entry.edit(watch.id, (watch.text, watch.name if watch.has_name else ""))

    def remove_chosen(self) -> None:
        chosen = self.chosen()
        if chosen is not None:
            self._session.send(commands.RemoveWatch(chosen))
            if chosen == self.entry.number:
                self.entry.clear()
