"""Samples side by side, as many as there are; those in sight are drawn and asked about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from lrsim.common.numbers import count
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.binding import quiet
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.images.answers import NONE, Answers
from lrsim.gui.views.images.paint import Caption, ImagePaint, caption_of
from lrsim.gui.widgets.sample_images import Inks

NOTCH = 120
MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
ROWS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
OWN_KEYS = {*MOVES, *ROWS, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}

Numbers = NDArray[np.intp]


class ImageGrid(QAbstractScrollArea):
    """Images of samples with what the model says of each; one of them is chosen.

    Signals
    -------
    chosen(int)
        A hand has chosen a sample, told by its number.
    """

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource, ask: Callable[[Numbers], Answers | None]) -> None:
        """`ask` answers for samples by number, None where it can't."""
        super().__init__()
        self._themes = themes
        self._ask = ask
        self._data: Dataset | None = None
        self._inks: Inks | None = None
        self._paint = ImagePaint(themes.theme, QSize(8, 8), "")
        self._numbers: Numbers = np.zeros(0, dtype=np.intp)
        self._marked: frozenset[int] = frozenset()
        self._place = 0
        self._empty = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)
        themes.follow(self._set_theme)

    # --- what is shown

    def _set_theme(self, theme: Theme) -> None:
        self._measure(theme)

    def _measure(self, theme: Theme) -> None:
        data = self._data
        height, width = data.image if data is not None and data.image is not None else (8, 8)
        longest = max(data.classes, key=len, default="") if data is not None else ""
        self._paint = ImagePaint(theme, QSize(width, height), longest)
        self.setMinimumHeight(self._paint.cell.height() + 4)
        self._set_bar()
        self.viewport().update()

    def show_data(self, data: Dataset) -> None:
        """Draw samples of other data from now on."""
        self._data, self._inks = data, Inks(data)
        self._numbers, self._place = np.zeros(0, dtype=np.intp), 0
        self._measure(self._themes.theme)

    def show_numbers(self, numbers: Numbers, empty: str) -> None:
        """Show these samples; the chosen one stays where it is among them. `empty` says why there are none."""
        self._empty = empty
        if not np.array_equal(numbers, self._numbers):
            before = self.chosen_number
            self._numbers = numbers
            found = np.flatnonzero(numbers == before)
            self._place = int(found[0]) if len(found) else 0
            self._set_bar()
        self.viewport().update()

    def mark(self, numbers: frozenset[int]) -> None:
        """Mark the samples that the current step was computed on."""
        self._marked = numbers
        self.viewport().update()

    @property
    def chosen_number(self) -> int | None:
        """The chosen sample; None where there is none."""
        return int(self._numbers[self._place]) if len(self._numbers) else None

    @property
    def columns(self) -> int:
        """How many samples stand side by side."""
        return max(self.viewport().width() // self._paint.cell.width(), 1)

    @property
    def _left(self) -> int:
        """Where the first column begins: what is left over lies at both sides."""
        return max(self.viewport().width() - self.columns * self._paint.cell.width(), 0) // 2

    def _set_bar(self) -> None:
        bar, height = self.verticalScrollBar(), self._paint.cell.height()
        with quiet(bar):
            bar.setRange(0, max(-(-len(self._numbers) // self.columns) * height - self.viewport().height(), 0))
            bar.setPageStep(max(self.viewport().height(), 1))
            bar.setSingleStep(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_bar()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.verticalScrollBar()
        moved = event.pixelDelta().y() or round(event.angleDelta().y() / NOTCH * self._paint.cell.height())
        bar.setValue(bar.value() - moved)
        event.accept()

    # --- drawing

    def cell_of(self, place: int) -> QRect:
        """Where the sample at a place among those shown lies in the viewport."""
        row, column = divmod(place, self.columns)
        size = self._paint.cell
        top = row * size.height() - self.verticalScrollBar().value()
        return QRect(QPoint(self._left + column * size.width(), top), size)

    def places_in_sight(self) -> range:
        """Which of the samples are in sight, also in part."""
        top, height = self.verticalScrollBar().value(), self._paint.cell.height()
        first = top // height * self.columns
        end = -(-(top + self.viewport().height()) // height) * self.columns
        return range(first, min(end, len(self._numbers)))

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), QColor(self._themes.theme.background))
            if len(self._numbers):
                self._draw_samples(painter)
            else:
                self._draw_empty(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self._themes.theme.text), 2))
                painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def _draw_empty(self, painter: QPainter) -> None:
        painter.setFont(self._paint.fonts.base)
        painter.setPen(QColor(self._themes.theme.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.viewport().rect(), int(flags), self._empty)

    def _draw_samples(self, painter: QPainter) -> None:
        places, data, inks = self.places_in_sight(), self._data, self._inks
        if data is None or inks is None or not len(places):
            return
        numbers = self._numbers[places.start : places.stop]
        inputs, _ = data.rows(numbers)
        images = inks.images(data.scaler.unscaled(inputs), self._themes.theme)
        answers = self._ask(numbers)
        for offset, (place, number) in enumerate(zip(places, numbers.tolist())):
            caption = None if answers is None else self._caption(data, answers, offset)
            self._paint.draw(painter, self.cell_of(place), images[offset], caption, marked=number in self._marked)
            if place == self._place:
                self._paint.draw_chosen(painter, self.cell_of(place))

    @staticmethod
    def _caption(data: Dataset, answers: Answers, place: int) -> Caption:
        given = int(answers.given[place])
        wanted = data.classes[int(answers.wanted[place])]
        return caption_of(wanted, None if given == NONE else data.classes[given], answers.share(place))

    # --- the hand

    def place_at(self, at: QPoint) -> int | None:
        """Which of the samples lies at a place in the viewport."""
        column = (at.x() - self._left) // self._paint.cell.width()
        row = (at.y() + self.verticalScrollBar().value()) // self._paint.cell.height()
        place = row * self.columns + column
        return place if 0 <= column < self.columns and 0 <= place < len(self._numbers) else None

    def choose(self, place: int) -> None:
        """Choose one of the samples as a hand would, and bring it in sight."""
        if not len(self._numbers):
            return
        self._place = min(max(place, 0), len(self._numbers) - 1)
        bar, cell = self.verticalScrollBar(), self.cell_of(self._place)
        bar.setValue(bar.value() + min(cell.top(), 0) + max(cell.bottom() - self.viewport().height(), 0))
        self.viewport().update()
        self.chosen.emit(int(self._numbers[self._place]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.choose(place)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in OWN_KEYS:
            event.accept()  # these keys mean the grid while it has the focus
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().viewportEvent(event)

    def _tell(self, event: QHelpEvent) -> None:
        """Say what is known of the sample under the pointer."""
        place, data = self.place_at(event.pos()), self._data
        if place is None or data is None:
            QToolTip.hideText()
            return
        number = int(self._numbers[place])
        marked = self.tr(", in the batch of this step") if number in self._marked else ""
        wanted = data.classes[int(data.class_of(data.rows(self._numbers[place : place + 1])[1])[0])]
        words = self.tr("Sample {0}, label {1}{2}").format(count(number + 1), wanted, marked)
        QToolTip.showText(event.globalPos(), words, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, rows = Qt.Key(event.key()), max(self.viewport().height() // self._paint.cell.height(), 1)
        if key in MOVES:
            self.choose(self._place + MOVES[key])
        elif key in ROWS:
            self._choose_in_column(ROWS[key])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._choose_in_column(rows if key == Qt.Key.Key_PageDown else -rows)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.choose(0 if key == Qt.Key.Key_Home else len(self._numbers) - 1)
        else:
            super().keyPressEvent(event)

    def _choose_in_column(self, rows: int) -> None:
        """Go up or down by rows; where there is none as far, to the last one that there is."""
        place = self._place + rows * self.columns
        last = len(self._numbers) - 1
        if place < 0:
            place = self._place % self.columns
        elif place > last:
            place = last - (last - self._place) % self.columns if rows > 0 else last
        self.choose(place)
