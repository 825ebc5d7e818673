"""The stages of an update as buttons, in the order in which it is worked out; the open one stands out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from lrsim.debugger.stages import Stage, StageKind
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.words.stages import kind_words, stage_words

ROWS = ((StageKind.BATCH, StageKind.FORWARD), (StageKind.LOSS, StageKind.BACKWARD), (StageKind.UPDATE,))
"""What stands in a row: the way to the loss, the way back from it, and what comes of that."""


class StageChips(QWidget):
    """A click opens a stage.

    Signals
    -------
    chosen(int)
        Place of a stage, from 0.
    """

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Stages of the update"))
        self._stages: tuple[Stage, ...] = ()
        self._buttons: list[QToolButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._theme = themes.theme
        themes.changed.connect(self._set_theme)

    def show_stages(self, stages: Sequence[Stage], at: int) -> None:
        """Show the stages, of which the one at `at` stands open."""
        if tuple(stages) != self._stages:
            self._stages = tuple(stages)
            self._build()
        for place, button in enumerate(self._buttons):
            button.setChecked(place == at)

    def buttons(self) -> list[QToolButton]:
        """One for each stage, in order."""
        return list(self._buttons)

    def _build(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._buttons = [self._button(place, stage) for place, stage in enumerate(self._stages)]
        for row, kinds in enumerate(ROWS):
            holder = QWidget(self)
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(0)
            for kind in kinds:
                found = [button for button, stage in zip(self._buttons, self._stages) if stage.kind is kind]
                if self._stages[self._buttons.index(found[0])].layer:
                    title = QLabel(kind_words(kind), holder)
                    title.setProperty("role", "muted")
                    line.addWidget(title)
                    line.addSpacing(2)
                for button in found:
                    line.addWidget(button)
                line.addSpacing(6)
            line.addStretch(1)
            self._grid.addWidget(holder, row, 0)
        self._set_theme(self._theme)

    def _button(self, place: int, stage: Stage) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setCheckable(True)
        button.setText(str(stage.layer) if stage.layer else kind_words(stage.kind))
        button.setAccessibleName(stage_words(stage))
        button.setToolTip(stage_words(stage))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.chosen.emit(place))
        return button

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for button in self._buttons:
            button.setMinimumWidth(round(theme.base_px * 1.9))
