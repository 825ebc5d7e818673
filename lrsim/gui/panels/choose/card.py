"""An experiment as a card: its picture, its name, and a line on what it shows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from lrsim.charts.look import CORNER_PX
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.panels.choose.offer import Offer
from lrsim.gui.panels.sketches.paint import draw_missing, draw_sketch
from lrsim.gui.panels.sketches.supply import Supply
from lrsim.gui.widgets.sentence import Sentence

PAD = 8
PICTURE_EM = 6
WIDTH_EM = 21
LINES = 4
TOP_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class Card(QAbstractButton):
    """Pressed by a click, Return or Space; every other key is left to the sheet that it lies on.

    Signals
    -------
    typed(QKeyEvent)
        A key that is not its own.
    """

    typed = Signal(object)

    def __init__(self, offer: Offer, supply: Supply, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.offer = offer
        self._supply = supply
        self._theme = themes.theme
        self._line = Sentence(self._theme.muted, self, lines=LINES, align=TOP_LEFT)
        self._line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(offer.name)
        self.setAccessibleDescription(offer.line)
        self.setToolTip(f"{offer.name}\n{offer.line}" if offer.line else offer.name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(offer.open)
        supply.arrived.connect(self.update)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._line.set_text(self.offer.line, theme.muted)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        em = self._theme.base_px
        words = QFontMetrics(font(self._theme)).height() * (LINES + 1)
        return QSize(WIDTH_EM * em, max(PICTURE_EM * em, words) + 2 * PAD)

    def _picture(self) -> QRectF:
        side = self.height() - 2 * PAD
        return QRectF(PAD, PAD, side, side)

    def _text_left(self) -> float:
        return self._picture().right() + PAD

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        top = PAD + self.fontMetrics().height()
        left = round(self._text_left())
        self._line.setGeometry(left, top, self.width() - left - PAD, self.height() - top - PAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.isDown()
        line = QPen(QColor(theme.text), 2) if self.hasFocus() else QPen(QColor(theme.line), 1)
        painter.setPen(line)
        painter.setBrush(QColor(theme.hover if lit else theme.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.background))
        painter.drawRect(self._picture())
        self._paint_sketch(painter)
        bold = font(theme, bold=True)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        metrics = QFontMetrics(bold)
        room = QRectF(self._text_left(), PAD, self.width() - self._text_left() - PAD, metrics.height())
        name = metrics.elidedText(self.offer.name, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_sketch(self, painter: QPainter) -> None:
        sketch = self._supply.get(self.offer.key, self.offer.sketch)
        area = self._picture().adjusted(2, 2, -2, -2)
        if sketch is None:
            return
        draw_sketch(painter, area, sketch, self._theme)
        if sketch.empty:
            painter.setFont(font(self._theme, self._theme.small_px))
            draw_missing(painter, area, self.tr("no data here"), self._theme)

    def event(self, event: QEvent) -> bool:
        # Its keys, and those that move on to other cards, are shortcuts of the window elsewhere.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            self.typed.emit(event)
