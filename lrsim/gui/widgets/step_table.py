"""The table of steps: as many rows as there are steps, of which only those in sight are fetched and drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from lrsim.gui.numbers import count
from lrsim.gui.plots.frame import ALIGN_RIGHT, Fonts
from lrsim.gui.theme import CORNER_PX, UNIT_PX, Theme
from lrsim.gui.widgets.step_columns import Cell, Column, columns_of
from lrsim.session import Row, Session, Snapshot

MOST_COPIED = 100_000
ROWS_PER_NOTCH = 3
NOTCH = 120
DOTS = "\u00b7\u00b7\u00b7"
FAST = 60.0
"""Steps a second above which nobody reads rows while they pass."""
FAST_MS = 100
"""Rows that nobody can read are drawn no more often than this."""


class StepTable(QAbstractScrollArea):
    """Rows of steps 1 to the tip, painted from what the session hands out for those in sight.

    It follows the newest row until the user scrolls away from it, and again once they scroll back.

    Signals
    -------
    seek_requested(int)
        A row was opened with a double click or Enter.
    """

    seek_requested = Signal(int)

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._snapshot: Snapshot = session.snapshot()
        self._columns: tuple[Column, ...] = ()
        self._run = self._snapshot.run
        self._widths: list[int] = []
        self._top = 1.0  # step of the uppermost row; its fraction is scrolled out of sight
        self._following = True
        self._selected: tuple[int, int] | None = None  # anchor and current row
        self._rows: list[Row] | None = []
        self._fetched: tuple[object, ...] = ()
        self._copy_pending = False
        self._since_drawn = QElapsedTimer()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().valueChanged.connect(self._bar_moved)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        self.set_theme(theme)

    # --- what is shown

    def set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        self.theme = theme
        self._fonts = Fonts(theme)
        self._header_metrics = self._fonts.small_metrics
        self._row_height = round(self._fonts.base_metrics.height()) + 2 * UNIT_PX
        self._gap = max(UNIT_PX + 2, theme.base_px // 2)
        self._forget_widths()
        self._set_bars()
        self.viewport().update()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other columns, nothing selected."""
        problem = self._session.problem
        if self._session.snapshot().run != snapshot.run:
            return  # yet another one was loaded meanwhile; it is told of next
        self._run = snapshot.run
        self._columns = columns_of(problem.parameter_names if problem.records_parameters else ())
        self._selected = None
        self._following = True
        self._fetched = ()
        self._forget_widths()
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state; rows are fetched when they are drawn."""
        if snapshot.run != self._run:
            return  # its columns are not known yet
        moved = snapshot.step != self._snapshot.step or snapshot.run != self._snapshot.run
        jumped = moved and not (snapshot.playing or self._snapshot.playing)
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if self._copy_pending:
            self.copy()
        if snapshot.playing and snapshot.speed > FAST and self._drawn_lately():
            return
        self._set_bars()
        if jumped or (moved and self._following):
            self._reveal(snapshot.step)
        self.viewport().update()

    def _drawn_lately(self) -> bool:
        if self._since_drawn.isValid() and self._since_drawn.elapsed() < FAST_MS:
            return True
        self._since_drawn.start()
        return False

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in sight."""
        return self._following

    @property
    def visible_steps(self) -> tuple[int, int]:
        """First and last step in sight; the second is smaller where there is none."""
        first = max(int(self._top), 1)
        return first, min(math.ceil(self._top + self._rows_in_sight), self._snapshot.tip)

    @property
    def selected_steps(self) -> tuple[int, int] | None:
        """First and last selected step."""
        if self._selected is None or not self._snapshot.tip:
            return None
        low, high = sorted(min(step, self._snapshot.tip) for step in self._selected)
        return low, high

    @property
    def _header_height(self) -> int:
        return round(self._header_metrics.height()) + 2 * UNIT_PX

    @property
    def _rows_in_sight(self) -> float:
        return max((self.viewport().height() - self._header_height) / self._row_height, 1.0)

    @property
    def _last_top(self) -> float:
        return max(self._snapshot.tip - self._rows_in_sight + 1.0, 1.0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._set_bars()
        self._reveal(self._snapshot.step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_bars()
        if self._following:
            self._reveal(self._snapshot.step)

    # --- scrolling

    def _set_bars(self) -> None:
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        blocked = vertical.blockSignals(True)
        vertical.setRange(1, math.ceil(self._last_top))
        vertical.setPageStep(max(int(self._rows_in_sight), 1))
        self._top = min(max(self._top, 1.0), self._last_top)
        vertical.setValue(round(self._top))
        vertical.blockSignals(blocked)
        horizontal.setRange(0, max(self._content_width - self.viewport().width(), 0))
        horizontal.setPageStep(self.viewport().width())

    def _bar_moved(self, value: int) -> None:
        self.scroll_to(self._last_top if value >= self._last_top else float(value))

    def scroll_to(self, top: float) -> None:
        """Put a step (its fraction counts) at the top; at the lower end the newest row is followed from then on."""
        self._top = min(max(top, 1.0), self._last_top)
        self._following = self._top >= self._last_top - 0.01
        self._set_bars()
        self.viewport().update()

    def _reveal(self, step: int) -> None:
        """Scroll no further than needed to have a step in sight."""
        step = max(step, 1)
        if step < self._top:
            self._top = float(step)
        elif step + 1 > self._top + self._rows_in_sight:
            self._top = step + 1 - self._rows_in_sight
        self._following = step >= self._snapshot.tip
        self._set_bars()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if angle.x() and not angle.y():
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - angle.x() // 2)
        elif not pixels.isNull():
            self.scroll_to(self._top - pixels.y() / self._row_height)
        else:
            self.scroll_to(self._top - angle.y() / NOTCH * ROWS_PER_NOTCH)
        event.accept()

    # --- drawing

    def _fetch(self) -> list[Row] | None:
        """Rows in sight; None while they are being replayed. Asked for anew with each snapshot."""
        first, last = self.visible_steps
        key = (self._snapshot.version, first, last)
        if key != self._fetched or self._rows is None:
            self._fetched = key
            self._rows = self._session.rows(self._snapshot, first, last) if last >= first else []
        return self._rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            painter.fillRect(self.viewport().rect(), QColor(self.theme.background))
            if self._snapshot.tip == 0:
                self._draw_empty(painter)
            else:
                self._draw_rows(painter)
            self._draw_header(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.text), 2))
                box = QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1)
                painter.drawRoundedRect(box, CORNER_PX, CORNER_PX)
        finally:
            painter.end()  # one left open by an exception would end the process

    def _draw_empty(self, painter: QPainter) -> None:
        painter.setFont(self._fonts.base)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Press Space to train"))

    def _draw_header(self, painter: QPainter) -> None:
        height = self._header_height
        painter.fillRect(QRect(0, 0, self.viewport().width(), height), QColor(self.theme.background))
        painter.setFont(self._fonts.small)
        for column, left, width in self._placed_columns():
            painter.setPen(QColor(self.theme.rate if column.is_rate else self.theme.muted))
            painter.drawText(QRectF(left, 0, width, height), ALIGN_RIGHT, column.title)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.drawLine(0, height - 1, self.viewport().width(), height - 1)

    def _draw_rows(self, painter: QPainter) -> None:
        rows = self._fetch()
        first, last = self.visible_steps
        cells = None if rows is None else [[column.cell(row) for column in self._columns] for row in rows]
        self._fit_widths(cells or [], last)
        painter.setFont(self._fonts.base)
        self._draw_selection(painter, first, last)
        places = self._placed_columns()
        ascent = (self._row_height + self._fonts.base_metrics.ascent() - self._fonts.base_metrics.descent()) / 2
        for number, step in enumerate(range(first, last + 1)):
            base = self._row_y(step) + ascent
            if step == self._snapshot.step:
                self._draw_current(painter, step)
            if cells is None:
                self._draw_waiting(painter, step, base)
            elif number < len(cells):
                self._draw_cells(painter, cells[number], places, base, current=step == self._snapshot.step)

    def _draw_cells(
        self, painter: QPainter, cells: Sequence[Cell], places: Sequence[tuple[Column, int, int]], base: float, *,
        current: bool,
    ) -> None:  # fmt: skip
        theme = self.theme
        measure = self._fonts.title_width if current else self._fonts.base_width
        painter.setFont(self._fonts.title if current else self._fonts.base)
        pen = ""
        for (text, bad), (column, left, width) in zip(cells, places):
            color = theme.bad if bad else theme.rate if column.is_rate else theme.text
            if color != pen:
                painter.setPen(QColor(color))
                pen = color
            painter.drawText(QPointF(left + width - measure(text), base), text)

    def _draw_waiting(self, painter: QPainter, step: int, base: float) -> None:
        painter.setPen(QColor(self.theme.muted))
        for number, (_column, left, width) in enumerate(self._placed_columns()):
            text = count(step) if number == 0 else DOTS
            painter.drawText(QPointF(left + width - self._fonts.base_width(text), base), text)

    def _draw_selection(self, painter: QPainter, first: int, last: int) -> None:
        selected = self.selected_steps
        if selected is None or selected[0] > last or selected[1] < first:
            return
        top = self._row_y(max(selected[0], first))
        bottom = self._row_y(min(selected[1], last)) + self._row_height
        box = QRectF(2, top, self.viewport().width() - 4, bottom - top).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(self.theme.control_line), 1))
        painter.drawRoundedRect(box, CORNER_PX, CORNER_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_current(self, painter: QPainter, step: int) -> None:
        bar = QRectF(0, self._row_y(step) + 2, UNIT_PX, self._row_height - 4)
        painter.fillRect(bar, QColor(self.theme.text))

    def _row_y(self, step: int) -> float:
        return self._header_height + (step - self._top) * self._row_height

    # --- columns

    @property
    def _content_width(self) -> int:
        return sum(self._widths) + self._gap * (len(self._widths) + 1) + UNIT_PX

    def _placed_columns(self) -> list[tuple[Column, int, int]]:
        """Each column with its left edge and width in pixels; what is to spare goes between them."""
        spare = max(self.viewport().width() - self._content_width, 0)
        between = self._gap + min(spare // max(len(self._widths), 1), 4 * self._gap)
        left = UNIT_PX + self._gap - self.horizontalScrollBar().value()
        placed = []
        for column, width in zip(self._columns, self._widths):
            placed.append((column, left, width))
            left += width + between
        return placed

    def _forget_widths(self) -> None:
        self._widths = [math.ceil(self._fonts.small_width(column.title)) for column in self._columns]

    def _fit_widths(self, rows: Sequence[Sequence[Cell]], last: int) -> None:
        """Widen columns to what is in sight; they never shrink while the run lasts, so that nothing jumps."""
        measure = self._fonts.title_width
        longest = [max((row[number][0] for row in rows), key=len, default="") for number in range(len(self._columns))]
        if longest:
            longest[0] = count(last)
        widths = [max(width, math.ceil(measure(text))) for width, text in zip(self._widths, longest)]
        if widths != self._widths:
            self._widths = widths
            self._set_bars()

    # --- the hand

    def step_at(self, at: QPoint) -> int | None:
        """The step of the row at a place in the viewport."""
        if at.y() < self._header_height:
            return None
        step = int(self._top + (at.y() - self._header_height) / self._row_height)
        return step if 1 <= step <= self._snapshot.tip else None

    def select(self, step: int, *, extend: bool = False) -> None:
        """Select a row, or all from the first selected one to it, and bring it in sight."""
        step = min(max(step, 1), self._snapshot.tip)
        anchor = self._selected[0] if extend and self._selected is not None else step
        self._selected = (anchor, step)
        following = self._following
        self._reveal(step)
        self._following = following and step >= int(self._top)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and step is not None:
            self.select(step, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton and step is not None:
            self.select(step, extend=True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and step is not None:
            self.seek_requested.emit(step)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_own_key(event):
            event.accept()  # these keys mean the table while it has the focus
            return True
        return super().event(event)

    def _is_own_key(self, event: QKeyEvent) -> bool:
        return event.matches(QKeySequence.StandardKey.Copy) or event.key() in _MOVES or event.key() in _OPENING

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in _OPENING and self._selected is not None:
            self.seek_requested.emit(min(self._selected[1], self._snapshot.tip))
        elif event.key() in _MOVES and self._snapshot.tip:
            now = self._selected[1] if self._selected is not None else self._snapshot.step
            page = max(int(self._rows_in_sight) - 1, 1)
            step = _MOVES[Qt.Key(event.key())](now, page, self._snapshot.tip)
            self.select(step, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self)
            return True
        return super().viewportEvent(event)

    def tip_at(self, at: QPoint) -> str:
        """The exact value under the pointer, or what a column means; empty beside the columns."""
        for column, left, width in self._placed_columns():
            if left - self._gap // 2 <= at.x() < left + width + self._gap // 2:
                step = self.step_at(at)
                first, _ = self.visible_steps
                if at.y() < self._header_height:
                    return column.tip
                if step is not None and self._rows and 0 <= step - first < len(self._rows):
                    return column.exact(self._rows[step - first])
        return ""

    # --- copying

    def copy(self) -> None:
        """Put the selected rows on the clipboard, tab-separated, with all digits; waits for rows being replayed."""
        self._copy_pending = False
        selected = self.selected_steps
        if selected is None:
            return
        first, last = selected
        if last - first >= MOST_COPIED:
            text = self.tr("{0} rows are too many to copy, {1} is the limit.")
            self._tell(text.format(count(last - first + 1), count(MOST_COPIED)))
            return
        rows = self._session.rows(self._snapshot, first, last)
        if rows is None:
            self._copy_pending = True
            return
        lines = ["\t".join(column.title for column in self._columns)]
        lines += ["\t".join(column.exact(row) for column in self._columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def _tell(self, text: str) -> None:
        QToolTip.showText(self.viewport().mapToGlobal(QPoint(self._gap, self._header_height)), text, self)


_OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES: dict[Qt.Key, Callable[[int, int, int], int]] = {
    Qt.Key.Key_Up: lambda now, page, tip: now - 1,
    Qt.Key.Key_Down: lambda now, page, tip: now + 1,
    Qt.Key.Key_PageUp: lambda now, page, tip: now - page,
    Qt.Key.Key_PageDown: lambda now, page, tip: now + page,
    Qt.Key.Key_Home: lambda now, page, tip: 1,
    Qt.Key.Key_End: lambda now, page, tip: tip,
}
