"""Buttons that are small pictures with a name below, in rows as their names need."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from lrsim.charts.look import CORNER_PX
from lrsim.gui.look.theme import Theme, ThemeSource, font

GAP = 4
WIDEST_EM = 5


class PictureButton(QAbstractButton):
    """A picture with its name below; the one that is used has a frame and stands out by its weight."""

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self.setText(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFont(font(theme, theme.small_px))
        self.update()

    def draw_picture(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        """Draw what it stands for into a square."""
        raise NotImplementedError

    def _name_height(self) -> int:
        return QFontMetrics(font(self._theme, self._theme.small_px)).height()

    def least_width(self) -> int:
        """So wide that its name is whole."""
        bold = font(self._theme, self._theme.small_px, bold=True)
        return QFontMetrics(bold).horizontalAdvance(self.text()) + 4

    def height_for(self, width: int) -> int:
        """So high that the picture is a square."""
        return width + self._name_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height() - self._name_height())
        box = QRectF((self.width() - side) / 2 + 1, 1, side - 2, side - 2)
        strong = self.isChecked() or self.hasFocus()
        painter.setPen(QPen(QColor(theme.text if strong else theme.line), 2 if strong else 1))
        painter.setBrush(QColor(theme.hover if self.underMouse() or self.isDown() else theme.background))
        painter.drawRoundedRect(box, CORNER_PX / 2, CORNER_PX / 2)
        self.draw_picture(painter, box.adjusted(3, 3, -3, -3), theme)
        label = font(theme, theme.small_px, bold=self.isChecked())
        if self.hasFocus():
            label.setUnderline(True)
        painter.setFont(label)
        painter.setPen(QColor(theme.text if self.isChecked() else theme.muted))
        room = QRectF(0, side, self.width(), self._name_height())
        name = QFontMetrics(label).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)


class ButtonRows(QWidget):
    """Buttons of one size: all beside each other, or in as many rows as their names need."""

    def __init__(self, buttons: Mapping[str, PictureButton], themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self.buttons = buttons
        for button in buttons.values():
            button.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        buttons = list(self.buttons.values())
        least = max(button.least_width() for button in buttons)
        fitting = max((self.width() + GAP) // (least + GAP), 1)
        rows = -(-len(buttons) // min(fitting, len(buttons)))
        columns = -(-len(buttons) // rows)
        width = min((self.width() - (columns - 1) * GAP) // columns, self._theme.base_px * WIDEST_EM)
        height = buttons[0].height_for(width)
        for number, button in enumerate(buttons):
            row, column = divmod(number, columns)
            button.setGeometry(column * (width + GAP), row * (height + GAP), width, height)
        self.setFixedHeight(rows * (height + GAP) - GAP)
