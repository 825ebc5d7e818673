"""The sheet of bookmarks: name the present place, go to one that has a name, take names away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.asking_sheet import AskingSheet
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.session import commands
from lrsim.session.bookmarks import Bookmark, free_name
from lrsim.session.snapshot import Snapshot

NAME = Qt.ItemDataRole.UserRole
WIDTH_EM = 26
MOST_ROWS = 8


class BookmarkSheet(AskingSheet):
    """One field and the list: Return names the present place, or goes to the one that is typed or chosen."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("bookmarks", bridge, themes, host)
        self._going = False
        self._marks: tuple[Bookmark, ...] = ()
        self.setAccessibleName(self.tr("Bookmarks"))
        self._where = wrapped_label("", "muted")
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Name of the bookmark"))
        self.name.setToolTip(self.tr("A letter or some words"))
        self.name.returnPressed.connect(self.enter)
        self.go = QPushButton(self)
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self.enter)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Bookmarks"))
        self.list.setToolTip(self.tr("Return or a double click goes there, Delete takes the name away"))
        self.list.itemActivated.connect(lambda item: self._send(commands.GoToBookmark(item.data(NAME))))
        self.list.installEventFilter(self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX)
        column.setSpacing(12)
        column.addLayout(self.heading(self.tr("Bookmarks"), themes))
        column.addWidget(self._where)
        column.addLayout(row)
        column.addWidget(self._why)
        column.addWidget(self.list)

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self.setMinimumWidth(min(WIDTH_EM * theme.base_px, self._host.width()))

    def name_here(self) -> None:
        """Open it to name the present place."""
        self._open(going=False)

    def choose(self) -> None:
        """Open it to go to a place that has a name."""
        self._open(going=True)

    def _open(self, *, going: bool) -> None:
        self._going = going
        self.begin()
        self._show_marks(self._snapshot.bookmarks)
        step = count(self._snapshot.step)
        told = (
            self.tr("Go to the place of a name") if going else self.tr("Name step {0}, to come back to it").format(step)
        )
        self._where.setText(told)
        self.name.setText("" if going else free_name(self._marks))
        show_text(self.go, self.tr("Go") if going else self.tr("Name it"))
        self.open()
        self.name.setFocus(Qt.FocusReason.PopupFocusReason)
        self.name.selectAll()

    def _show_marks(self, marks: tuple[Bookmark, ...]) -> None:
        self._marks = marks
        self.list.clear()
        titles = {branch.number: branch.title for branch in self._snapshot.branches}
        for mark in marks:
            where = self.tr("step {0}").format(count(mark.step))
            if not mark.here:
                where += f", {titles.get(mark.branch, '')}"
            item = QListWidgetItem(f"{mark.name}   {where}", self.list)
            item.setData(NAME, mark.name)
        rows = min(len(marks), MOST_ROWS)
        self.list.setFixedHeight(rows * max(self.list.sizeHintForRow(0), 1) + 2 * self.list.frameWidth() + 4)
        self.list.setVisible(bool(marks))

    # --- the hand

    def enter(self) -> None:
        """Name the place, or go to the one that is typed; what does not fit is said here."""
        name = self.name.text()
        self._send(commands.GoToBookmark(name) if self._going else commands.SetBookmark(name))

    def _send(self, command: commands.Command) -> None:
        self.ask(self._session.send(command))

    def follow(self, snapshot: Snapshot) -> None:
        super().follow(snapshot)
        if self.isVisible() and snapshot.bookmarks != self._marks:
            self._show_marks(snapshot.bookmarks)
            self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            item = self.list.currentItem()
            if event.key() == Qt.Key.Key_Delete and item is not None:
                self._session.send(commands.RemoveBookmark(item.data(NAME)))
                return True
        return super().eventFilter(watched, event)
