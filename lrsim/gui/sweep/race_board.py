"""Who leads a race at the cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import short
from lrsim.gui.chart.frame import ALIGN_LEFT, ALIGN_RIGHT, Fonts
from lrsim.gui.chart.strokes import draw_markers, marker_size
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.cell_paint import draw_parts, parts_width, short_parts
from lrsim.gui.sweep.race import Runner, standings
from lrsim.gui.sweep.results import Results
from lrsim.gui.words import sweep


class Standings(QWidget):
    """The runs at the cursor, the best first, each with its mark and exact loss.

    Signals
    -------
    chosen(int)
    opened(int)
    """

    chosen = Signal(object)
    opened = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._fonts = Fonts(themes.theme)
        self._order: list[Runner] = []
        self._step = 0
        self._results: Results | None = None
        self.setAccessibleName(self.tr("Who leads"))
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts = Fonts(theme)
        self.setMinimumWidth(theme.base_px * 17)
        self.update()

    def show_race(self, runners: Sequence[Runner], step: int, results: Results) -> None:
        """Show how these runs stand at a step."""
        self._order, self._step, self._results = standings(runners, step), step, results
        self.update()

    def rows(self) -> list[tuple[str, str]]:
        """What is said: the runs in order with their losses."""
        return [(self._name(runner), self._value(runner)[0]) for runner in self._order]

    def _name(self, runner: Runner) -> str:
        return "".join(text for text, _ in self._parts(runner))

    def _parts(self, runner: Runner) -> list[tuple[str, bool]]:
        runs = self._results.runs if self._results else ()
        seeded = bool(self._results and self._results.sweep and len(self._results.sweep.seeds) > 1)
        return sweep.title_parts(runs[runner.record.index], seeded)

    def _value(self, runner: Runner) -> tuple[str, str]:
        """The loss at the cursor in words, and its tone."""
        if runner.fell_by(self._step):
            return sweep.divergence_words([runner.record]), "bad"
        loss = runner.at(self._step)
        return ("-", "") if math.isnan(loss) else (short(loss), "bad" if not math.isfinite(loss) else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        fonts, theme = self._fonts, self._theme
        painter.fillRect(self.rect(), QColor(theme.background))
        painter.setFont(fonts.title)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(PADDING_PX, UNIT_PX, self.width(), fonts.row), ALIGN_LEFT, self.tr("Who leads"))
        whole = int((self.height() - self._row(0).top()) // self._row(0).height())
        terse = any(self._wants_room(runner) for runner in self._order[:whole])
        for place, runner in enumerate(self._order):
            row = self._row(place)
            if self._row(place + 1).bottom() > self.height() and place < len(self._order) - 1:
                painter.setPen(QColor(theme.muted))
                more = self.tr("and {0} more").format(len(self._order) - place)
                painter.drawText(row, ALIGN_LEFT, more)
                break
            self._draw_row(painter, row, place, runner, terse)

    def _wants_room(self, runner: Runner) -> bool:
        """Whether its title has no room for many words; then all are told in few."""
        return parts_width(self._parts(runner), self._fonts.base_metrics) > self._room(runner)

    def _room(self, runner: Runner) -> float:
        """For the title of a run, between its mark and its loss."""
        fonts = self._fonts
        left = fonts.base_width("00 ") + 2 * UNIT_PX + marker_size(self._theme)
        return self._row(0).width() - left - fonts.base_width(self._value(runner)[0]) - 2 * UNIT_PX

    def _row(self, place: int) -> QRectF:
        height = self._fonts.row
        return QRectF(PADDING_PX, height + UNIT_PX + place * height, self.width() - 2 * PADDING_PX, height)

    def _draw_row(self, painter: QPainter, row: QRectF, place: int, runner: Runner, terse: bool) -> None:
        fonts, theme = self._fonts, self._theme
        if self._results and runner.record.index == self._results.selection:
            painter.fillRect(row.adjusted(-UNIT_PX, 0, UNIT_PX, 0), QColor(theme.selection))
        number = fonts.base_width("00 ")
        painter.setFont(fonts.base)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(row.left(), row.top(), number, row.height()), ALIGN_LEFT, str(place + 1))
        mark = np.array([row.left() + number + UNIT_PX]), np.array([row.center().y()])
        color = runner.color(theme)
        draw_markers(painter, *mark, runner.marker, marker_size(theme) * 1.3, QPen(color, 1.5), color)
        text, tone = self._value(runner)
        painter.setFont(fonts.base)
        painter.setPen(QColor(theme.tone(tone) if tone else theme.text))
        painter.drawText(row, ALIGN_RIGHT, text)
        left = row.left() + number + 2 * UNIT_PX + marker_size(theme)
        room = self._room(runner)
        parts = short_parts(self._parts(runner), fonts.base_metrics, room, terse)
        draw_parts(painter, QRectF(left, row.top(), room, row.height()), parts, fonts.base, fonts.title, theme)

    def _runner_at(self, at: QPointF) -> Runner | None:
        for place, runner in enumerate(self._order):
            if self._row(place).contains(at):
                return runner
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        runner = self._runner_at(event.position())
        if runner is not None:
            self.chosen.emit(runner.record.index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        runner = self._runner_at(event.position())
        if runner is not None:
            self.opened.emit(runner.record.index)
