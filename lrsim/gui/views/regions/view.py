"""What a model of two inputs answers everywhere: regions of classes or the height of its output, and the samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import count, full, short
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.chart import Chart, PlotView
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_RIGHT, Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind
from lrsim.gui.chart.strokes import marker_size
from lrsim.gui.chart.ticks import Tick, axis_ticks, plain_ticks
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.regions import colors
from lrsim.gui.views.regions.contours import level_lines
from lrsim.gui.views.regions.samples import SampleMarks
from lrsim.gui.views.regions.surface import Surface
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

REFINE_AFTER_MS = 60
MOST_OUT = 20.0
MOST_IN = 1e-6
MOST_LEGEND = 6

Floats = NDArray[np.float64]


class RegionsPlot(Chart):
    """A chart over two inputs in the units of the source.

    Colour is the class that wins and how clearly, or the height of the output; a line is drawn where classes meet.
    """

    def __init__(self, session: Session, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.controls.hide()
        self._session = session
        self._snapshot: Snapshot = session.snapshot()
        self._data: Dataset | None = None
        self._run = -1
        self._notice = ""
        self._equal_units = False
        self._range = (0.0, 1.0)  # of the colours, for a single output
        self._whole = ((0.0, 1.0), (0.0, 1.0))
        self._x_range, self._y_range = self._whole
        self._surface = Surface()
        self._shown: tuple[object, ...] = ()
        self._image = QImage()
        self._lines = np.zeros((0, 4))
        self._marks = SampleMarks()
        self._refining = QTimer(self)
        self._refining.setSingleShot(True)
        self._refining.timeout.connect(self._refine)

    # --- what is shown

    def set_data(self, data: Dataset, run: int, equal_units: bool) -> None:
        """Show another experiment; with `equal_units` both axes have the same scale."""
        self._data, self._run, self._notice, self._equal_units = data, run, "", equal_units
        self.x_title, self.y_title = data.feature_names
        corners = data.scaler.unscaled(np.array(data.domain).T)
        self._whole = ((corners[0, 0], corners[1, 0]), (corners[0, 1], corners[1, 1]))
        targets = data.Y_train[:, 0]
        low, high = float(targets.min()), float(targets.max())
        self._range = (data.low, 1.0) if data.classes else (low, high if high > low else low + 1.0)
        self._marks.set_data(data, self._range)
        self._shown = ()
        self.show_all()

    def set_notice(self, text: str) -> None:
        """Step aside, saying why."""
        self._data, self._notice = None, text
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer parameters."""
        if snapshot.run != self._run:
            return  # its samples are not known yet
        self._snapshot = snapshot
        if self._data is not None:
            self.refresh(snapshot.playing)

    @property
    def settled(self) -> bool:
        """Whether the picture is as fine as it gets."""
        return self._data is None or not self.isVisible() or self._surface.refined

    def notice(self) -> str:
        return self._notice

    def legend(self) -> Sequence[Entry]:
        data = self._data
        if data is None:
            return ()
        entries = []
        for number, name in enumerate(data.classes[:MOST_LEGEND]):
            pen = QPen(QColor(colors.class_color(self.theme, number, len(data.classes))), 1)
            entries.append(Entry(name, "", pen, self._marks.shape(number), line=False, hollow=False))
        if len(data.X_test):
            pen = QPen(QColor(self.theme.text), 1)
            entries.append(Entry(self.tr("training"), "", pen, "circle", line=False, hollow=False))
            entries.append(Entry(self.tr("held out"), "", pen, "circle", line=False))
        return entries

    def prepare(self, width: float) -> None:
        self.scale = Scale(ScaleKind.LINEAR, *self._y_range)
        key = (self._snapshot.version, self._x_range, self._y_range)
        if self._data is not None and key != self._shown:
            self._shown = key
            self._surface.take((*self._x_range, *self._y_range), self._outputs)
            self._draw_surface()
            if not self._snapshot.playing:
                self._refining.start(REFINE_AFTER_MS)

    def _refine(self) -> None:
        """A few more rows of the fine picture; the next ones once the window had its turn."""
        if self._data is None or self._snapshot.playing or not self.isVisible():
            return
        if self._surface.refine(self._outputs):
            self._draw_surface()
            self.update()
        else:
            self._refining.start(0)

    def _outputs(self, points: Floats) -> Floats:
        """The model's outputs for inputs (n, 2) in the units of the source."""
        data = self._data
        if data is None:
            return np.full((len(points), 1), np.nan)
        with np.errstate(all="ignore"):
            inputs = data.scaler.scaled(points, data.X_train.dtype.name)
            return self._session.predict(self._snapshot, inputs).astype(np.float64)

    def _draw_surface(self) -> None:
        values, theme = self._surface.values, self.theme
        if self._several_classes:
            table = colors.class_colors(theme, values.shape[2])
            packed = table[colors.class_places(values)]
            self._lines = np.concatenate([level_lines(_lead(values, number), 0.0) for number in range(values.shape[2])])
        else:
            packed = colors.scale_colors(theme)[colors.scale_places(values[:, :, 0], *self._range)]
            middle = sum(self._range) / 2
            classes = self._data is not None and self._data.classes
            self._lines = level_lines(values[:, :, 0], middle) if classes else np.zeros((0, 4))
        self._image = colors.picture(packed)

    @property
    def _several_classes(self) -> bool:
        return self._data is not None and bool(self._data.classes) and self._surface.values.shape[2] > 1

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self._shown = ()

    def _area(self, size: QSizeF, top: float) -> QRectF:
        area = super()._area(size, top)
        if self._has_bar:
            area.setRight(area.right() - self._bar_width())
        if self._equal_units:
            spans = [high - low for low, high in (self._x_range, self._y_range)]
            side = min(area.width() / spans[0], area.height() / spans[1])
            free = area.width() - side * spans[0]
            area = QRectF(area.left() + free / 2, area.top(), side * spans[0], side * spans[1])
        return area

    @property
    def _has_bar(self) -> bool:
        return self._data is not None and not self._data.classes

    def _bar_width(self) -> float:
        return self.fonts.small_width("-0.000") + 8 * UNIT_PX

    def _draw(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        super()._draw(painter, size, 0.0)
        if self._has_bar and not self.notice():
            self._draw_bar(painter)

    def _draw_bar(self, painter: QPainter) -> None:
        """What the colours of a single output stand for."""
        bar = QRectF(self.area.right() + 3 * UNIT_PX, self.area.top(), 3 * UNIT_PX, self.area.height())
        levels = np.tile(colors.scale_colors(self.theme)[:-1, None], (1, 2))
        painter.drawImage(bar, colors.picture(levels))
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.muted))
        height = self.fonts.small_metrics.height()
        for tick in axis_ticks(Scale(ScaleKind.LINEAR, *self._range), int(bar.height() / (2.5 * height))):
            if tick.text and 0 <= tick.share <= 1:
                y = bar.bottom() - tick.share * bar.height()
                room = QRectF(bar.right(), y - height / 2, self._bar_width() - 6 * UNIT_PX, height)
                painter.drawText(room, ALIGN_RIGHT, tick.text)

    def x_ticks(self, most: int) -> list[Tick]:
        return plain_ticks(*self._x_range, most)

    def x_at(self, x: float) -> float:
        low, high = self._x_range
        return low + (x - self.area.left()) / self.area.width() * (high - low)

    def y_at(self, y: float) -> float:
        """The value of the second input at a pixel."""
        low, high = self._y_range
        return low + (self.area.bottom() - y) / self.area.height() * (high - low)

    def draw_content(self, painter: QPainter) -> None:
        area = self.area
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(area, self._image, self._inner(self._image))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self._draw_lines(painter)
        self._marks.draw(painter, area, self.theme, self._x_range, self._y_range)
        if not np.isfinite(self._surface.values).any():
            self._draw_bad(painter)

    @staticmethod
    def _inner(image: QImage) -> QRectF:
        """From the middle of the first point to the middle of the last: the grid includes the edges of the window."""
        return QRectF(0.5, 0.5, image.width() - 1.0, image.height() - 1.0)

    def _draw_lines(self, painter: QPainter) -> None:
        area, last = self.area, self._surface.values.shape[0] - 1
        ends = self._lines.copy()
        ends[:, 0::2] = area.left() + ends[:, 0::2] / last * area.width()
        ends[:, 1::2] = area.bottom() - ends[:, 1::2] / last * area.height()
        painter.setPen(QPen(QColor(self.theme.text), max(self.theme.line_width, 1)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.theme.antialias)
        painter.drawLines([QLineF(*line) for line in ends.tolist()])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_bad(self, painter: QPainter) -> None:
        since = self._snapshot.diverged_at
        text = self.tr("The output is not finite since step {0}").format("?" if since is None else count(since))
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.bad))
        painter.drawText(self.area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

    def draw_over(self, painter: QPainter) -> None:
        if self.pointer is not None and self._data is not None:
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(self.pointer))

    def readout(self, at: QPointF) -> list[Line]:
        """Exact inputs and outputs at a place, or of the sample that is near."""
        data = self._data
        if data is None:
            return []
        near = self._marks.near(at, self.area, self._x_range, self._y_range, marker_size(self.theme))
        point = np.array([[self.x_at(at.x()), self.y_at(at.y())]]) if near is None else near.inputs[None]
        names = zip(data.feature_names, point[0].tolist())
        lines = [Line(name, short(value) if near is None else full(value)) for name, value in names]
        if near is not None:
            lines.append(Line(self.tr("held out") if near.held_out else self.tr("training"), near.target))
        return lines + self._answer(self._outputs(point)[0])

    def _answer(self, outputs: Floats) -> list[Line]:
        data = self._data
        if data is None or not data.classes:
            return [Line(self.tr("output"), full(value)) for value in outputs.tolist()]
        lines = []
        if np.isfinite(outputs).all():
            lines.append(Line(self.tr("predicted"), data.classes[int(data.class_of(outputs[None])[0])]))
        names = data.classes if len(outputs) > 1 else (self.tr("output"),)
        return lines + [Line(name, full(value)) for name, value in list(zip(names, outputs.tolist()))[:MOST_LEGEND]]

    # --- the hand

    def zoom(self, factor: float, anchor: float) -> None:
        upright = self.y_at(self.area.center().y() if self.pointer is None else self.pointer.y())
        self._x_range = _zoomed(self._x_range, factor, anchor, self._whole[0])
        self._y_range = _zoomed(self._y_range, factor, upright, self._whole[1])
        self.update()

    def pan(self, distance: float) -> None:
        self._x_range = (self._x_range[0] + distance, self._x_range[1] + distance)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        before = self._dragged_to
        super().mouseMoveEvent(event)
        if before is not None and self._dragged_to is not None:
            distance = self.y_at(before.y()) - self.y_at(self._dragged_to.y())
            self._y_range = (self._y_range[0] + distance, self._y_range[1] + distance)

    def show_all(self) -> None:
        self._x_range, self._y_range = self._whole
        self.update()

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        menu = super().make_menu(at)
        for action in self.controls.scale_actions.values():
            menu.removeAction(action)
        return menu

    def csv(self) -> str:
        """Inputs and outputs at the points of the grid."""
        data = self._data
        if data is None:
            return ""
        self.prepare(self.area.width())
        x, y = self._surface.grid()
        values = self._surface.values
        names = data.target_names if len(data.target_names) == values.shape[2] else range(values.shape[2])
        columns = [np.tile(x, len(y)), np.repeat(y, len(x)), *values.reshape(-1, values.shape[2]).T]
        header = [*data.feature_names, *(f"output {name}" for name in names)]
        return csv_text(header, zip(*(column.tolist() for column in columns)))


