"""The run as a line to scrub: where it stands, how far it is recorded, and what happened where."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lrsim.common.numbers import count
from lrsim.gui.look.theme import Theme, ThemeSource


@dataclass(frozen=True)
class Marked:
    """What is marked on the line.

    Attributes
    ----------
    rates
        Steps from which another rate holds, and these.
    ticks
        Steps at which conditions came true.
    fence
        Where going backwards ends; 0 for nowhere.
    bookmarks
        Names and steps.
    loop
        Steps between which playing goes round; the last is None while there is none.
    """

    rates: tuple[tuple[int, float], ...] = ()
    ticks: tuple[int, ...] = ()
    fence: int = 0
    bookmarks: tuple[tuple[str, int], ...] = ()
    loop: tuple[int, int | None] | None = None


class Timeline(QWidget):
    """Steps 0 to the newest recorded one over the whole width.

    Signals
    -------
    seek_requested(int)
        The step under the pointer, on a click and while dragging.
    """

    seek_requested = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._name = ""
        self._step = 0
        self._tip = 0
        self._marked = Marked()
        self._hovered: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def show_run(self, step: int, tip: int, marked: Marked) -> None:
        """Show cursor, newest step, and what is marked; repaints only where that differs."""
        if (step, tip, marked) != (self._step, self._tip, self._marked):
            self._step, self._tip, self._marked = step, tip, marked
            self._tell()
            self.update()

    def call(self, name: str) -> None:
        """Give it a name for readers, who are told where it stands as well."""
        self._name = name
        self._tell()

    def _tell(self) -> None:
        words = self.tr("{0}, step {1} of {2}").format(self._name, count(self._step), count(self._tip))
        self.setAccessibleName(words)

    def step_at(self, x: float) -> int:
        """The step drawn at pixel `x`, within what is recorded."""
        line = self._line()
        share = (x - line.left()) / max(line.width(), 1.0)
        return round(min(max(share, 0.0), 1.0) * self._tip)

    def x_of(self, step: int) -> float:
        """The pixel at which `step` is drawn."""
        line = self._line()
        return line.left() + (step / self._tip if self._tip else 0.0) * line.width()

    def sizeHint(self) -> QSize:
        return QSize(240, round(self._theme.base_px * 2.2))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._tip:
            self.seek_requested.emit(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._hovered = x
        self.update()
        if not self._tip:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek_requested.emit(self.step_at(x))
        QToolTip.showText(event.globalPosition().toPoint(), self._words_at(x), self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._line()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.line))
        painter.drawRoundedRect(line, line.height() / 2, line.height() / 2)
        here = self.x_of(self._step)
        painter.setBrush(QColor(self._theme.muted))
        painter.drawRoundedRect(QRectF(line.left(), line.top(), here - line.left(), line.height()), 2, 2)
        self._paint_marks(painter, line)
        self._paint_ticks(painter, line)
        self._paint_loop(painter, line)
        self._paint_bookmarks(painter, line)
        self._paint_cursor(painter, line, here)

    def _line(self) -> QRectF:
        inset = self._radius() + 1.0
        thickness = max(4.0, self._theme.base_px * 0.28)
        return QRectF(inset, self.height() / 2 - thickness / 2, self.width() - 2 * inset, thickness)

    def _radius(self) -> float:
        return max(6.0, self._theme.base_px * 0.45)

    def _words_at(self, x: float) -> str:
        step = self.step_at(x)
        near = [mark for mark in self._marked.rates if abs(self.x_of(mark[0]) - x) <= 3]
        names = [name for name, marked in self._marked.bookmarks if abs(self.x_of(marked) - x) <= 4]
        ticks = [tick for tick in self._marked.ticks if abs(self.x_of(tick) - x) <= 3]
        if names:
            place = next(marked for name, marked in self._marked.bookmarks if name == names[-1])
            return self.tr("step {0}: bookmark {1}").format(count(place), names[-1])
        if ticks:
            return self.tr("step {0}: a condition came true").format(count(ticks[-1]))
        if near:
            changed, rate = near[-1]
            return self.tr("step {0}: rate {1} from here").format(count(changed), rate)
        return self.tr("step {0}").format(count(step))

    def _paint_marks(self, painter: QPainter, line: QRectF) -> None:
        painter.setPen(QPen(QColor(self._theme.rate), 2))
        drawn: set[int] = set()  # thousands of changes by one drag are a few pixels
        for step, _ in self._marked.rates:
            x = round(self.x_of(min(step, self._tip)))
            if x not in drawn:
                drawn.add(x)
                painter.drawLine(QPointF(x, line.top() - 5), QPointF(x, line.bottom() + 5))

    def _paint_ticks(self, painter: QPainter, line: QRectF) -> None:
        """Small triangles over the line, and a bar where the fence stands."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        half, top = max(3.0, self._theme.base_px * 0.22), line.top() - 2
        for x in {round(self.x_of(min(step, self._tip))) for step in self._marked.ticks}:
            upper = top - 1.6 * half
            painter.drawPolygon([QPointF(x - half, upper), QPointF(x + half, upper), QPointF(x, top)])
        if self._marked.fence:
            left = self.x_of(min(self._marked.fence, self._tip)) - 1
            painter.drawRect(QRectF(left, line.top() - 6, 2, line.height() + 12))

    def _paint_loop(self, painter: QPainter, line: QRectF) -> None:
        """A bracket at the first step of the loop, and one at its last with a line below between the two."""
        if self._marked.loop is None:
            return
        begin, end = self._marked.loop
        painter.setPen(QPen(QColor(self._theme.text), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        low, foot = line.bottom() + 2, max(3.0, self._theme.base_px * 0.25)
        ends = [(begin, 1)] + ([] if end is None else [(end, -1)])
        for step, towards in ends:
            x = self.x_of(min(step, self._tip))
            corner = QPointF(x, low + foot)
            painter.drawPolyline([QPointF(x, low), corner, QPointF(x + towards * foot, low + foot)])
        if end is not None:
            first, last = (self.x_of(min(step, self._tip)) for step in (begin, end))
            painter.drawLine(QPointF(first, low + foot), QPointF(last, low + foot))

    def _paint_bookmarks(self, painter: QPainter, line: QRectF) -> None:
        """Small flags below the line."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        width, top = max(5.0, self._theme.base_px * 0.4), line.bottom() + 2
        for x in {round(self.x_of(min(step, self._tip))) for _, step in self._marked.bookmarks}:
            notch = QPointF(x, top + 0.9 * width)
            left, right = x - width / 2, x + width / 2
            painter.drawPolygon(
                [QPointF(left, top), QPointF(right, top), QPointF(right, top + 1.5 * width), notch,
                 QPointF(left, top + 1.5 * width)]
            )  # fmt: skip

    def _paint_cursor(self, painter: QPainter, line: QRectF, here: float) -> None:
        if self._hovered is not None and self._tip:
            painter.setPen(QPen(QColor(self._theme.muted), 1))
            painter.drawLine(QPointF(self._hovered, line.top() - 6), QPointF(self._hovered, line.bottom() + 6))
        painter.setPen(QPen(QColor(self._theme.surface), 2))
        painter.setBrush(QColor(self._theme.text if self._tip else self._theme.muted))
        painter.drawEllipse(QPointF(here, line.center().y()), self._radius(), self._radius())
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.text), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
