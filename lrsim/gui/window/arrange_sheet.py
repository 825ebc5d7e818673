"""The sheet in which views are put into the columns of a layout, or left out, by dragging or by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.window.layouts import Stage, layouts

NAME = Qt.ItemDataRole.UserRole
LIST_EM = 13
LEAST_ROWS = 3
FRAME_PX = 16
SIDE: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
ALONG: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
CONTROL = Qt.KeyboardModifier.ControlModifier


class ViewList(QListWidget):
    """A list that has room for `rows`, where there is any."""

    rows = LEAST_ROWS

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height(self.rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height(min(self.rows, LEAST_ROWS)))

    def _height(self, rows: int) -> int:
        row = self.sizeHintForRow(0) if self.count() else 2 * self.fontMetrics().height()
        return rows * row + 2 * self.frameWidth() + FRAME_PX


class ArrangeSheet(Overlay):
    """Three lists: the left column of the layout at hand, its right one, and what stands in neither.

    What is moved is seen behind the sheet at once; another layout keeps its own arrangement.
    """

    def __init__(self, stage: Stage, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("arrange", themes, host)
        self._stage = stage
        self.setAccessibleName(self.tr("Arrange views"))
        self._says = wrapped_label("", "muted")
        self.lists = tuple(self._list(title) for title in self._titles())
        self.usual = QPushButton(self.tr("Usual arrangement"), self)
        self.usual.setToolTip(self.tr("Puts the views of this layout where they stand at first"))
        self.usual.clicked.connect(lambda: self._stage.arrangements.forget(self._stage.layout_name))
        self._lay_out(themes)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._apply)
        stage.arrangements.changed.connect(self._follow)

    def _titles(self) -> tuple[str, str, str]:
        return self.tr("Left"), self.tr("Right"), self.tr("Not shown")

    def _list(self, title: str) -> ViewList:
        found = ViewList(self)
        found.setAccessibleName(title)
        found.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        found.setDefaultDropAction(Qt.DropAction.MoveAction)
        found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        found.installEventFilter(self)
        model = found.model()
        model.rowsInserted.connect(self._wait)
        model.rowsRemoved.connect(self._wait)
        return found

    def _lay_out(self, themes: ThemeSource) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(PADDING_PX)
        for title, each in zip(self._titles(), self.lists):
            column = QVBoxLayout()
            column.setSpacing(4)
            label = QLabel(title, self)
            label.setProperty("role", "muted")
            column.addWidget(label)
            column.addWidget(each)
            columns.addLayout(column)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.usual)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX, 2 * PADDING_PX)
        column.setSpacing(12)
        column.addLayout(self.heading(self.tr("Arrange views"), themes))
        column.addWidget(self._says)
        column.addLayout(columns)
        column.addLayout(foot)

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        for each in getattr(self, "lists", ()):
            self._size(each)

    def _size(self, each: ViewList) -> None:
        each.rows = max(len(self._stage.arrangements.that_fit(self._stage.model)), LEAST_ROWS)
        each.setMinimumWidth(min(LIST_EM * self._theme.base_px, self._host.width() // 4))
        each.updateGeometry()

    # --- what is shown

    def open(self) -> None:
        self._show_views()
        super().open()
        first = next((each for each in self.lists if each.count()), self.lists[0])
        first.setCurrentRow(0)
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def _follow(self) -> None:
        if self.isVisible():
            self._show_views()

    def _show_views(self) -> None:
        stage, titles = self._stage, {view.NAME: view.title() for view in self._stage.views}
        layout = next(each.title for each in layouts() if each.name == stage.layout_name)
        says = self.tr(
            "Layout {0}: drag a view to another list or place, or move it with the left and right arrow keys, and with "
            "Ctrl+Up and Ctrl+Down. In a low window the last ones give way."
        )
        show_text(self._says, says.format(layout))
        columns = stage.arrangements.columns(stage.layout_name, stage.model)
        left_out = stage.arrangements.left_out(stage.layout_name, stage.model)
        for each, names in zip(self.lists, (columns["curves"], columns["details"], left_out)):
            if self._names(each) == list(names):
                continue
            chosen = each.currentItem().data(NAME) if each.currentItem() else None
            each.clear()
            for name in names:
                item = QListWidgetItem(titles[name], each)
                item.setData(NAME, name)
                if name == chosen:
                    each.setCurrentItem(item)
        for each in self.lists:
            self._size(each)
        self.usual.setEnabled(stage.arrangements.is_chosen(stage.layout_name))
        self.place()

    @staticmethod
    def _names(each: QListWidget) -> list[str]:
        return [each.item(row).data(NAME) for row in range(each.count())]

    # --- the hand

    def _wait(self, *_: object) -> None:
        """A drop first adds the item and then takes it from where it was."""
        self._soon.start()

    def _apply(self) -> None:
        left, right, _ = (self._names(each) for each in self.lists)
        stage = self._stage
        columns = stage.arrangements.columns(stage.layout_name, stage.model)
        if (tuple(left), tuple(right)) != (columns["curves"], columns["details"]):
            stage.arrangements.choose(stage.layout_name, stage.model, left, right)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and watched in self.lists:
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in (*SIDE, *ALONG):
                event.accept()  # here these keys do not step through the run or change its rate
                return True
            if event.type() == QEvent.Type.KeyPress and self._press(self.lists.index(watched), event):
                return True
        return super().eventFilter(watched, event)

    def _press(self, place: int, event: QKeyEvent) -> bool:
        """Whether a key means something for the list at a place; then it is done."""
        key = event.key()
        if key in SIDE:
            self._to_side(place, place + SIDE[key])
        elif key in ALONG and event.modifiers() & CONTROL:
            self._along(self.lists[place], ALONG[key])
        else:
            return False
        return True

    def _to_side(self, source: int, target: int) -> None:
        row = self.lists[source].currentRow()
        if row < 0 or not 0 <= target < len(self.lists):
            return
        item = self.lists[source].takeItem(row)
        other = self.lists[target]
        other.insertItem(min(row, other.count()), item)
        other.setCurrentItem(item)
        other.setFocus(Qt.FocusReason.OtherFocusReason)

    @staticmethod
    def _along(each: QListWidget, distance: int) -> None:
        row = each.currentRow()
        if row >= 0 and 0 <= row + distance < each.count():
            item = each.takeItem(row)
            each.insertItem(row + distance, item)
            each.setCurrentItem(item)
