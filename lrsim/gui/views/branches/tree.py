"""The branches of a run as lines over the steps: the one at hand straight at the top, others where they left it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import count
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.words.branches import end_words
from lrsim.session.branches import BranchShown
from lrsim.session.snapshot import Snapshot
from lrsim.verdict.codes import TONES, VerdictCode

ROW_EM = 2.9
TIP_PX = 4


@dataclass(frozen=True)
class Row:
    """A branch with the row from which it comes, and the step at which it does."""

    branch: BranchShown
    source: int
    begin: int


def rows_of(snapshot: Snapshot, *, hidden: bool) -> list[Row]:
    """The branch at hand first, then what left it, the latest first and each before what it was left by in turn.

    So no line that leads down to a branch crosses the name of another one.
    """
    shown = [each for each in snapshot.branches if each.current or hidden or not each.hidden]
    others = {each.number: each for each in shown if not each.current and each.tip > each.parts}
    left: dict[int | None, list[BranchShown]] = {}
    for each in others.values():
        from_line = each.fork <= each.parts or each.parent not in others
        left.setdefault(None if from_line else each.parent, []).append(each)
    rows = [Row(each, 0, 0) for each in shown if each.current]
    waiting = [(each, 0) for each in sorted(left.get(None, ()), key=lambda each: each.parts)]
    while waiting:
        each, source = waiting.pop()
        rows.append(Row(each, source, each.fork if source else each.parts))
        children = sorted(left.get(each.number, ()), key=lambda child: child.fork)
        waiting += [(child, len(rows) - 1) for child in children]
    return rows


class BranchTree(QWidget):
    """A click goes to a branch and step; Up, Down choose a branch, Return goes to its end.

    Signals
    -------
    chosen(int, int)
        Branch and step to go to.
    selected(int)
        A branch was selected; -1 for none.
    rename_asked(), hide_asked(), mark_asked()
        What a key asked for, of the selected branch.
    """

    chosen = Signal(int, int)
    selected = Signal(int)
    rename_asked = Signal()
    hide_asked = Signal()
    mark_asked = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._rows: list[Row] = []
        self._step = self._furthest = 0
        self._selected = -1
        self._marked = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.tr("Branches"))
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._take_height()

    # --- what is shown

    def show_rows(self, snapshot: Snapshot, rows: list[Row], marked: int) -> None:
        """Show other branches, or others of their facts."""
        changed = rows != self._rows or self._step != snapshot.step or marked != self._marked
        self._step, self._marked = snapshot.step, marked
        self._furthest = max([1, *(row.branch.tip for row in rows)])
        resized = len(rows) != len(self._rows)
        self._rows = rows
        if self.branch(self._selected) is None:
            self._selected = -1
        if resized:
            self._take_height()
        if changed:
            self.setAccessibleDescription("; ".join(self.words(row.branch) for row in rows))
            self.update()

    def words(self, branch: BranchShown) -> str:
        """A branch in a line."""
        said = [branch.title, end_words(branch), self.tr("step {0}").format(count(branch.tip))]
        if branch.hidden:
            said.append(self.tr("hidden"))
        return ", ".join(part for part in said if part)

    def branch(self, number: int) -> BranchShown | None:
        """The branch of that number, where it is shown."""
        return next((row.branch for row in self._rows if row.branch.number == number), None)

    @property
    def selection(self) -> BranchShown | None:
        """The branch that is selected; the one at hand where none is."""
        return self.branch(self._selected) or next((row.branch for row in self._rows if row.branch.current), None)

    def row_box(self, number: int) -> QRectF:
        """Where a branch is drawn."""
        places = [place for place, row in enumerate(self._rows) if row.branch.number == number]
        top = (places[0] if places else 0) * self._row_height
        return QRectF(0, top, self.width(), self._row_height)

    @property
    def _row_height(self) -> float:
        return round(ROW_EM * self._theme.base_px)

    def _take_height(self) -> None:
        self.setFixedHeight(round(max(len(self._rows), 1) * self._row_height) + UNIT_PX)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * self._theme.base_px, self.minimumHeight())

    # --- drawing

    def _x(self, step: float) -> float:
        return PADDING_PX + step / self._furthest * max(self.width() - 2 * PADDING_PX, 1)

    def _y(self, row: int) -> float:
        return (row + 0.72) * self._row_height

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.setPen(QPen(QColor(theme.line), 1))
        x = round(self._x(min(self._step, self._furthest))) + 0.5
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        for place, row in enumerate(self._rows):
            self._draw_row(painter, place, row)
        for place, row in enumerate(self._rows):  # over the lines of all
            self._write(painter, place, row.branch, self._x(row.begin) + UNIT_PX if place else PADDING_PX)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _draw_row(self, painter: QPainter, place: int, row: Row) -> None:
        theme, branch = self._theme, row.branch
        if branch.number == self._selected:
            painter.fillRect(self.row_box(branch.number), QColor(theme.selection))
        begin, end, y = self._x(row.begin), self._x(branch.tip), self._y(place)
        color = QColor(theme.text if branch.current else theme.muted)
        style = Qt.PenStyle.SolidLine if branch.current else Qt.PenStyle.DotLine
        painter.setPen(QPen(color, max(theme.line_width, 2), style))
        if place:
            painter.drawLine(QPointF(begin, self._y(row.source)), QPointF(begin, y))
        painter.drawLine(QPointF(begin, y), QPointF(end, y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(end, y), TIP_PX, TIP_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _write(self, painter: QPainter, place: int, branch: BranchShown, left: float) -> None:
        """Name and end of a branch above its line, from where it begins on or as far left as they need."""
        theme, end = self._theme, end_words(branch)
        title = branch.title + (self.tr(" (marked)") if branch.number == self._marked else "")
        if branch.hidden:
            title += self.tr(" (hidden)")
        font = self.font()
        font.setBold(branch.current)
        painter.setFont(font)
        metrics, gap = painter.fontMetrics(), 2 * UNIT_PX
        wide = self.width() - 2 * PADDING_PX
        of_end = metrics.horizontalAdvance(end) + gap if end else 0
        title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, max(round(wide - of_end), 0))
        needed = metrics.horizontalAdvance(title) + of_end
        left = max(min(left, self.width() - PADDING_PX - needed), PADDING_PX)
        base = self._y(place) - 2 * UNIT_PX
        paper = theme.selection if branch.number == self._selected else theme.background
        painter.fillRect(QRectF(left - 2, base - metrics.ascent(), needed + 4, metrics.height()), QColor(paper))
        painter.setPen(QColor(theme.text if branch.current else theme.muted))
        painter.drawText(QPointF(left, base), title)
        if end:
            tone = "bad" if branch.diverged_at is not None else TONES[branch.end or VerdictCode.CONVERGING]
            painter.setPen(QColor(getattr(theme, tone)))
            painter.drawText(QPointF(left + metrics.horizontalAdvance(title) + gap, base), end)

    # --- the hand

    def _row_at(self, y: float) -> Row | None:
        place = int(y // self._row_height)
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def _select(self, number: int) -> None:
        self._selected = number
        self.selected.emit(number)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().y())
        if event.button() != Qt.MouseButton.LeftButton or row is None:
            return
        share = (event.position().x() - PADDING_PX) / max(self.width() - 2 * PADDING_PX, 1)
        step = min(max(round(share * self._furthest), row.begin), row.branch.tip)
        self._select(row.branch.number)
        self.chosen.emit(row.branch.number, step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        numbers = [row.branch.number for row in self._rows]
        chosen = self.selection
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and numbers and chosen is not None:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._select(numbers[min(max(numbers.index(chosen.number) + step, 0), len(numbers) - 1)])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and chosen is not None:
            self.chosen.emit(chosen.number, chosen.tip)
        elif event.key() == Qt.Key.Key_Delete:
            self.hide_asked.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.rename_asked.emit()
        elif event.key() == Qt.Key.Key_M:
            self.mark_asked.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QKeyEvent) and kind == QKeyEvent.Type.ShortcutOverride and event.key() in _OWN:
            event.accept()  # these keys mean the tree while it has the focus
            return True
        if isinstance(event, QHelpEvent) and kind == QHelpEvent.Type.ToolTip:
            row = self._row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), "" if row is None else self.words(row.branch), self)
            return True
        return super().event(event)


_OWN = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_F2, Qt.Key.Key_M,
)  # fmt: skip
