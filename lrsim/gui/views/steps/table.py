"""The table of steps: as many rows as there are steps, of which only those in sight are fetched and drawn."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import quiet
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.steps.columns import columns_of
from lrsim.gui.views.steps.paint import Placed, StepPaint
from lrsim.history.steps import Row
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

MOST_COPIED = 100_000
ROWS_PER_NOTCH = 3
NOTCH = 120


class StepTable(QAbstractScrollArea):
    """Rows of steps 1 to the tip, painted from what the session hands out for those in sight.

    It follows the newest row until the user scrolls away from it, and again once they scroll back.

    Signals
    -------
    seek_requested(int)
        A row was clicked, or opened with Enter.
    """

    seek_requested = Signal(int)

    def __init__(self, reader: SessionReader, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = reader
        self._snapshot: Snapshot = reader.snapshot()
        self.theme = themes.theme
        self._paint = StepPaint(themes.theme, ())
        self._run = self._snapshot.run
        self._top = 1.0  # step of the uppermost row; its fraction is scrolled out of sight
        self.turns: Turns | None = None
        self._following = True
        self._selected: tuple[int, int] | None = None  # anchor and current row
        self._pressed: int | None = None  # the row that a click began on
        self._rows: list[Row] | None = []
        self._fetched: tuple[object, ...] = ()
        self._copy_pending = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().valueChanged.connect(self._bar_moved)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        themes.follow(self._set_theme)

    # --- what is shown

    def _set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        self.theme = theme
        self._paint = StepPaint(theme, self._paint.columns)
        self._set_bars()
        self.viewport().update()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other columns, nothing selected."""
        problem = self._reader.problem_of(snapshot)
        self._run = snapshot.run
        names = problem.parameter_names if problem.records_parameters else ()
        data = problem.data
        inputs, outputs = data.X_train.shape[1], data.Y_train.shape[1]
        scaled = (data.scaler.kind != "none", data.scales_targets)
        self._paint = StepPaint(self.theme, columns_of(names, problem.batch_size, inputs, outputs, scaled))
        self._selected = None
        self._following = True
        self._fetched = ()
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state; rows are fetched when they are drawn."""
        if snapshot.run != self._run:
            return  # its columns are not known yet
        moved = snapshot.step != self._snapshot.step
        jumped = moved and not (snapshot.playing or self._snapshot.playing)
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if self._copy_pending:
            self.copy()
        self._set_bars()
        if jumped or self._following:
            self._reveal(snapshot.step)
        if snapshot.playing and self.turns is not None:
            self.turns.ask(self.viewport(), at_once=True)
        else:
            self.viewport().update()

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
    def _rows_in_sight(self) -> float:
        return max((self.viewport().height() - self._paint.header_height) / self._paint.row_height, 1.0)

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
        vertical = self.verticalScrollBar()
        with quiet(vertical):
            vertical.setRange(1, math.ceil(self._last_top))
            vertical.setPageStep(max(int(self._rows_in_sight), 1))
            self._top = min(max(self._top, 1.0), self._last_top)
            vertical.setValue(round(self._top))

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
        if not pixels.isNull():
            self.scroll_to(self._top - pixels.y() / self._paint.row_height)
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
            self._rows = self._reader.rows(self._snapshot, first, last) if last >= first else []
        return self._rows

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        painter = QPainter(self.viewport())
        view = self.viewport().rect()
        try:
            painter.fillRect(view, QColor(self.theme.background))
            if self._snapshot.tip == 0:
                self._draw_empty(painter)
            else:
                self._draw_rows(painter)
            self._paint.header(painter, self.placed_columns(), view.width())
            if self.hasFocus():
                self._paint.frame(painter, QRectF(view), self.theme.text, 2)
        finally:
            painter.end()  # one left open by an exception would end the process
        if self.turns is not None:
            self.turns.took(self.viewport(), 1000 * (time.perf_counter() - began))

    def _draw_empty(self, painter: QPainter) -> None:
        painter.setFont(self._paint.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Press Space to train"))

    def _draw_rows(self, painter: QPainter) -> None:
        paint = self._paint
        rows = self._fetch()
        first, last = self.visible_steps
        cells = None if rows is None else [[column.cell(row) for column in paint.columns] for row in rows]
        paint.fit(cells or (), last)
        self._draw_selection(painter, first, last)
        places = self.placed_columns()
        for number, step in enumerate(range(first, last + 1)):
            top = self.row_top(step)
            current = step == self._snapshot.step
            if current:
                paint.current(painter, top)
            elif self._snapshot.stage is not None and step == self._snapshot.step + 1:
                paint.opened(painter, top)
            if cells is None:
                paint.waiting(painter, step, places, top)
            elif number < len(cells):
                paint.row(painter, cells[number], places, top, bold=current)

    def _draw_selection(self, painter: QPainter, first: int, last: int) -> None:
        selected = self.selected_steps
        if selected is None or selected[0] > last or selected[1] < first:
            return
        top = self.row_top(max(selected[0], first))
        bottom = self.row_top(min(selected[1], last) + 1)
        box = QRectF(2, top, self.viewport().width() - 4, bottom - top)
        self._paint.frame(painter, box, self.theme.control_line, 1)

    def row_top(self, step: int) -> float:
        """The upper edge of a row in the viewport."""
        return self._paint.header_height + (step - self._top) * self._paint.row_height

    def placed_columns(self) -> list[Placed]:
        """What is in sight, with its left edge and width in the viewport; the least important columns give way."""
        return self._paint.placed(self.viewport().width())

    # --- the hand

    def step_at(self, at: QPoint) -> int | None:
        """The step of the row at a place in the viewport."""
        if at.y() < self._paint.header_height:
            return None
        step = int(self._top + (at.y() - self._paint.header_height) / self._paint.row_height)
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
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._pressed = None if extend else step
            self.select(step, extend=extend)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton and step is not None:
            self.select(step, extend=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if event.button() == Qt.MouseButton.LeftButton and pressed and self._selected == (pressed, pressed):
            self.seek_requested.emit(pressed)

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
            self.clearFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self.clearFocus()  # the keys are the window's again
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
        for column, left, width, _number in self.placed_columns():
            if left - self._paint.gap // 2 <= at.x() < left + width + self._paint.gap // 2:
                step = self.step_at(at)
                first, _ = self.visible_steps
                if at.y() < self._paint.header_height:
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
        rows = self._reader.rows(self._snapshot, first, last)
        if rows is None:
            self._copy_pending = True
            return
        lines = ["\t".join(column.title for column in self._paint.columns)]
        lines += ["\t".join(column.exact(row) for column in self._paint.columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def _tell(self, text: str) -> None:
        QToolTip.showText(self.viewport().mapToGlobal(QPoint(self._paint.gap, self._paint.header_height)), text, self)


_OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES: dict[Qt.Key, Callable[[int, int, int], int]] = {
    Qt.Key.Key_Up: lambda now, page, tip: now - 1,
    Qt.Key.Key_Down: lambda now, page, tip: now + 1,
    Qt.Key.Key_PageUp: lambda now, page, tip: now - page,
    Qt.Key.Key_PageDown: lambda now, page, tip: now + page,
    Qt.Key.Key_Home: lambda now, page, tip: 1,
    Qt.Key.Key_End: lambda now, page, tip: tip,
}
