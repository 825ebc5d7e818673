"""The toy data as small pictures to choose from, drawn with the samples and the noise at hand."""

from __future__ import annotations

from functools import lru_cache, partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lrsim.charts.look import CORNER_PX
from lrsim.data.sources.toy import TOYS
from lrsim.data.spec import DataSpec
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.panels.sketches.paint import draw_sketch
from lrsim.gui.panels.sketches.sketch import Sketch, few, sketch_of_data

GAP = 4
WIDEST_EM = 5
NAMES = tuple(toy.name for toy in TOYS)


class DataButton(QAbstractButton):
    """A picture with its name below; the one that is used has a frame and stands out by its weight."""

    def __init__(self, name: str, line: str, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._sketch = Sketch()
        self.setText(name)
        self.setCheckable(True)
        self.setAccessibleName(self.tr("Data: {0}").format(name))
        self.setAccessibleDescription(line)
        self.setToolTip(f"{line}\n" + self.tr("Starts a new run on it; undo brings this one back"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_sketch(self, sketch: Sketch) -> None:
        """Draw other samples."""
        if sketch is not self._sketch:
            self._sketch = sketch
            self.update()

    def _name_height(self) -> int:
        return QFontMetrics(font(self._theme, self._theme.small_px)).height()

    def least_width(self) -> int:
        """So wide that its name is whole."""
        bold = font(self._theme, self._theme.small_px, bold=True)
        return QFontMetrics(bold).horizontalAdvance(self.text()) + 2

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
        draw_sketch(painter, box.adjusted(3, 3, -3, -3), self._sketch, theme)
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

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self.buttons = {toy.name: DataButton(toy.name, toy.line, themes, self) for toy in TOYS}
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


class DataPictures(QWidget):
    """One button for each toy set, and one that draws its points anew.

    Signals
    -------
    chosen(str)
        The name of a set.
    redrawn()
        Other points of the same set are wanted.
    """

    chosen = Signal(str)
    redrawn = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = ButtonRows(themes, self)
        self.buttons = rows.buttons
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self._choose, name))
        self.again = QPushButton(self.tr("Regenerate"), self)
        self.again.setToolTip(
            self.tr(
                "Draws other points of the same kind, by the next seed; starts a new run, undo brings this one back"
            )
        )
        self.again.clicked.connect(self.redrawn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(GAP)
        column.addWidget(rows)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)

    def _choose(self, name: str) -> None:
        self._check(name)
        self.chosen.emit(name)

    def _check(self, name: object) -> None:
        for known, button in self.buttons.items():
            button.setChecked(known == name)

    def show_spec(self, spec: DataSpec) -> None:
        """Show which set is used, and all of them with its samples, noise and seed."""
        self._check(spec.source)
        for name, button in self.buttons.items():
            button.show_sketch(_sketch(name, few(spec).samples, spec.noise, spec.seed))


@lru_cache(maxsize=256)
def _sketch(name: str, samples: int, noise: float, seed: int) -> Sketch:
    return sketch_of_data(DataSpec(source=name, samples=samples, noise=noise, seed=seed))
