"""The panels at the sides: where they stand, which of them there is room for, and bringing them back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look import icons
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme, ThemeSource

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
SIDES = LEFT | RIGHT
MOST_SHARE = 0.5
"""The panels at the sides leave the rest of the width to the views."""
BELOW_EM = 19
BELOW_SHARE = 0.36
"""Usual height of what opens below the views: so many times the text size, and at most this share of the window."""
LOW_EM = 45
"""Where there is less height than this between the bars, what opens below the views opens beside them."""
USUAL_EM = {LEFT: (18, 23), RIGHT: (20, 22)}
"""Usual widths of the sides, in windows of an ordinary size and in wide ones."""
WIDE_FROM_EM = 120
LAST_HEIGHT = "try_it height"
ROUNDING_PX = 2
"""What Qt makes of a size that it is asked for may differ by so much."""
BESIDE_EM = (21, 30)
"""Least and usual width of what opens below, where it stands beside."""


@contextmanager
def kept_still(window: QMainWindow) -> Iterator[None]:
    """Lay nothing out meanwhile: each part that is shown would have the whole window laid out for it."""
    layout = window.layout()
    if layout is None or not layout.isEnabled():  # somebody further out keeps it so
        yield
        return
    layout.setEnabled(False)
    try:
        yield
    finally:
        layout.setEnabled(True)
        layout.invalidate()


class Docks(QObject):
    """The docks of `window`: `experiment` on the left, `this_step` over `try_it` on the right; below what was added.

    Those that there is no room for are folded, the ones asked for longest ago first, and come back with the room.
    """

    def __init__(
        self, window: QMainWindow, experiment: QWidget, this_step: QWidget, try_it: QWidget, themes: ThemeSource
    ) -> None:
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._theme = themes.theme
        self._room = window.size()
        self._unwelcome: frozenset[str] = frozenset()
        self._order = ["this_step", "try_it", "experiment"]  # most recently asked for first
        self._shown: set[str] = set()
        self._folded: set[str] = set()
        self._insisted: set[str] = set()
        self._shares: dict[str, float] = {}  # what a hand has given each, in text sizes
        self._titles: dict[str, DockTitle] = {}
        self._last = try_it
        self._below: list[str] = []
        self._arranging = False
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._docks: dict[str, QDockWidget] = {}
        for name, title, panel in (
            ("experiment", self.tr("Experiment"), experiment),
            ("this_step", self.tr("This step"), this_step),
            ("try_it", self.tr("Try it"), try_it),
        ):
            self._add(name, title, panel)
        themes.changed.connect(self._set_theme)
        self.reset()

    def add_below(self, name: str, title: str, panel: QWidget) -> None:
        """Offer a panel below the views, one in the place of the other; it is folded until asked for."""
        self._add(name, title, panel).setAllowedAreas(SIDES | BOTTOM)
        self._below.append(name)
        self._order.append(name)
        self._place_below(name)

    def _add(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        dock = self._docks[name] = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setAllowedAreas(SIDES)
        dock.setWidget(panel)
        self._titles[name] = DockTitle(dock, self._themes)
        self._titles[name].closed.connect(self._follow_hand)
        dock.setTitleBarWidget(self._titles[name])
        dock.installEventFilter(self)
        dock.toggleViewAction().triggered.connect(lambda shown: self._follow_toggle(name, shown))
        return dock

    def _place_below(self, name: str) -> None:
        dock = self._docks[name]
        dock.setFloating(False)
        self._window.addDockWidget(BOTTOM, dock)
        dock.hide()

    def toggle(self, name: str) -> None:
        """Show a panel, or fold it away."""
        if self._docks[name].isVisible():
            self._docks[name].close()
            self._follow_hand()
        else:
            self.open(name)

    def open(self, name: str) -> None:
        """Bring a panel up; others make room for it."""
        if name in self._below:
            for other in self._below:
                if other != name and self._area(other) == self._area(name):
                    self._docks[other].close()
                    self._folded.discard(other)
        self._docks[name].show()
        self._follow_hand()
        self._docks[name].raise_()

    def _follow_toggle(self, name: str, shown: bool) -> None:
        if shown:
            self.open(name)
        else:
            self._follow_hand()

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def toggle_actions(self) -> dict[str, QAction]:
        """The actions that show or fold a panel, by name."""
        return {f"panel_{name}": dock.toggleViewAction() for name, dock in self._docks.items()}

    def reset(self) -> None:
        """Every panel in its place and of its usual size, shown."""
        self._folded.clear()
        self._insisted.clear()
        self._shares.clear()
        for name, side in (("experiment", LEFT), ("this_step", RIGHT), ("try_it", RIGHT)):
            dock = self._docks[name]
            dock.setFloating(False)
            self._window.addDockWidget(side, dock)
            dock.show()
        self._window.splitDockWidget(self._docks["this_step"], self._docks["try_it"], Qt.Orientation.Vertical)
        for name in self._below:
            self._place_below(name)
        self.adopt()
        self._arrange()

    # --- who has room

    def fit(self, room: QSize, unwelcome: Collection[str] = ()) -> None:
        """Fold what has no place in `room`, the size between the bars, or is unwelcome until somebody asks for it."""
        if frozenset(unwelcome) != self._unwelcome:
            self._unwelcome = frozenset(unwelcome)
            self._insisted.clear()
        self._room = room
        self._follow_hand()

    def adopt(self) -> None:
        """Take what is shown now as what was there all the time."""
        self._shown = {name for name, dock in self._docks.items() if not dock.isHidden()}
        self._folded -= self._shown

    def unfold(self) -> None:
        """Show again what was folded for want of room, each in its usual place."""
        self._stand_below(low=False)
        for name in self._folded:
            self._docks[name].show()
        self._folded.clear()
        self.adopt()

    def shares(self) -> dict[str, float]:
        """What a hand has given to each panel, in text sizes."""
        return dict(self._shares)

    def give(self, shares: Mapping[str, float]) -> None:
        """Give each panel what a hand gave it before."""
        self._shares = {name: float(share) for name, share in shares.items()}
        self._arrange()

    def _follow_hand(self) -> None:
        """Panels may have been opened and closed; the others make room, or get it."""
        if self._arranging:
            return
        now = {name for name, dock in self._docks.items() if not dock.isHidden()}
        opened = now - self._shown
        self._insisted |= opened
        self._folded -= opened
        self._order.sort(key=lambda name: name not in opened)
        self._shown = now
        self._arrange()

    def _arrange(self) -> None:
        self._arranging = True
        try:
            self._stand_below(low=self._room.height() < LOW_EM * self._theme.base_px)
            wanted = [name for name in self._order if name in self._shown | self._folded]
            shown: list[str] = []
            for name in wanted:
                if self._is_welcome(name) and self._fits([*shown, name]):
                    shown.append(name)
            with kept_still(self._window):
                for name in wanted:
                    if name not in shown:
                        self._docks[name].hide()
                for name in shown:  # last, so that there is room
                    self._docks[name].show()
            self._shown, self._folded = set(shown), set(wanted) - set(shown)
            self.settle()
        finally:
            self._arranging = False

    def _area(self, name: str) -> Qt.DockWidgetArea:
        return self._window.dockWidgetArea(self._docks[name])

    def _is_welcome(self, name: str) -> bool:
        return name not in self._unwelcome or name in self._insisted

    def _stand_below(self, *, low: bool) -> None:
        """What opens below the views stands beside them where there is too little height."""
        before, now = (BOTTOM, RIGHT) if low else (RIGHT, BOTTOM)
        for name in self._below:
            dock = self._docks[name]
            if self._area(name) == before and not dock.isFloating():
                hidden = dock.isHidden()
                self._window.addDockWidget(now, dock)
                dock.setHidden(hidden)

    def _fits(self, names: list[str]) -> bool:
        """Whether all of them have room; the last one has come last, and the first one always has."""
        docked = [name for name in names if not self._docks[name].isFloating()]
        last = names[-1]
        catch_up(self._docks[last])
        if len(docked) <= 1 or self._docks[last].isFloating():
            return True
        neighbours = [name for name in docked[:-1] if self._area(name) == self._area(last)]
        if neighbours and any(name in self._below for name in (*neighbours, last)):
            return False  # these have a place for themselves
        heights = (self._docks[name].minimumSizeHint().height() for name in (*neighbours, last))
        if neighbours and sum(heights) > self._room.height():
            return False
        sides = {side: [name for name in docked if self._area(name) == side] for side in (LEFT, RIGHT)}
        needed = sum(max((self._least(name) for name in inside), default=0) for inside in sides.values())
        return needed <= MOST_SHARE * self._room.width()

    def _least(self, name: str) -> int:
        least = self._docks[name].minimumSizeHint().width()
        if name not in self._below:
            return least
        return max(least, min(BESIDE_EM[0] * self._theme.base_px, int(MOST_SHARE * self._room.width())))

    # --- sizes

    def _share_width(self) -> None:
        """The width that a hand has given to a side, else the usual one, within what the views can do without."""
        em, most = self._theme.base_px, int(MOST_SHARE * self._room.width())
        docks, widths, least = [], [], []
        for side in (LEFT, RIGHT):
            inside = [name for name in self._shown if self._area(name) == side and not self._docks[name].isFloating()]
            if inside:
                docks.append(self._docks[min(inside)])
                least.append(max(self._least(name) for name in inside))
                given = [self._shares[name] * em for name in inside if name in self._shares]
                widths.append(max(round(given[0] if given else self._usual(side, inside) * em), least[-1]))
        over = sum(widths) - most
        spare = sum(widths) - sum(least)
        if over > 0 and spare > 0:
            widths = [
                width - min(round(over * (width - low) / spare), width - low) for width, low in zip(widths, least)
            ]
        if any(abs(dock.width() - width) > ROUNDING_PX for dock, width in zip(docks, widths, strict=True)):
            self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
        for name in self._below:
            if name in self._shown and self._area(name) == BOTTOM and not self._docks[name].isFloating():
                usual = self._shares.get(name, BELOW_EM) * em
                height = min(round(usual), round(BELOW_SHARE * self._window.height()))
                self._window.resizeDocks([self._docks[name]], [height], Qt.Orientation.Vertical)

    def _usual(self, side: Qt.DockWidgetArea, inside: list[str]) -> int:
        if any(name in self._below for name in inside):
            return BESIDE_EM[1]
        return USUAL_EM[side][self._room.width() > WIDE_FROM_EM * self._theme.base_px]

    def _share_height(self) -> None:
        """To what is tried as much height as it needs or a hand gave it, the rest to what stands over it."""
        if {"this_step", "try_it"} <= self._shown:
            needed = self._last.sizeHint().height() + self._titles["try_it"].sizeHint().height() + 4
            if LAST_HEIGHT in self._shares:
                needed = round(self._shares[LAST_HEIGHT] * self._theme.base_px)
            if abs(self._docks["try_it"].height() - needed) > ROUNDING_PX:
                self._window.resizeDocks([self._docks["try_it"]], [needed], Qt.Orientation.Vertical)

    def settle(self) -> None:
        """Give each the size that it is to have; that works only once the window has one."""
        if (layout := self._window.layout()) is not None:
            layout.activate()
        self._share_width()
        self._share_height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # While a hand drags the line between two parts these change their sizes, and the window does not.
        if event.type() == QEvent.Type.Resize and QApplication.mouseButtons() and not self._arranging:
            name = watched.objectName()
            dock = self._docks[name]
            if not dock.isFloating() and self._room.width() == self._window.width() and isinstance(event, QResizeEvent):
                across = event.size().width() != event.oldSize().width()
                if across and self._area(name) != BOTTOM:
                    self._shares[name] = dock.width() / self._theme.base_px
                elif not across and (name == "try_it" or self._area(name) == BOTTOM):
                    self._shares[LAST_HEIGHT if name == "try_it" else name] = dock.height() / self._theme.base_px
        return False

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme


class DockTitle(QWidget):
    """Drag it to move the panel; the buttons take it out of the window and fold it away.

    Signals
    -------
    closed()
    """

    closed = Signal()

    def __init__(self, dock: QDockWidget, themes: ThemeSource) -> None:
        super().__init__(dock)
        self._label = QLabel(dock.windowTitle(), self)
        self._label.setProperty("role", "title")
        self._float = self._button(self.tr("Takes the panel out of the window or puts it back"), self.tr("Float"))
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button(self.tr("Folds the panel away; the menu and Ctrl+K bring it back"), self.tr("Fold"))
        self._close.clicked.connect(dock.close)
        self._close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 6, 6, 4)
        row.setSpacing(2)
        row.addWidget(self._label, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        for button, drawing in ((self._float, "float"), (self._close, "close")):
            button.setIcon(icons.icon(drawing, theme.muted, theme.line, self.devicePixelRatioF()))
            button.setIconSize(QSize(theme.base_px, theme.base_px))

    def _button(self, tip: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setToolTip(tip)
        button.setAccessibleName(f"{name}: {self._label.text()}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
