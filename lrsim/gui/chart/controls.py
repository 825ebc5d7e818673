"""The two small buttons in the corner of a chart: its scale, and whether it follows the newest step."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from lrsim.charts.look import UNIT_PX
from lrsim.gui.bridge.binding import show_checked
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource


def scale_name(kind: ScaleKind) -> str:
    """The name of a scale as the user reads it."""
    names = {
        ScaleKind.LINEAR: QCoreApplication.translate("Scale", "Linear"),
        ScaleKind.LOG: QCoreApplication.translate("Scale", "Log"),
        ScaleKind.SYMLOG: QCoreApplication.translate("Scale", "Symlog"),
    }
    return names[kind]


def scale_tip(kind: ScaleKind) -> str:
    """What a scale is good for."""
    tips = {
        ScaleKind.LINEAR: QCoreApplication.translate("Scale", "Even steps: differences are seen as they are"),
        ScaleKind.LOG: QCoreApplication.translate("Scale", "Even factors: how fast values above 0 shrink or grow"),
        ScaleKind.SYMLOG: QCoreApplication.translate("Scale", "Even factors in both signs, with 0 between them"),
    }
    return tips[kind]


class ChartControls(QWidget):
    """Scale menu and follow button.

    Signals
    -------
    scale_chosen(ScaleKind)
    follow_toggled(bool)
    resized()
        Texts or icons have become larger or smaller; who holds this gives it another place.
    """

    scale_chosen = Signal(object)
    follow_toggled = Signal(bool)
    resized = Signal()

    def __init__(self, themes: ThemeSource, kind: ScaleKind, parent: QWidget, chart: str, *, follows: bool) -> None:
        super().__init__(parent)
        self._themes = themes
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT_PX)
        self.scale_actions = self._make_scale_actions(kind)
        self.scale_button = QToolButton(self)
        self._menu_buttons: list[QToolButton] = []
        menu = QMenu(self.scale_button)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self.scale_actions.values()))
        self.scale_button.setMenu(menu)
        self.scale_button.setAccessibleName(self.tr("{0}: scale of the vertical axis").format(chart))
        self.scale_button.setToolTip(self.tr("Scale of the vertical axis"))
        self.follow_button = QToolButton(self)
        self.follow_button.setProperty("role", "quiet")
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setVisible(follows)
        self.follow_button.setAccessibleName(self.tr("{0}: follow the newest step").format(chart))
        self.follow_button.setToolTip(self.tr("Follow the newest step"))
        self.follow_button.toggled.connect(self.follow_toggled)
        self.put_first(self.scale_button)
        row.addWidget(self.follow_button)
        themes.follow(self._set_theme)
        self.show_kind(kind)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.resized.emit()
        return done

    def _make_scale_actions(self, kind: ScaleKind) -> dict[ScaleKind, QAction]:
        group = QActionGroup(self)
        actions = {}
        for each in ScaleKind:
            action = QAction(scale_name(each), group)
            action.setCheckable(True)
            action.setChecked(each is kind)
            action.setToolTip(scale_tip(each))
            action.triggered.connect(lambda _checked=False, chosen=each: self._choose(chosen))
            actions[each] = action
        return actions

    def _set_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours and size of the theme."""
        ratio = self.devicePixelRatioF()
        for button in self._menu_buttons:
            button.setIcon(icons.icon("chevron-down", theme.muted, theme.line, ratio))
        self.follow_button.setIcon(icons.icon("to-end", theme.text, theme.line, ratio))
        for button in (*self._menu_buttons, self.follow_button):
            button.setIconSize(QSize(theme.base_px, theme.base_px))
        self.adjustSize()

    def put_first(self, button: QToolButton) -> None:
        """Stand a button that opens a menu before the others."""
        button.setProperty("role", "quiet")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands after the words
        self._row.insertWidget(0, button)
        self._menu_buttons.append(button)
        self._set_theme(self._themes.theme)

    def show_follow(self, follow: bool) -> None:
        """Show a choice that was made elsewhere."""
        show_checked(self.follow_button, follow)

    def choose(self, kind: ScaleKind) -> None:
        """As if the user had chosen `kind`."""
        self.scale_actions[kind].trigger()

    def _choose(self, kind: ScaleKind) -> None:
        self.show_kind(kind)
        self.scale_chosen.emit(kind)

    def show_kind(self, kind: ScaleKind) -> None:
        """Show a scale that was chosen elsewhere."""
        self.scale_actions[kind].setChecked(True)
        self.scale_button.setText(scale_name(kind))
        self.adjustSize()
