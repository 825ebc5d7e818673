"""The loss along the last update: of its batch and of the training rows, the gradient's promise, and the parabola."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.pieces import Pieces
from lrsim.gui.chart.chart import Chart, Head
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.marks import draw_rate_marks, draw_step_line
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick, axis_ticks
from lrsim.gui.look.theme import ThemeSource, rate_pen, series_pen
from lrsim.instruments.along import FIRST, LAST, Along
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

CLOSEST, FARTHEST = 1e-3, 1.0
"""Least and most of the line that can be seen, as a share of it."""
MARKS_APART = 16
"""Points between two markers on the curve of the batch."""


class AlongPlot(Chart):
    """A chart over the line of an update.

    The horizontal axis is the rate where another one would have gone along this very line, else a factor of it.

    Signals
    -------
    rate_chosen(float)
        A click: this rate is wanted at the next step.
    told()
        There is something new to say in words.
    """

    rate_chosen = Signal(float)
    told = Signal()

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.short_title = self.tr("Along the step")
        self.y_title = self.tr("change of the loss")
        self.controls.hide()
        self.span = Span(closest_share=CLOSEST, farthest_share=FARTHEST)
        self.span.whole = (FIRST, LAST)
        self._reader = bridge.reader
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self.line: Along | None = None
        self.step = 0
        self.failure = ""
        self._asked: tuple[object, ...] = ()
        self._pieces = Pieces(Evaluator.of(bridge), self._take, self._tell_failure, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    # --- what is shown

    def set_run(self, snapshot: Snapshot) -> None:
        """Show another run."""
        self._snapshot, self.line, self.step, self.failure, self._asked = snapshot, None, 0, "", ()
        self._pieces.stop()
        self.scale = empty(self.kind)
        self.show_all()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer parameters."""
        self._snapshot = snapshot
        self.refresh(snapshot.playing)

    @property
    def settled(self) -> bool:
        """Whether the curves are those of the newest step."""
        if not self.isVisible() or not self._snapshot.step:
            return True
        return not (self._pieces.open or self._timer.isActive()) and self._asked == self._key

    @property
    def _key(self) -> tuple[object, ...]:
        return self._snapshot.run, self._snapshot.place.branch.number, self._snapshot.step

    def notice(self) -> str:
        return "" if self._snapshot.step else self.tr("Take a step to see the loss along it")

    def prepare(self, width: float) -> None:
        if self._key != self._asked:
            self._ask()
        self._fit_scale()

    def _ask(self) -> None:
        """Have the newest step worked out, while training runs once that has rested."""
        if not self._snapshot.playing:
            self._look()
        elif not (self._pieces.open or self._timer.isActive()):
            self._timer.start(self._pieces.rest_ms)

    def _look(self) -> None:
        if not self.isVisible() or self.notice():
            return
        self._timer.stop()
        self._asked = self._key
        self._pieces.begin(_worked_out(self._reader, self._snapshot), rests=self._snapshot.playing)

    def _take(self, found: tuple[tuple[int, int], Along]) -> None:
        (run, step), line = found
        if run != self._snapshot.run:
            return
        self.line, self.step, self.failure = line, step, ""
        self.told.emit()
        self.update()

    def _tell_failure(self, why: str) -> None:
        self.failure = why
        self.told.emit()
        self.update()

    @property
    def _unit(self) -> float:
        """What the axis shows for one length of the update: its rate, or 1."""
        line = self.line
        usable = line is not None and line.proportional and math.isfinite(line.rate) and line.rate > 0
        return line.rate if line is not None and usable else 1.0

    @property
    def by_rate(self) -> bool:
        """Whether the axis shows rates."""
        return self.line is not None and self.line.proportional and self._unit == self.line.rate

    def _fit_scale(self) -> None:
        line = self.line
        self.x_title = self.tr("learning rate") if self.by_rate else self.tr("times the step")
        if line is None:
            return
        values = np.concatenate([_change(line.batch, line.start), _change(line.training, line.training_start)])
        values = values[np.isfinite(values)]
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)

    def x_ticks(self, most: int) -> list[Tick]:
        low, high = self.span.shown
        ticks = axis_ticks(Scale(ScaleKind.LINEAR, low * self._unit, high * self._unit), most)
        # Nobody trains with a rate below 0: what lies there is behind the start.
        start = -low / (high - low) - 1e-9
        return [Tick(each.share, each.text if not self.by_rate or each.share >= start else "") for each in ticks]

    # --- drawing

    @property
    def _full_batch(self) -> bool:
        line = self.line
        return line is not None and line.batch_rows == line.rows and not line.sampled

    def legend(self) -> Sequence[Entry]:
        line = self.line
        if line is None:
            return ()
        theme = self.theme
        whole = self.tr("all rows") if not line.sampled else self.tr("{0} rows").format(count(line.rows))
        entries = [Entry(self.tr("loss of {0}").format(whole), "", series_pen(theme, 0))]
        if not self._full_batch:
            rows = self.tr("of the sample") if line.batch_rows == 1 else self.tr("of the batch")
            entries.append(Entry(rows, "", series_pen(theme, 0), "circle"))
        entries.append(Entry(self.tr("tangent"), "", self._pen(Qt.PenStyle.DashDotLine)))
        if math.isfinite(line.parabola.bend):
            entries.append(Entry(self.tr("parabola"), "", self._pen(Qt.PenStyle.DashLine)))
        return entries

    def _pen(self, style: Qt.PenStyle) -> QPen:
        return QPen(QColor(self.theme.muted), self.theme.line_width, style)

    def draw_content(self, painter: QPainter) -> None:
        line, theme = self.line, self.theme
        if line is None:
            return
        draw_step_line(painter, theme, self.area, float(self.x_px(np.zeros(1))[0]))
        x = self.x_px(line.at)
        for values, style in (
            (line.tangent(line.at), Qt.PenStyle.DashDotLine), (line.fitted(line.at), Qt.PenStyle.DashLine)
        ):  # fmt: skip
            draw_line(painter, x, self.y_px(_change(values, line.start)), self._pen(style), smooth=theme.antialias)
        training = self.y_px(_change(line.training, line.training_start))
        draw_line(painter, x, training, series_pen(theme, 0), smooth=theme.antialias)
        batch = self.y_px(_change(line.batch, line.start))
        if not self._full_batch:
            draw_line(painter, x, batch, series_pen(theme, 0), smooth=theme.antialias)
            some = slice(MARKS_APART // 2, None, MARKS_APART)
            paper = QColor(theme.background)
            draw_markers(painter, x[some], batch[some], "circle", marker_size(theme), series_pen(theme, 0), paper)
        self._draw_ends(painter, line)
        self._draw_note(painter, line)

    def _draw_ends(self, painter: QPainter, line: Along) -> None:
        """Where the update began and ended on the curve of its batch, and the floor of the parabola."""
        theme, size = self.theme, 1.5 * marker_size(self.theme)
        ink, paper = QColor(theme.text), QColor(theme.background)
        at = np.array([0.0, 1.0])
        x, y = self.x_px(at), self.y_px(_change(np.interp(at, line.at, line.batch), line.start))
        draw_markers(painter, x[:1], y[:1], "circle", size, QPen(ink, 2), paper)
        draw_markers(painter, x[1:], y[1:], "circle", size, QPen(paper, 1), ink)
        if line.floor is not None:
            floor = np.array([line.floor])
            lowest = self.y_px(_change(line.fitted(floor), line.start))
            draw_markers(painter, self.x_px(floor), lowest, "diamond", size, QPen(ink, 2), paper)

    def _draw_note(self, painter: QPainter, line: Along) -> None:
        nowhere = not np.isfinite(_change(line.batch, line.start)).any()
        bad = self.failure or (self.tr("The loss is not finite along this step") if nowhere else "")
        if bad:
            painter.setFont(self.fonts.small)
            painter.setPen(QColor(self.theme.bad))
            room = self.area.adjusted(2 * UNIT_PX, 2 * UNIT_PX, -2 * UNIT_PX, -2 * UNIT_PX)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), bad)

    def _draw_frame(self, painter: QPainter, size: QSizeF, head: Head) -> None:
        super()._draw_frame(painter, size, head)
        at = self.present
        if at is not None and self.span.shown[0] <= at <= self.span.shown[1]:
            offset = float(self.x_px(np.array([at]))[0]) - self.area.left()
            free = self.area.left() + self.fonts.small_width(self.y_title) + 2 * UNIT_PX
            draw_rate_marks(painter, self.fonts, self.theme, self.area, [(offset, (0, self._snapshot.rate))], free)

    @property
    def present(self) -> float | None:
        """Where the present rate would have landed, in lengths of the update; None where that has no place."""
        line, rate = self.line, self._snapshot.rate
        if line is None or not (line.rate > 0 and math.isfinite(line.rate) and math.isfinite(rate)):
            return None
        return rate / line.rate

    def draw_over(self, painter: QPainter) -> None:
        if self.pointer is None or self.line is None:
            return
        place = self._nearest(self.pointer)
        x = float(self.x_px(self.line.at[place : place + 1])[0])
        if self.rate_at(place) is None:
            draw_step_line(painter, self.theme, self.area, x, dotted=True)
        else:
            painter.setPen(rate_pen(self.theme, "dotted"))
            painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(place))

    # --- the hand

    def _nearest(self, at: QPointF) -> int:
        assert self.line is not None
        return int(np.abs(self.line.at - self.x_at(at.x())).argmin())

    def rate_at(self, place: int) -> float | None:
        """The rate that belongs to a point of the line, to three digits; None before the start."""
        line = self.line
        if line is None or not line.at[place] > 0 or not (line.rate > 0 and math.isfinite(line.rate)):
            return None
        rate = float(line.at[place]) * line.rate
        return float(f"{rate:.3g}") if math.isfinite(rate) else None

    def readout(self, place: int) -> list[Line]:
        """Exact values at a point of the line."""
        line = self.line
        if line is None:
            return []
        rate, at = self.rate_at(place), line.at[place : place + 1]
        lines = [] if rate is None else [Line(self.tr("rate"), short(rate), color=self.theme.rate)]
        lines.append(Line(self.tr("times the step"), short(float(at[0]))))
        lines.append(Line(self.tr("loss, batch"), full(float(line.batch[place])), color=self.theme.series[0]))
        if not self._full_batch:
            rows = self.tr("loss, all rows") if not line.sampled else self.tr("loss, {0} rows").format(count(line.rows))
            lines.append(Line(rows, full(float(line.training[place])), color=self.theme.series[0]))
        lines.append(Line(self.tr("tangent"), short(float(line.tangent(at)[0]))))
        return lines

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self.line is None or self.notice():
            return
        rate = self.rate_at(self._nearest(at))
        if rate is not None:
            schedule = self._snapshot.parts.schedule
            self.rate_chosen.emit(rate / schedule if schedule > 0 and math.isfinite(schedule) else rate)

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        """The context menu for a place in the picture: changes have both signs, so that there is one scale alone."""
        menu = super().make_menu(at)
        for action in self.controls.scale_actions.values():
            menu.removeAction(action)
        return menu

    def hint(self) -> str:
        return self.tr("A click uses that rate from the next step on, undo takes it back.") + " " + super().hint()

    def in_words(self) -> str:
        line = self.line
        if line is None or self.notice():
            return self.notice() or self.hint()
        text = self.tr("Along step {0} the loss of its batch goes from {1} to {2}.")
        end = float(np.interp(1.0, line.at, line.batch))
        return f"{text.format(count(self.step), short(line.start), short(end))} {self.hint()}"

    def csv(self) -> str:
        """All curves at the points of the line."""
        line = self.line
        if line is None:
            return ""
        columns: list[Floats] = [line.at, line.at * line.rate, line.batch, line.training, line.tangent(line.at),
                                 line.fitted(line.at)]  # fmt: skip
        header = ["times the step", "rate", "batch loss", "training loss", "tangent", "parabola"]
        return csv_text(header, zip(*(column.tolist() for column in columns)))


def _change(values: Floats, start: float) -> Floats:
    """By how much losses differ from that at the start; NaN where there is no difference to speak of."""
    with np.errstate(all="ignore"):
        found: Floats = values - start
    return found


def _worked_out(reader: SessionReader, snapshot: Snapshot) -> Iterator[tuple[tuple[int, int], Along] | None]:
    line = reader.along_last_update(snapshot)
    if line is not None:
        yield (snapshot.run, snapshot.step), line
