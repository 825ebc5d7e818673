"""The learning rate: track, number and the four factors. It never folds away."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from lrsim.common.numbers import count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.actions import Actions
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.panels.strip.rate_slider import RateSlider
from lrsim.gui.widgets.fitting import FittingBar
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.words.entries import parse_rate
from lrsim.session.snapshot import Snapshot

NO_BREAK = "\N{NO-BREAK SPACE}"
FACTORS = ("rate_tenth", "rate_half", "rate_double", "rate_tenfold")


class RateStrip(FittingBar):
    """Shows the rate that the next step will use, with what it is made of, and lets a hand change it at any time.

    What a hand sets is the base: the schedule goes on from it, and what callbacks have made of the one before is over.
    """

    LEVELS = 3

    def __init__(
        self, bridge: Bridge, commands: Commands, actions: Actions, themes: ThemeSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._next_step = 1
        self._parts = bridge.reader.snapshot().parts
        self._title = QLabel(self.tr("LEARNING RATE"), self)
        self._title.setProperty("role", "chosen-rate")
        self.slider = RateSlider(themes, self)
        self.slider.setToolTip(self.tr("How far each step goes; what you set here holds from the next step on"))
        self.slider.rate_moved.connect(commands.set_rate)
        self.slider.sliderReleased.connect(self._show_rate)
        self.field = NumberField(parse_rate, self._as_used, self, edit=full)
        self.field.setProperty("role", "large-rate")
        self.field.setAccessibleName(self.tr("Learning rate"))
        self.field.committed.connect(commands.set_rate)
        self.field.installEventFilter(self)
        self._factors = [self._button(actions[name]) for name in FACTORS]
        self._effect = Sentence(themes.theme.muted, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        for button in self._factors:
            row.addWidget(button)
        row.addWidget(self._effect)
        bridge.changed.connect(self.show_snapshot)
        commands.rate_changed.connect(self._show_rate)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        widest = QFontMetrics(font(theme, theme.large_px, bold=True)).horizontalAdvance("1.464e-05")
        self.field.setFixedWidth(widest + 32)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        for button in self._factors:
            button.setMinimumSize(QSize(round(theme.base_px * 3), round(theme.base_px * 2.4)))
        self._show_rate()
        self.follow(theme)

    def set_level(self, level: int) -> None:
        self._title.setText(self.tr("RATE") if level else self.tr("LEARNING RATE"))
        self._effect.setVisible(not level or not self._parts.is_base)
        self._effect.setFixedWidth(self._theme.base_px * (13, 13, 8)[level])
        self.slider.setMinimumWidth(self._theme.base_px * (24, 16, 8)[level])
        for button in self._factors[1:3]:
            button.setVisible(level < 2)

    def message(self) -> str:
        """What the line beside the buttons says."""
        return self._effect.text()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._next_step = snapshot.step + 1
        self._parts = snapshot.parts
        self._show_rate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            QTimer.singleShot(0, self, self._show_effect)  # once the field knows of it
        return super().eventFilter(watched, event)

    def _show_rate(self) -> None:
        """The rate of the next step; while a choice waits for the session, what it will come to."""
        base = self._commands.rate
        if base != self._parts.base:
            self._parts = self._parts.with_base(base)
        self.slider.show_rate(self._parts.held)
        self._tell_rate(self._parts.held)
        self.field.show_value(self._parts.held)
        self.field.show_anew()
        self._show_effect()

    def _tell_rate(self, rate: float) -> None:
        """A slider tells readers its position; its name tells them the rate."""
        name = self.tr("Learning rate slider, {0}").format(short(rate))
        if name != self.slider.accessibleName():
            self.slider.setAccessibleName(name)

    def _as_used(self, held: float) -> str:
        """What the next step makes of a base; the base itself where the schedule has no rate for the step."""
        rate = held * self._parts.schedule
        return short(rate if math.isfinite(rate) else held)

    def _show_effect(self) -> None:
        parts = self._parts
        self._effect.set_text(self._effect_in_words(), self._theme.muted)
        if self._effect.isHidden() == (not self.level or not parts.is_base):
            self.measure()
        if parts.is_base:
            tip = self.tr("The next step uses {0}; type any number > 0, such as 3e-5").format(full(parts.rate))
        else:
            tip = self.tr("Step {0} uses {1}: {2}. What you type is the base, any number > 0, such as 3e-5").format(
                count(self._next_step), full(parts.rate), self._product()
            )
        if tip != self.field.toolTip():
            self.field.setToolTip(tip)

    def _effect_in_words(self) -> str:
        parts, step = self._parts, count(self._next_step)
        if parts.is_base:
            return self.tr("from step {0}").format(step)
        if not math.isfinite(parts.rate):
            return self.tr("the schedule has no rate for step {0}").format(step)
        if self.field.hasFocus():
            return self.tr("the base; step {0} uses {1}").format(step, short(parts.rate))
        return self._product()

    def _product(self) -> str:
        """What the rate is made of."""
        parts = self._parts
        made = [self.tr("base {0}").format(short(parts.base))]
        if parts.schedule != 1.0:
            made.append(self.tr("schedule {0}").format(short(parts.schedule)))
        if parts.factor != 1.0:
            made.append(self.tr("callbacks {0}").format(short(parts.factor)))
        return " × ".join(part.replace(" ", NO_BREAK) for part in made)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setAccessibleName(self.tr("Learning rate {0}").format(action.text()))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
