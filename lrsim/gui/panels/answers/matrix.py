"""A table of classes against what they were taken for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from lrsim.charts.look import PADDING_PX, UNIT_PX, mix
from lrsim.common.numbers import count
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import draw_title
from lrsim.gui.chart.picture import Picture
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import ThemeSource
from lrsim.instruments.confusion import Confusion

MOST_CLASSES = 30
NAME_SHARE = 0.42
"""Of the width, that names of classes may take."""
STRONGEST = 0.6
"""Of a cell that holds all of its class, so that numbers stay readable on it."""


class MatrixPlot(Picture):
    """One cell for each pair of a class and what it was taken for: the darker the larger its share of the class.

    Cells of right answers have a frame.
    """

    ZOOMS = False

    def __init__(self, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title)
        self._classes: tuple[str, ...] = ()
        self._found: Confusion | None = None
        self._notice = ""
        self.setMinimumSize(QSize(160, 120))

    # --- what is shown

    def show_notice(self, text: str) -> None:
        """Show words in the place of a table."""
        self._found, self._notice = None, text
        self.update()

    def show_confusion(self, found: Confusion, classes: tuple[str, ...]) -> None:
        """Show other counts."""
        self._found, self._classes, self._notice = found, classes, ""
        self.update()

    @property
    def _columns(self) -> tuple[str, ...]:
        """What rows were given; no answer is a column only where there was none."""
        found = self._found
        return (*self._classes, self.tr("none")) if found is not None and found.not_finite else self._classes

    def in_words(self) -> str:
        found = self._found
        if found is None:
            return self._notice
        return self.tr("{0} of {1} are given their own class").format(count(found.right), count(found.rows))

    def hint(self) -> str:
        return self.tr("Each row is a class, each column what it was taken for; cells of right answers have a frame.")

    def csv(self) -> str:
        found = self._found
        if found is None:
            return ""
        columns = len(self._columns)
        rows = ((name, *found.counts[place, :columns].tolist()) for place, name in enumerate(self._classes))
        return csv_text(["class", *self._columns], rows)

    # --- places

    def _grid(self, size: QSizeF) -> QRectF:
        """Where the cells lie, below the title and the names of the columns."""
        fonts = self.fonts
        widest = max((fonts.small_width(name) for name in self._row_names(numbered=True)), default=0.0)
        left = PADDING_PX + min(widest, NAME_SHARE * size.width()) + 2 * UNIT_PX
        top = fonts.row + 2 * fonts.small_metrics.height() + 2 * UNIT_PX
        return QRectF(left, top, max(size.width() - left - PADDING_PX, 1), max(size.height() - top - PADDING_PX, 1))

    def _row_names(self, *, numbered: bool) -> list[str]:
        """What stands before the rows: numbers too where the columns have no room for names."""
        names = enumerate(self._classes, start=1)
        return [f"{place}  {name}" if numbered and name != str(place) else name for place, name in names]

    def _cell(self, grid: QRectF, truth: int, given: int) -> QRectF:
        width, height = grid.width() / len(self._columns), grid.height() / len(self._classes)
        return QRectF(grid.left() + given * width, grid.top() + truth * height, width, height).adjusted(1, 1, -1, -1)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """Class and what it was taken for at a place."""
        grid = self._grid(QSizeF(self.size()))
        if self._found is None or not grid.contains(at):
            return None
        across, down = (at.x() - grid.left()) / grid.width(), (at.y() - grid.top()) / grid.height()
        return min(int(down * len(self._classes)), len(self._classes) - 1), min(
            int(across * len(self._columns)), len(self._columns) - 1
        )

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.background))
            self._draw(painter, QSizeF(self.size()))
            self._draw_pointer(painter)
            self.draw_focus(painter)

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        self._draw(painter, QSizeF(size))

    def _draw(self, painter: QPainter, size: QSizeF) -> None:
        draw_title(painter, self.fonts, self.theme, self.title, size.width() - PADDING_PX)
        if self._found is None:
            painter.setFont(self.fonts.base)
            painter.setPen(QColor(self.theme.muted))
            box = QRectF(PADDING_PX, self.fonts.row, size.width() - 2 * PADDING_PX, size.height() - self.fonts.row)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._notice)
            return
        grid = self._grid(size)
        self._draw_names(painter, grid)
        for truth in range(len(self._classes)):
            for given in range(len(self._columns)):
                self._draw_cell(painter, self._cell(grid, truth, given), truth, given)

    def _draw_names(self, painter: QPainter, grid: QRectF) -> None:
        metrics, height = self.fonts.small_metrics, self.fonts.small_metrics.height()
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.text))
        top = self.fonts.row + UNIT_PX
        words = metrics.elidedText(self.tr("taken for"), Qt.TextElideMode.ElideRight, grid.width())
        painter.drawText(QPointF(grid.left(), top + metrics.ascent()), words)
        painter.setPen(QColor(self.theme.muted))
        room = self._cell(grid, 0, 0).width()
        numbered = any(self.fonts.small_width(name) > room for name in self._columns)
        for given, name in enumerate(self._columns):
            cell = self._cell(grid, 0, given)
            box = QRectF(cell.left(), top + height, cell.width(), height)
            shown = str(given + 1) if numbered and given < len(self._classes) else name
            if self.fonts.small_width(shown) <= room:
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), shown)
        if grid.height() < height * len(self._classes):
            return
        for truth, name in enumerate(self._row_names(numbered=numbered)):
            cell = self._cell(grid, truth, 0)
            room = grid.left() - PADDING_PX - UNIT_PX
            box = QRectF(PADDING_PX, cell.top(), room, cell.height())
            fits = not numbered or self.fonts.small_width(name) <= room
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room) if fits else str(truth + 1)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)

    def _draw_cell(self, painter: QPainter, cell: QRectF, truth: int, given: int) -> None:
        found, theme = self._found, self.theme
        if found is None:
            return
        share = found.share(truth, given)
        painter.fillRect(cell, QColor(mix(theme.surface, theme.series[0], STRONGEST * share)))
        if truth == given:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.text), max(theme.line_width, 1)))
            painter.drawRect(cell)
        text = count(int(found.counts[truth, given]))
        if text != "0" and self.fonts.small_width(text) <= cell.width() - 2 and (
            self.fonts.small_metrics.height() <= cell.height() + 4
        ):  # fmt: skip
            painter.setFont(self.fonts.small)
            painter.setPen(QColor(theme.text))
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), text)

    def _draw_pointer(self, painter: QPainter) -> None:
        at, found = self.pointer, self._found
        cell = None if at is None else self.cell_at(at)
        if at is None or cell is None or found is None:
            return
        truth, given = cell
        lines = [
            Line(self.tr("class"), self._classes[truth]),
            Line(self.tr("taken for"), self._columns[given]),
            Line(self.tr("rows"), count(int(found.counts[truth, given]))),
            Line(self.tr("of the class"), f"{100 * found.share(truth, given):.4g} %"),
        ]
        draw_readout(painter, self.fonts, self.theme, QRectF(self.rect()), at, lines)
