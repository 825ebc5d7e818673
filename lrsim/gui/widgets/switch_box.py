"""Boxes that are ticked while an action is checked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.gui.bridge.binding import show_checked
from lrsim.gui.look.theme import Theme, ThemeSource

LOW_EM = 16
"""Pictures that are lower than this many times the text size have no room for boxes."""


class SwitchBox(QCheckBox):
    """Shows and switches an action that can be checked."""

    def __init__(self, action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(action.text(), parent)
        self._action = action
        self.setChecked(action.isChecked())
        self.setToolTip(action.toolTip())
        self.toggled.connect(action.setChecked)
        action.toggled.connect(self._show)

    def _show(self, checked: bool) -> None:
        show_checked(self, checked)


class SwitchRow(QWidget):
    """Boxes side by side; those that have no room are hidden, never cut, and all of them where the picture is low."""

    def __init__(self, actions: Sequence[QAction], themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes = {action: SwitchBox(action, self) for action in actions}
        self._offered: tuple[QAction, ...] = tuple(actions)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 0, PADDING_PX, UNIT_PX)
        row.setSpacing(PADDING_PX)
        for box in self._boxes.values():
            row.addWidget(box)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._em = themes.theme.base_px
        self._low = False
        if parent is not None:
            parent.installEventFilter(self)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._em = theme.base_px
        self._give_way()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._give_way()
        return False

    def _give_way(self) -> None:
        """Leave a low picture all the room; what is switched here is in its menu too."""
        host = self.parentWidget()
        self._low = host is not None and host.height() < LOW_EM * self._em
        self.setVisible(bool(self._offered) and not self._low)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def offer(self, actions: Sequence[QAction]) -> None:
        """Show the boxes of these alone; without any the row is gone."""
        self._offered = tuple(actions)
        self._give_way()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        room = self.width() - 2 * PADDING_PX
        for action, box in self._boxes.items():
            shown = action in self._offered and box.sizeHint().width() <= room
            box.setVisible(shown)
            room -= box.sizeHint().width() + PADDING_PX if shown else 0
