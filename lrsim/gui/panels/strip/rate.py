"""The learning rate: track, number and the four factors. It never folds away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from lrsim.common.numbers import count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.actions import Actions
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.panels.strip.rate_slider import RateSlider
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.words.entries import parse_rate
from lrsim.session.snapshot import Snapshot

FACTORS = ("rate_tenth", "rate_half", "rate_double", "rate_tenfold")


class RateStrip(QWidget):
    """Shows the rate that the next step will use, and lets a hand change it at any time."""

    def __init__(
        self, bridge: Bridge, commands: Commands, actions: Actions, themes: ThemeSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._compact = False
        self._next_step = 1
        self._rate: float | None = None
        self._scheduled: float | None = None  # what the schedule makes of it, where that differs
        self._title = QLabel(self.tr("LEARNING RATE"), self)
        self.slider = RateSlider(themes, self)
        self.slider.setAccessibleName(self.tr("Learning rate, logarithmic"))
        self.slider.setToolTip(self.tr("How far each step goes; what you set here holds from the next step on"))
        self.slider.rate_moved.connect(commands.set_rate)
        self.slider.sliderReleased.connect(lambda: self.slider.show_rate(commands.rate))
        self.field = NumberField(parse_rate, short, self, edit=full)
        self.field.setAccessibleName(self.tr("Learning rate"))
        self.field.committed.connect(commands.set_rate)
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
        self._show_rate(commands.rate)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._title.setStyleSheet(f"color: {theme.rate}; font-weight: 600;")
        self.field.setStyleSheet(f"color: {theme.rate}; font-size: {theme.large_px}px; font-weight: 600;")
        widest = QFontMetrics(font(theme, theme.large_px, bold=True)).horizontalAdvance("1.464e-05")
        self.field.setFixedWidth(widest + 32)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        for button in self._factors:
            button.setMinimumSize(QSize(round(theme.base_px * 3), round(theme.base_px * 2.4)))
        self._effect.setFixedWidth(round(theme.base_px * 13))
        self._show_effect()

    def set_compact(self, compact: bool) -> None:
        """Leave out what a narrow window has no room for."""
        self._title.setText(self.tr("RATE") if compact else self.tr("LEARNING RATE"))
        self._compact = compact
        self._show_effect()

    def message(self) -> str:
        """What the line beside the buttons says."""
        return self._effect.text()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._next_step = snapshot.step + 1
        self._scheduled = snapshot.rate if snapshot.rate != snapshot.lr else None
        self._show_effect()

    def _show_rate(self, rate: float) -> None:
        if rate != self._rate:
            self._rate = rate
            self.slider.show_rate(rate)
            self.field.show_value(rate)
            tip = self.tr("The next step uses {0}; type any number > 0, such as 3e-5")
            self.field.setToolTip(tip.format(full(rate)))

    def _show_effect(self) -> None:
        if self._scheduled is not None:
            text = self.tr("scheduled: {0} at step {1}").format(short(self._scheduled), count(self._next_step))
        else:
            text = self.tr("from step {0}").format(count(self._next_step))
        self._effect.set_text(text, self._theme.muted)
        self._effect.setVisible(not self._compact)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setAccessibleName(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