def _lead(values: Floats, number: int) -> Floats:
    """By how much a class leads over the best of the others."""
    others = np.delete(values, number, axis=2)
    return values[:, :, number] - others.max(axis=2)


def _zoomed(
    shown: tuple[float, float], factor: float, anchor: float, whole: tuple[float, float]
) -> tuple[float, float]:
    span, most = shown[1] - shown[0], whole[1] - whole[0]
    wanted = min(max(span * factor, most * MOST_IN), most * MOST_OUT)
    if not math.isfinite(wanted) or wanted <= 0:
        return shown
    low = anchor - (anchor - shown[0]) / span * wanted
    return (low, low + wanted)


ALIKE = 1.001
"""Both inputs span the same, up to this factor: they are taken to be in the same unit."""


class RegionsView(PlotView):
    """Decision regions, or the height of the output, for models of two inputs."""

    NAME = "regions"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._session = bridge.session
        plot = RegionsPlot(bridge.session, themes, self.title())
        plot.turns = Turns.of(bridge)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("RegionsView", "Decision regions")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        data = self._session.problem_of(snapshot).data
        inputs = data.X_train.shape[1]
        if inputs != 2:
            self.plot.set_notice(self.tr("Drawn for models with two inputs. This one has {0}.").format(inputs))
            return
        output = data.target_names[0] if data.target_names else self.tr("output")
        self.plot.title = self.title() if data.classes else self.tr("Learned {0}").format(output)
        spans = sorted(float(high - low) for low, high in data.domain)
        alike = data.scaler.kind == "none" and spans[1] <= ALIKE * spans[0]
        self.plot.set_data(data, snapshot.run, alike)
        self.plot.show_snapshot(snapshot)
