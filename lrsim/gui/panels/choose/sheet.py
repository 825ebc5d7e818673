"""The sheet on which an experiment is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.choose.offer import Group
from lrsim.gui.panels.choose.shelf import Shelf
from lrsim.gui.panels.sketches.supply import Supply
from lrsim.gui.widgets.overlay import Overlay

WIDTH_EM = 113


class FilterField(QLineEdit):
    """The line that narrows down what is shown; its keys are never shortcuts of the window."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


class ChooseSheet(Overlay):
    """Type to narrow down, arrows to move, Return to begin; Escape leaves.

    Parameters
    ----------
    groups
        Tells what there is to be chosen, each time the sheet opens.
    others
        Actions that bring an experiment from elsewhere.
    """

    def __init__(
        self, groups: Callable[[], list[Group]], others: Sequence[QAction], themes: ThemeSource, host: QWidget
    ) -> None:
        super().__init__("choose", themes, host)
        self.setAccessibleName(self.tr("Choose an experiment"))
        self._groups = groups
        self._shown: list[tuple[str, list[str]]] = []
        self.field = FilterField(self)
        self.field.setPlaceholderText(self.tr("Choose an experiment: type what you look for"))
        self.field.setAccessibleName(self.tr("What to look for"))
        self.field.setToolTip(self.tr("Shows the experiments whose name, line or source has these words"))
        self.field.textChanged.connect(self._narrow)
        self.field.installEventFilter(self)
        self.shelf = Shelf(Supply(self), themes)
        self.shelf.typed.connect(self._type_on)
        self.shelf.left_upwards.connect(self._to_field)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.shelf)
        self.shelf.moved.connect(self._scroll.ensureWidgetVisible)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for action in others:
            foot.addWidget(self._button(action))
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING_PX, PADDING_PX, PADDING_PX, PADDING_PX)
        column.setSpacing(PADDING_PX)
        column.addWidget(self.field)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow_focus)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setText(action.text())
        button.setAccessibleName(action.text())
        button.setToolTip(action.toolTip())
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self.hide)
        button.clicked.connect(action.trigger)
        return button

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_EM * self._theme.base_px, self._host.height())

    def open(self) -> None:
        groups = self._groups()
        shown = [(group.title, [offer.key for offer in group.offers]) for group in groups]
        if shown != self._shown:  # cards are kept, with their pictures
            self._shown = shown
            self.shelf.offer(groups)
            for card in self.shelf.cards():
                card.clicked.connect(self.hide)
        self.field.clear()
        self._scroll.verticalScrollBar().setValue(0)
        super().open()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _narrow(self, typed: str) -> None:
        self.shelf.show_matching(typed)
        self._scroll.verticalScrollBar().setValue(0)

    def _to_field(self) -> None:
        self.field.setFocus(Qt.FocusReason.TabFocusReason)

    def _type_on(self, event: QKeyEvent) -> None:
        """A letter that was typed on a card goes on in the field."""
        if (event.text().isprintable() and event.text()) or event.key() == Qt.Key.Key_Backspace:
            self._to_field()
            self.field.end(False)
            QApplication.sendEvent(self.field, event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Down:
                self.shelf.focus_first()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                cards = self.shelf.cards()
                if cards:
                    cards[0].click()
                return True
        return super().eventFilter(watched, event)

    def _follow_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """The sheet goes when the keyboard goes elsewhere in its window."""
        if self.isVisible() and now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self.hide()
