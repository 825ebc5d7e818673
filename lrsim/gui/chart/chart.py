"""The base of every chart: a title with a legend, two axes, and the hand on them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QToolTip, QVBoxLayout, QWidget

from lrsim.charts.look import CORNER_PX, PADDING_PX, UNIT_PX
from lrsim.common.numbers import count
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart import export
from lrsim.gui.chart.controls import ChartControls
from lrsim.gui.chart.frame import (
    Entry,
    Fonts,
    draw_legend,
    draw_title,
    draw_x_axis,
    draw_y_axis,
    label_width,
    legend_width,
)
from lrsim.gui.chart.scales import Scale, ScaleKind, empty
from lrsim.gui.chart.ticks import Tick, axis_ticks
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.session.snapshot import Snapshot

ZOOM_PER_NOTCH = 1.25
NOTCH = 120
DRAG_FROM_PX = 4


class Chart(QWidget):
    """A picture with axes that can be zoomed, panned, copied and saved.

    A subclass says what there is: `prepare` (fetch what is visible and choose the scale), `draw_content`, `legend`,
    `x_ticks`, and what the hand does: `zoom`, `pan`, `show_all`.

    Signals
    -------
    seek_requested(int)
        A step was chosen in the chart.
    """

    seek_requested = Signal(int)

    def __init__(
        self, themes: ThemeSource, title: str, x_title: str, y_title: str, kind: ScaleKind, *, follows: bool
    ) -> None:
        super().__init__()
        self.theme = themes.theme
        self.fonts = Fonts(themes.theme)
        self.title, self.x_title, self.y_title = title, x_title, y_title
        self.kind = kind
        self.scale: Scale = empty(kind)
        self.area = QRectF(0, 0, 100, 100)
        self.controls = ChartControls(themes, kind, self, follows=follows)
        self.controls.scale_chosen.connect(self.set_scale)
        self.turns: Turns | None = None
        self.pointer: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._dragged_to: QPointF | None = None
        self._axis_width = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self.setMinimumSize(QSize(160, 120))
        themes.changed.connect(self._set_theme)

    # --- what a subclass says

    def prepare(self, width: float) -> None:
        """Fetch what is visible on `width` pixels and choose `scale`."""
        raise NotImplementedError

    def legend(self) -> Sequence[Entry]:
        """The curves, named."""
        return ()

    def x_ticks(self, most: int) -> list[Tick]:
        """Ticks of the horizontal axis."""
        raise NotImplementedError

    def draw_content(self, painter: QPainter) -> None:
        """Draw inside of `area`."""
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """Draw what belongs to the pointer, over everything else; left out of saved pictures."""

    def notice(self) -> str:
        """What to say instead of a picture; empty where there is one."""
        return ""

    def floor_label(self) -> str:
        """What the lower edge of the vertical axis means where values are drawn there that have no place on it."""
        return ""

    def x_at(self, x: float) -> float:
        """The value of the horizontal axis at a pixel."""
        raise NotImplementedError

    def zoom(self, factor: float, anchor: float) -> None:
        """Show `factor` times as much of the x axis, keeping the value `anchor` in place."""
        raise NotImplementedError

    def pan(self, distance: float) -> None:
        """Move the x axis by a distance in its own units."""
        raise NotImplementedError

    def show_all(self) -> None:
        """Show everything there is."""
        raise NotImplementedError

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The plot was clicked, not dragged."""

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        """Add what only this chart offers to its context menu, opened at a place."""

    def csv(self) -> str:
        """What is shown, as CSV."""
        raise NotImplementedError

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        self.theme = theme
        self.fonts = Fonts(theme)
        self._axis_width = 0.0
        self._place_controls()
        self.update()

    def set_scale(self, kind: ScaleKind) -> None:
        """Change the scale of the vertical axis."""
        self.kind = kind
        self._axis_width = 0.0
        self.controls.show_kind(kind)
        self._place_controls()
        self.update()

    def refresh(self, playing: bool) -> None:
        """Draw anew: at once, or while training runs as soon as it is this chart's turn."""
        if not self.isVisible():
            return
        if playing and self.turns is not None:
            self.turns.ask(self)
        else:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(self.theme.background))
            self._draw(painter, QSizeF(self.size()), reserved=self.controls.width() + UNIT_PX)
            if not self.notice():
                self.draw_over(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.text), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        finally:
            painter.end()  # one left open by an exception would end the process
        if self.turns is not None:
            self.turns.took(self, 1000 * (time.perf_counter() - began))

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Draw without buttons and pointer."""
        self._draw(painter, QSizeF(size), reserved=0)

    def _draw(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        if self.notice():
            self._draw_notice(painter, size)
            return
        fonts, theme = self.fonts, self.theme
        entries = self.legend()
        right = size.width() - reserved - PADDING_PX
        title_width = fonts.title_width(self.title) + PADDING_PX
        needed = sum(legend_width(fonts, theme, entry) for entry in entries) - 4 * UNIT_PX
        beside = title_width + 2 * UNIT_PX + needed <= right - PADDING_PX
        top = fonts.row + UNIT_PX + (0 if beside else fonts.row)
        self.area = self._area(size, top)
        self.prepare(self.area.width())
        row_height = 2.5 * fonts.small_metrics.height()
        ticks = axis_ticks(self.scale, int(self.area.height() / row_height))
        self._axis_width = max(self._axis_width, math.ceil(label_width(fonts, ticks) / UNIT_PX) * UNIT_PX)
        self.area = self._area(size, top)
        end = draw_title(painter, fonts, theme, self.title, right - PADDING_PX)
        if beside:
            draw_legend(painter, fonts, theme, entries, end + 4 * UNIT_PX, UNIT_PX, right + UNIT_PX)
        else:
            limit = size.width() - PADDING_PX
            draw_legend(painter, fonts, theme, entries, PADDING_PX, fonts.row, limit)
        painter.setFont(fonts.small)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(self.area.left(), self.area.top() - UNIT_PX), self.y_title)
        draw_y_axis(painter, fonts, theme, self.area, ticks, self.floor_label())
        widest = fonts.small_width(count(round(self.x_at(self.area.right()))))
        across = self.x_ticks(max(2, int(self.area.width() / (1.4 * widest + 5 * UNIT_PX))))
        draw_x_axis(painter, fonts, theme, self.area, across, self.x_title)
        painter.save()
        painter.setClipRect(self.area.adjusted(-1, -1, 1, 1))
        self.draw_content(painter)
        painter.restore()

    def _area(self, size: QSizeF, top: float) -> QRectF:
        small = self.fonts.small_metrics.height()
        left = PADDING_PX + self._axis_width + 2 * UNIT_PX
        top += small + UNIT_PX
        bottom = size.height() - small - 2 * UNIT_PX
        return QRectF(left, top, max(size.width() - left - PADDING_PX, 10), max(bottom - top, 10))

    def _draw_notice(self, painter: QPainter, size: QSizeF) -> None:
        draw_title(painter, self.fonts, self.theme, self.title, size.width() - 2 * PADDING_PX)
        box = QRectF(2 * PADDING_PX, 0, size.width() - 4 * PADDING_PX, size.height())
        painter.setFont(self.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self.notice())

    def y_px(self, share: float) -> float:
        """The pixel row of a share of the vertical axis."""
        return self.area.bottom() - share * self.area.height()

    # --- the hand

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_controls()

    def _place_controls(self) -> None:
        self.controls.adjustSize()
        self.controls.move(self.width() - self.controls.width() - UNIT_PX, UNIT_PX)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned, sideways = event.angleDelta().y() / NOTCH, event.angleDelta().x() / NOTCH
        if turned:
            self.zoom(ZOOM_PER_NOTCH**-turned, self.x_at(event.position().x()))
        elif sideways:
            self.pan((self.x_at(self.area.left()) - self.x_at(self.area.right())) * 0.1 * sideways)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragged_to = event.position(), None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed_at is not None:
            if self._dragged_to is None and (at - self._pressed_at).manhattanLength() >= DRAG_FROM_PX:
                self._dragged_to = self._pressed_at
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            if self._dragged_to is not None:
                self.pan(self.x_at(self._dragged_to.x()) - self.x_at(at.x()))
                self._dragged_to = at
        self._point_at(at if self.area.contains(at) else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        dragged = self._dragged_to is not None
        self._pressed_at = self._dragged_to = None
        self.unsetCursor()
        if not dragged and self.area.contains(event.position()):
            self.click(event.position(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = None
            self.show_all()

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def _point_at(self, at: QPointF | None) -> None:
        if at != self.pointer:
            self.pointer = at
            self.pointer_moved()
            self.update()

    def pointer_moved(self) -> None:
        """The pointer is somewhere else in the plot, or has left it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = self.x_at(self.area.center().x())
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1 / ZOOM_PER_NOTCH, middle)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(ZOOM_PER_NOTCH, middle)
        elif event.key() == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and not self.area.contains(QPointF(event.pos())):
            QToolTip.showText(event.globalPos(), self.hint(), self)
            return True
        return super().event(event)

    def hint(self) -> str:
        """What the hand can do here."""
        return self.tr("The wheel zooms, dragging moves, a double click shows all.")

    # --- the context menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = QPointF(event.pos())
        menu = self.make_menu(at if self.area.contains(at) else None)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        """The context menu for a place in the plot."""
        menu = QMenu(self)
        menu.addActions(list(self.controls.scale_actions.values()))
        menu.addSeparator()
        menu.addAction(self.tr("Show all\tDouble click")).triggered.connect(self.show_all)
        self.add_actions(menu, at)
        menu.addSeparator()
        menu.addAction(self.tr("Copy data as CSV")).triggered.connect(self.copy_csv)
        menu.addAction(self.tr("Save image\u2026")).triggered.connect(self._ask_and_save)
        return menu

    def copy_csv(self) -> None:
        """Put what is shown on the clipboard, with all digits."""
        QGuiApplication.clipboard().setText(self.csv())

    def save_image(self, path: Path) -> None:
        """Write the chart as PNG or SVG, by the name's ending; raises OSError where that fails."""
        export.save_image(self, path, self.size(), self.theme.background, self.title)

    def _ask_and_save(self) -> None:
        name, _filter = QFileDialog.getSaveFileName(
            self, self.tr("Save image"), f"{self.objectName()}.png", self.tr("Pictures (*.png *.svg)")
        )
        if not name:
            return
        path = Path(name)
        try:
            self.save_image(path if path.suffix else path.with_suffix(".png"))
        except OSError as error:
            QMessageBox.warning(self, self.tr("Save image"), str(error))


class PlotView(QWidget):
    """A plot that fills its view, follows the run, and is set up anew for another one.

    A view that is made of it names itself, makes its plot, and calls `fill` at the end of its own making.
    """

    NAME = ""

    def fill(self, bridge: Bridge, plot: Chart) -> None:
        """Show the plot, from the run as it stands on."""
        self.plot: Any = plot
        plot.setObjectName(self.NAME)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plot)
        self.rebuild(bridge.session.snapshot())
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    def rebuild(self, snapshot: Snapshot) -> None:
        """Set the plot up for another run."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.plot.show_snapshot(snapshot)
