"""What a model of two inputs answers everywhere: regions of classes or the height of its output, and the samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.common.numbers import Floats, count, full, short
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.chart.color_map import ColorMap
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.plane import Plane
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.span import Ends
from lrsim.gui.chart.strokes import marker_size
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.regions import colors
from lrsim.gui.views.regions.contours import level_lines
from lrsim.gui.views.regions.order import GridOrder
from lrsim.gui.views.regions.samples import Sample, SampleMarks
from lrsim.gui.views.regions.surface import COARSE, Surface, Window
from lrsim.gui.views.regions.words import surface_in_words
from lrsim.gui.views.switches import FLAT, TEST_POINTS, Switches
from lrsim.session.snapshot import Snapshot

REFINE_AFTER_MS = 60
MOST_LEGEND = 6


class RegionsPlot(Plane):
    """A plane of two inputs in the units of the source.

    Colour is the class that wins and how clearly, or the height of the output; a line is drawn where classes meet.
    """

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str, switches: Switches) -> None:
        super().__init__(themes, title)
        reader = self._reader = bridge.reader
        self._order = GridOrder(Evaluator.of(bridge), reader, self._show_ordered, self._tell_failure, self)
        self._failure = ""
        self._blank = True  # nothing is known of this run yet
        self._switches = switches
        self.short_title = self.tr("Regions")
        self._snapshot: Snapshot = reader.snapshot()
        self._data: Dataset | None = None
        self._run = -1
        self._notice = ""
        self._range = (0.0, 1.0)  # of the colours, for a single output
        self._surface = Surface()
        self._shown: tuple[object, ...] = ()
        self._samples = SampleMarks()
        self._samples.with_held_out = switches.is_on(TEST_POINTS)
        switches.follow(TEST_POINTS, self._show_held_out)
        switches.follow(FLAT, self._show_flat)
        self._refining = QTimer(self)
        self._refining.setSingleShot(True)
        self._refining.timeout.connect(self._refine)

    # --- what is shown

    def set_data(self, data: Dataset, snapshot: Snapshot, equal_units: bool) -> None:
        """Show another experiment, whose run the snapshot shows; with `equal_units` both axes have the same scale."""
        self._data, self._snapshot, self._run = data, snapshot, snapshot.run
        self._notice, self.equal_units = "", equal_units
        self.x_title, self.y_title = data.input_names
        self.set_whole(*data.domain)
        targets = data.answers(data.Y_train)[:, 0]
        low, high = float(targets.min()), float(targets.max())
        self._range = (data.low, 1.0) if data.classes else (low, high if high > low else low + 1.0)
        self._samples.set_data(data, self._range)
        self._shown, self._failure, self._blank = (), "", True
        self._surface = Surface()
        self._show_bar()
        self.show_all()

    def _show_held_out(self, shown: bool) -> None:
        self._samples.with_held_out = shown
        self.update()

    def _show_flat(self, _flat: bool) -> None:
        self._shown = ()
        self.update()

    @property
    def switches(self) -> tuple[QAction, ...]:
        """The switches that change something here."""
        data = self._data
        if data is None:
            return ()
        held_out = (self._switches[TEST_POINTS],) if len(data.X_test) else ()
        return (*held_out, self._switches[FLAT]) if data.classes else held_out

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        menu.addSeparator()
        menu.addActions(self.switches)

    def _near(self, at: QPointF) -> Sample | None:
        """The sample at a place."""
        return self._samples.near(at, self.area, *self._seen, marker_size(self.theme))

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
        if self._data is None or not self.isVisible():
            return True
        return self._surface.refined if self._is_quick else bool(self._shown) and not self._order.open

    def notice(self) -> str:
        return self._notice

    def legend(self) -> Sequence[Entry]:
        data = self._data
        if data is None:
            return ()
        entries = []
        for number, name in enumerate(data.classes[:MOST_LEGEND]):
            pen = QPen(QColor(colors.class_color(self.theme, number, len(data.classes))), 1)
            entries.append(Entry(name, "", pen, self._samples.shape(number), line=False, hollow=False))
        held_out, pen = len(data.X_test) and self._samples.with_held_out, QPen(QColor(self.theme.text), 1)
        thinned = self._samples.in_words(data)
        if held_out or thinned[0]:
            name = self.tr("training") if held_out else self.tr("samples")
            entries.append(Entry(f"{name} {thinned[0]}".strip(), "", pen, "circle", line=False, hollow=False))
        if held_out:
            name = self.tr("held out")
            entries.append(Entry(f"{name} {thinned[1]}".strip(), "", pen, "circle", line=False))
        return entries

    def prepare(self, width: float) -> None:
        if self._data is None:
            return
        key = (self._snapshot.version, self.span.shown, self.y_span.shown)
        if key != self._shown:
            self._shown = key
            x, y = self._seen
            if not self._is_quick:
                self._order.place(self._data, self._snapshot, (*x, *y))
                if self._blank:
                    paper = np.full((2, 2), sum(self._range) / 2)
                    self.show_image(paper, (*x, *y), self._shades, smooth=True, points=True)
                return
            self._surface.take((*x, *y), self._outputs)
            self._show_surface()
            if not self._snapshot.playing:
                self._refining.start(REFINE_AFTER_MS)

    @property
    def _is_quick(self) -> bool:
        """Whether the window itself has time to evaluate a grid."""
        return Evaluator.is_little(self._snapshot, COARSE * COARSE)

    def _show_ordered(self, window: Window, outputs: Floats) -> None:
        if self._data is not None:
            self._failure = ""
            self._surface.put(window, outputs)
            self._show_surface()
            self.update()

    def _tell_failure(self, why: str) -> None:
        self._failure = why
        self.update()

    @property
    def _seen(self) -> tuple[Ends, Ends]:
        """What is seen of both inputs."""
        across, up = self.x_scale, self.scale
        return (across.value(0), across.value(1)), (up.value(0), up.value(1))

    def _refine(self) -> None:
        """A few more rows of the fine picture; the next ones once the window had its turn."""
        if self._data is None or self._snapshot.playing or not self.isVisible() or not self._is_quick:
            return
        if self._surface.refine(self._outputs):
            self._show_surface()
            self.update()
        else:
            self._refining.start(0)

    def _outputs(self, points: Floats) -> Floats:
        """The model's outputs for inputs (n, 2), both in the units of the source."""
        data = self._data
        if data is None:
            return np.full((len(points), 1), np.nan)
        with np.errstate(all="ignore"):
            return data.answers(self._reader.predict(self._snapshot, data.inputs_for(points)))

    def _show_surface(self) -> None:
        values, theme, window = self._surface.values, self.theme, self._surface.window
        self._blank = False
        flat = self._flat
        if self._several_classes:
            count = values.shape[2]
            places = colors.class_places(values, flat=flat)
            self.show_image(places, window, colors.class_colors(theme, count), smooth=not flat, points=True)
            lines = np.concatenate([level_lines(_lead(values, number), 0.0) for number in range(count)])
        else:
            heights = values[:, :, 0]
            self.show_image(heights, window, self._shades, smooth=not flat, points=True)
            classes = self._data is not None and self._data.classes
            lines = level_lines(heights, sum(self._range) / 2) if classes else np.zeros((0, 4))
        (left, right, bottom, top), last = window, values.shape[0] - 1
        across, up = (right - left) / last, (top - bottom) / last
        ends = lines * [across, up, across, up] + [left, bottom, left, bottom]
        self.show_lines(ends, QPen(QColor(theme.text), max(theme.line_width, 1)))

    @property
    def _shades(self) -> ColorMap:
        """Of a single output."""
        return colors.output_colors(self.theme, *self._range, flat=self._flat)

    @property
    def _flat(self) -> bool:
        return self._data is not None and bool(self._data.classes) and self._switches.is_on(FLAT)

    @property
    def _several_classes(self) -> bool:
        return self._data is not None and bool(self._data.classes) and self._surface.values.shape[2] > 1

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self._shown = ()
        self._show_bar()

    def _show_bar(self) -> None:
        """What the colours stand for, where they are heights."""
        heights = self._data is not None and not self._data.classes
        self.bar = colors.output_colors(self.theme, *self._range) if heights else None

    def draw_marks(self, painter: QPainter) -> None:
        self._samples.draw(painter, self.area, self.theme, *self._seen)
        if self._failure:
            self._draw_bad(painter, self._failure)
        elif not self._blank and not np.isfinite(self._surface.values).any():
            since = self._snapshot.diverged_at
            text = self.tr("The output is not finite since step {0}")
            self._draw_bad(painter, text.format("?" if since is None else count(since)))

    def _draw_bad(self, painter: QPainter, text: str) -> None:
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.bad))
        painter.drawText(self.area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

    def readout(self, at: QPointF) -> list[Line]:
        """Exact inputs and outputs at a place, or of the sample that is near."""
        data = self._data
        if data is None:
            return []
        near = self._near(at)
        point = np.array([[self.x_at(at.x()), self.y_at(at.y())]]) if near is None else near.inputs[None]
        names = zip(data.input_names, point[0].tolist())
        lines = [Line(name, short(value) if near is None else full(value)) for name, value in names]
        if near is not None:
            lines.append(Line(self.tr("held out") if near.held_out else self.tr("training"), near.target))
        if not Evaluator.is_little(self._snapshot, 1):
            return lines if self._blank else lines + self._answer(self._surface.nearest(*point[0].tolist()))
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

    def in_words(self) -> str:
        if self._data is None or self._blank or self._failure:
            return self._notice or self._failure or self.hint()
        return f"{surface_in_words(self._data, self._surface.values, self._surface.window)}. {self.hint()}"

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
        header = [*data.input_names, *(f"output {name}" for name in names)]
        return csv_text(header, zip(*(column.tolist() for column in columns)))


def _lead(values: Floats, number: int) -> Floats:
    """By how much a class leads over the best of the others."""
    others = np.delete(values, number, axis=2)
    return values[:, :, number] - others.max(axis=2)
