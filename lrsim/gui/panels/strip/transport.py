"""Moving through the run: reset, back, play, on, how fast, how far, and where it stands."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import Pending, show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.actions import Actions
from lrsim.gui.look import icons
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.strip.speed_slider import SpeedSlider
from lrsim.gui.widgets.fitting import FittingBar
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.widgets.timeline import Marked, Timeline
from lrsim.gui.words.entries import parse_position, speed_in_full, speed_words
from lrsim.gui.words.stages import stage_words
from lrsim.session.marked import Breakpoint
from lrsim.session.snapshot import Snapshot

LEAST_SPEED_EM, MOST_SPEED_EM = (9, 5), 26
FASTEST = 1e6


class Transport(FittingBar):
    """Buttons, speed, timeline, `run to`, and the step and epoch in digits of one width.

    With less and less room the speed is told in short, the words beside the fields go, then the speed in words, then
    the epoch.
    """

    LEVELS = 5

    def __init__(self, bridge: Bridge, actions: Actions, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self._actions = actions
        self._theme = themes.theme
        self._playing = Pending(bridge.reader.snapshot().playing)
        self._roomy = False
        self._short = False  # whether there is no room for the epoch
        self._snapshot = bridge.reader.snapshot()
        self._speed = Pending(self._snapshot.speed)
        self._buttons = [self._button(actions["reset"]), self._button(actions["step_back"])]
        self.play = self._play_button(actions["play"])
        self._step_button = self._button(actions["step"])
        self.speed = SpeedSlider(themes, self)
        self.speed.setToolTip(self.tr("How many steps are trained each second, from 1 to as fast as the machine can"))
        self.speed.speed_moved.connect(self._choose_speed)
        self._speed_words = QLabel(self)
        self._speed_words.setProperty("role", "muted")
        self.timeline = Timeline(themes, self)
        self.timeline.call(self.tr("Timeline"))
        self.timeline.setToolTip(self.tr("Click or drag to go to a recorded step; nothing is trained anew"))
        self.timeline.seek_requested.connect(self._session.seek)
        self._run_title = QLabel(self.tr("run to"), self)
        self._run_title.setProperty("role", "muted")
        self.target = NumberField(self._position, count, self)
        self.target.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.target.setAccessibleName(self.tr("Run to step"))
        self.target.setPlaceholderText(self.tr("step"))
        self.target.setToolTip(
            self.tr(
                "A step, as in 12 345, epoch 40, 50 % (of what is recorded) or -100 (from here): trains to it at full "
                "speed, within the run it jumps there"
            )
        )
        self.target.committed.connect(self._session.run_to)
        self._readout = Sentence(themes.theme.text, self, lines=1, align=Qt.AlignmentFlag.AlignRight)
        self._readout.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._lay_out()
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        catch_up(self)
        size = round(theme.base_px * 1.4)
        for button in (*self._buttons, self._step_button, self.play):
            button.setIconSize(QSize(size, size))
            button.setMinimumSize(QSize(round(theme.base_px * 2.8), round(theme.base_px * 2.4)))
        self.speed.setMaximumWidth(theme.base_px * MOST_SPEED_EM)
        self._readout.setFixedWidth(0)
        self._show_place(self._snapshot)
        self._show_play()
        self.follow(theme)

    def set_level(self, level: int) -> None:
        self._fit_speed_words(roomy=level < 1)
        self._run_title.setVisible(level < 2)
        self._speed_words.setVisible(level < 3)
        self.speed.setMinimumWidth(self._theme.base_px * LEAST_SPEED_EM[level >= 4])
        if (level >= 4) != self._short:
            self._short = level >= 4
            self._readout.setFixedWidth(0)
            self._show_place(self._snapshot)

    def toggle(self) -> None:
        """Play where the window shows that it stands still, else pause: never on past an end that is not shown yet."""
        play = not self._playing.value
        self._playing.choose(play, self._session.play() if play else self._session.pause())
        self._show_play()

    def scale_speed(self, factor: float) -> None:
        """Train so many times as fast, within what the slider has besides unlimited."""
        self._choose_speed(min(max(self._speed.value * factor, 1.0), FASTEST))

    def readout(self) -> str:
        """Where the run stands, in words."""
        return self._readout.text()

    def _position(self, text: str) -> int:
        snapshot = self._snapshot
        return parse_position(text, snapshot.step, snapshot.tip, snapshot.grid)

    def focus_target(self) -> None:
        """Put the keyboard into the `run to` field."""
        self.target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        before = self._playing.value
        if self._playing.follow(snapshot, snapshot.playing) != before:
            self._show_play()
        self._actions.enable("step_back", snapshot.step > 0 or snapshot.stage is not None)
        self._actions.enable("reset", snapshot.tip > 0 or bool(snapshot.rate_marks))
        speed = self._speed.follow(snapshot, snapshot.speed)
        self.speed.show_speed(speed)
        self._show_speed(speed)
        marked = Marked(
            rates=snapshot.rate_marks,
            ticks=_ticks(snapshot.breakpoints),
            fence=snapshot.fence,
            bookmarks=tuple((each.name, each.step) for each in snapshot.bookmarks if each.here),
            loop=None if snapshot.loop is None else (snapshot.loop.first, snapshot.loop.last),
        )
        self.timeline.show_run(snapshot.step, snapshot.tip, marked)
        self._show_place(snapshot)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (*self._buttons, self.play, self._step_button):
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.speed, 2)
        row.addWidget(self._speed_words)
        row.addWidget(self.timeline, 3)
        row.addWidget(self._run_title)
        row.addWidget(self.target)
        row.addWidget(self._readout)

    def _show_place(self, snapshot: Snapshot) -> None:
        """Say where it stands; the room for it grows with it and never shrinks, so that nothing jumps while it runs."""
        place = self.tr("step {0} · epoch {1}").format(count(snapshot.step), count(snapshot.epoch))
        text = self.tr("step {0}").format(count(snapshot.step)) if self._short else place
        if snapshot.stage is not None:
            text = self.tr("step {0}, {1}").format(count(snapshot.step), stage_words(snapshot.stage.stage))
        self._readout.set_text(text, self._theme.text)
        digits = -(-max(len(text), 12) // 4) * 4
        width = max(self._readout.fontMetrics().horizontalAdvance(each) for each in ("0" * (digits - 2), text))
        if width > self._readout.minimumWidth():
            self._readout.setFixedWidth(width)

    def _choose_speed(self, speed: float) -> None:
        self._speed.choose(speed, self._session.set_speed(speed))
        self._show_speed(speed)

    def _show_speed(self, speed: float) -> None:
        steps_per_epoch = self._snapshot.steps_per_epoch
        in_full = speed_in_full(speed, steps_per_epoch)
        name = self.tr("Speed, {0}").format(in_full)
        if name != self.speed.accessibleName():
            self.speed.setAccessibleName(name)
        show_text(self._speed_words, in_full if self._roomy else speed_words(speed))
        self._speed_words.setToolTip(in_full)

    def _fit_speed_words(self, *, roomy: bool) -> None:
        """Say the epochs too where there is room, and keep the room for the longest words, so that nothing jumps."""
        self._roomy = roomy
        widest = speed_in_full(950_000, 1000) if self._roomy else speed_words(math.inf)
        self._speed_words.setFixedWidth(self.fontMetrics().horizontalAdvance(widest) + 4)
        self._show_speed(self._speed.value)

    def _show_play(self) -> None:
        drawing = "pause" if self._playing.value else "play"
        colour = self._theme.background
        self.play.setIcon(icons.icon(drawing, colour, colour, self.devicePixelRatioF()))
        name = self.tr("Pause") if self._playing.value else self.tr("Play")
        self.play.setText(name)
        self.play.setAccessibleName(name)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _play_button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "primary")
        button.setToolTip(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        return button


@lru_cache(maxsize=1)
def _ticks(points: tuple[Breakpoint, ...]) -> tuple[int, ...]:
    """Where conditions came true that are in use; the same in most frames."""
    return tuple(sorted({step for point in points if point.enabled for step in point.steps}))
