"""The network as everybody draws it: what each unit computes, how strong each weight is, and a hand on all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_CENTER, draw_title
from lrsim.gui.chart.picture import Picture
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.network.edit_box import EditBox
from lrsim.gui.views.network.geometry import Bias, Diagram, Link, Part, Unit
from lrsim.gui.views.network.layer_buttons import LayerButtons
from lrsim.gui.views.network.paint import NetworkPaint, Shown
from lrsim.gui.views.network.parameters import Parameters, parameters_of
from lrsim.gui.views.network.tiles import Outputs, Supply
from lrsim.gui.views.view import PlotView, ViewSpec, always
from lrsim.instruments.units import idle_of
from lrsim.session.snapshot import Snapshot

NAMES_EM = 8
"""Most room for the names of inputs and outputs at either side, in text sizes."""

NO_MODIFIER, OF_KEYPAD = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier
MOVES = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
OWN_KEYS = {*MOVES, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class NetworkPlot(Picture):
    """The diagram of one run.

    Signals
    -------
    parameter_wanted(str, float)
        A hand wants a weight or a bias, told by its trace name, to have this value.
    """

    ZOOMS = False
    parameter_wanted = Signal(str, float)

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title)
        self._reader = bridge.reader
        self._bridge = bridge
        self.turns = Turns.of(bridge)
        self._paint = NetworkPaint(self.theme, self.fonts)
        self._supply = Supply(Evaluator.of(bridge), bridge.reader, self._show_outputs, self._tell, self)
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._problem: Any = None
        self._outputs: Outputs | None = None
        self._idle: tuple[frozenset[Unit], frozenset[Unit]] = (frozenset(), frozenset())
        self._chosen: Part | None = None
        self._diagram: tuple[tuple[tuple[int, ...], QRectF, int], Diagram] | None = None
        self._trouble = ""
        self.box = EditBox(self)
        self.box.committed.connect(self._set)
        self.buttons = LayerButtons(self)

    # --- what is shown

    def set_run(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self._problem = self._reader.problem_of(snapshot)
        self._snapshot, self._outputs, self._chosen, self._trouble = snapshot, None, None, ""
        self._supply.begin(self._problem.data)
        self.box.hide()
        self.buttons.show_experiment(self._problem.experiment)
        self._place_buttons()
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Newer parameters."""
        if self._problem is None or self._reader.problem_of(snapshot) is not self._problem:
            return
        self._snapshot = snapshot
        if self.isVisible():
            self._supply.ask(snapshot)
            self.turns.ask(self)

    def _show_outputs(self, outputs: Outputs) -> None:
        self._outputs, self._trouble = outputs, ""
        self._idle = self._find_idle(outputs)
        self.turns.ask(self)

    def _tell(self, why: str) -> None:
        self._trouble = why
        self.update()

    def _find_idle(self, outputs: Outputs) -> tuple[frozenset[Unit], frozenset[Unit]]:
        """Dead and saturated units, by what is shown of them; an output may well be at its limits."""
        dead, saturated = set(), set()
        hidden = self._problem.network.layers[:-1]
        for k, (layer, values) in enumerate(zip(hidden, outputs.layers[1:]), 1):
            idle = idle_of(layer, values)
            dead |= {Unit(k, number) for number in np.flatnonzero(idle.dead).tolist()}
            saturated |= {Unit(k, number) for number in np.flatnonzero(idle.saturated).tolist()}
        return frozenset(dead), frozenset(saturated)

    @property
    def settled(self) -> bool:
        """Whether what is shown is that of the newest step."""
        return not (self.isVisible() and self._supply.open)

    @property
    def parameters(self) -> Parameters:
        """Of what is shown."""
        return parameters_of(self._problem, self._snapshot)

    @property
    def step(self) -> int:
        """That is shown."""
        return self._snapshot.step

    def _sizes(self) -> tuple[int, ...]:
        shapes = self._problem.network.shapes
        return (shapes[0][0], *(units for _, units in shapes))

    @property
    def _heads_top(self) -> int:
        """Where the heads of the layers begin: below the title and the buttons beside it."""
        return max(self.fonts.row + UNIT_PX, self.buttons.more_layers.sizeHint().height() + 2 * UNIT_PX)

    def diagram(self, size: QSize | None = None) -> Diagram:
        """Where all stands, in the widget or in a picture of another size."""
        size = self.size() if size is None else size
        top = self._heads_top + self.buttons.height_in(self.theme) + 2 * UNIT_PX
        left, right = (PADDING_PX + UNIT_PX + self._widest(names) for names in self._names())
        below = self.fonts.small_metrics.height() * 2 + 2 * PADDING_PX
        area = QRectF(left, top, max(size.width() - left - right, 1), max(size.height() - top - below, 1))
        key = self._sizes(), area, self.theme.base_px
        if self._diagram is None or self._diagram[0] != key:
            self._diagram = key, Diagram(*key)
        return self._diagram[1]

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of the inputs and of the outputs; an image's pixels have none."""
        data, units = self._problem.data, self._sizes()[-1]
        outputs = data.classes if len(data.classes) == units else data.target_names
        inputs = tuple(data.feature_names) if data.image is None else ()
        return inputs, tuple(outputs) if len(outputs) == units else ()

    def _widest(self, names: tuple[str, ...]) -> float:
        room = NAMES_EM * self.theme.base_px
        return min(max(map(self.fonts.small_width, names), default=0.0) + 2 * UNIT_PX, room)

    def _shown(self) -> Shown:
        return Shown(
            self.parameters, self._outputs, self._names(), self._problem.data.image, *self._idle, self._chosen
        )  # fmt: skip

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self._paint = NetworkPaint(theme, self.fonts)
        self._place_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_buttons()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_snapshot(self._snapshot)  # of what was hidden nothing was worked out

    def _place_buttons(self) -> None:
        if self._problem is not None:
            diagram = self.diagram()
            centers = [diagram.left(layer) + diagram.side / 2 for layer in diagram.columns if layer]
            layers = [layer - 1 for layer in diagram.columns if layer]
            self.buttons.place(dict(zip(layers, centers)), self._heads_top, self.width(), self.theme)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            self._draw(painter, self.size())
            if self._problem is not None and (lines := self.readout()):
                at = self.pointer or self._place_of(self._chosen)
                draw_readout(painter, self.fonts, self.theme, QRectF(self.rect()), at, lines)
            self.draw_focus(painter)

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        self._draw(painter, size)

    def _draw(self, painter: QPainter, size: QSize) -> None:
        draw_title(painter, self.fonts, self.theme, self.title, size.width() / 2)
        if self._problem is None:
            return
        self._paint.draw(painter, self.diagram(size), self._shown())
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.bad if self._trouble else self.theme.muted))
        height = self.fonts.small_metrics.height()
        box = QRectF(PADDING_PX, size.height() - height - UNIT_PX, size.width() - 2 * PADDING_PX, height)
        sayings = (self._trouble,) if self._trouble else self.legends()
        legend = next((each for each in sayings if self.fonts.small_width(each) <= box.width()), sayings[-1])
        shown = self.fonts.small_metrics.elidedText(legend, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, ALIGN_CENTER, shown)

    def legends(self) -> tuple[str, ...]:
        """What widths, strokes and marks mean: for much, little and least room."""
        return (
            self.tr("Width: size of a weight. Dashed: below 0. Dark end: last update. Disc: bias, below 0 a ring."),
            self.tr("Width: size. Dashed: below 0. Dark end: update."),
            self.tr("Width: size. Dashed: below 0."),
        )

    # --- what is read

    def readout(self) -> list[Line]:
        """Numbers of what the hand or the keyboard points at."""
        part = self._chosen
        if part is None:
            return []
        if isinstance(part, Unit):
            return self._unit_lines(part)
        parameters = self.parameters
        update = parameters.update(part)
        lines = [Line(parameters.name(part), full(parameters.value(part)))]
        if np.isfinite(update) or self._snapshot.before is not None:
            lines.append(Line(self.tr("last update"), short(update)))
        return lines

    def _unit_lines(self, unit: Unit) -> list[Line]:
        data = self._problem.data
        if not unit.layer:
            return [Line(self.tr("input"), data.feature_names[unit.number])]
        layer = self._problem.network.layers[unit.layer - 1]
        lines = [Line(self.tr("layer {0}, unit {1}").format(unit.layer, unit.number + 1), layer.activation)]
        bias = Bias(unit.layer, unit.number)
        lines.append(Line(self.parameters.name(bias), full(self.parameters.value(bias))))
        if self._outputs is not None:
            values = self._outputs.layers[unit.layer][:, unit.number]
            lines.append(Line(self.tr("outputs"), f"{short(float(values.min()))} .. {short(float(values.max()))}"))
        dead, saturated = self._idle
        if unit in dead:
            lines.append(Line(self.tr("dead"), self.tr("0 everywhere that is shown")))
        if unit in saturated:
            lines.append(Line(self.tr("saturated"), self.tr("near its limits nearly everywhere")))
        return lines

    def in_words(self) -> str:
        if self._problem is None:
            return self.hint()
        sizes = " - ".join(count(size) for size in self._sizes())
        told = [f"{line.name} {line.value}" for line in self.readout()]
        return ". ".join([self.tr("Network {0}").format(sizes), *told, self.hint()])

    def hint(self) -> str:
        return self.tr(
            "A click on a weight or a bias sets it. Arrows go from unit to unit, Page Up and Page Down to its weights, "
            "Return sets."
        )

    def csv(self) -> str:
        """Every weight and bias with its last update."""
        if self._problem is None:
            return ""
        theta = self._snapshot.theta
        before = self._snapshot.before
        update = np.full(len(theta), np.nan) if before is None else theta.astype(np.float64) - before
        names = self._problem.parameter_names
        return csv_text(["parameter", "value", "last update"], zip(names, theta.tolist(), update.tolist()))

    # --- the hand

    def pointer_moved(self) -> None:
        if self._problem is not None and not self.box.isVisible():
            self._chosen = None if self.pointer is None else self.diagram().at(self.pointer)
            can_set = isinstance(self._chosen, Link | Bias)
            self.setCursor(Qt.CursorShape.PointingHandCursor if can_set else Qt.CursorShape.ArrowCursor)

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._open(self.diagram().at(at) if self._problem is not None else None, at)

    def double_click(self, at: QPointF) -> None:
        self.click(at, Qt.KeyboardModifier.NoModifier)

    def _open(self, part: Part | None, at: QPointF) -> None:
        if isinstance(part, Unit) and part.layer:
            part = Bias(part.layer, part.number)
        if isinstance(part, Link | Bias):
            self._chosen = part
            self.box.open_at(self.parameters.name(part), self.parameters.value(part), at)
        else:
            self.box.hide()

    def _set(self, name: str, value: float) -> None:
        self.parameter_wanted.emit(name, value)

    def _place_of(self, part: Part | None) -> QPointF:
        diagram = self.diagram()
        if isinstance(part, Link):
            return diagram.line(part).pointAt(0.3)  # where fewer cross it than in its middle
        if isinstance(part, Bias):
            return diagram.bias(part).center()
        return diagram.tile(part).center() if isinstance(part, Unit) else QRectF(self.rect()).center()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _is_own(event):
            event.accept()  # it is the window's only as long as the keyboard is not here
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._problem is None or not self._moved_by(Qt.Key(event.key())):
            super().keyPressEvent(event)
            return
        self.setAccessibleDescription(self.in_words())
        self.update()

    def _moved_by(self, key: Qt.Key) -> bool:
        """Whether a key has moved to another unit or weight, or has opened it."""
        diagram, part = self.diagram(), self._chosen
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(part, self._place_of(part))
            return part is not None
        unit = part if isinstance(part, Unit) else None
        if isinstance(part, Link):
            unit = Unit(part.layer, part.target)
        elif isinstance(part, Bias):
            unit = Unit(part.layer, part.number)
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) and unit is not None and diagram.joined(unit.layer):
            rows = diagram.drawn[unit.layer - 1]
            step = 1 if key == Qt.Key.Key_PageDown else -1
            before = part.source if isinstance(part, Link) else (-1 if step > 0 else 0)
            self._chosen = Link(unit.layer, (before + step) % rows, unit.number)
            return True
        if key not in MOVES:
            return False
        if unit is None:
            self._chosen = Unit(diagram.columns[0], 0)
            return True
        across, down = MOVES[key]
        place = min(max(diagram.columns.index(unit.layer) + across, 0), len(diagram.columns) - 1)
        layer = diagram.columns[place]
        self._chosen = Unit(layer, min(max(unit.number + down, 0), diagram.drawn[layer] - 1))
        return True


def _is_own(event: QKeyEvent) -> bool:
    return event.key() in OWN_KEYS and event.modifiers() in (NO_MODIFIER, OF_KEYPAD)


class NetworkView(PlotView):
    """The diagram, live."""

    NAME = "diagram"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._session = bridge.session
        plot = NetworkPlot(bridge, themes, self.title())
        plot.parameter_wanted.connect(self._set)
        plot.buttons.wanted.connect(self.experiment_wanted)
        plot.buttons.refused.connect(self.refused)
        self.fill(bridge, plot)

    @property
    def settled(self) -> bool:
        return bool(self.plot.settled)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("NetworkView", "Network")

    def rebuild(self, snapshot: Snapshot) -> None:
        self.plot.set_run(snapshot)

    def _set(self, name: str, value: float) -> None:
        self._session.fork(self.plot.step, {name: value})


VIEW = ViewSpec(
    NetworkView.NAME,
    NetworkView.title,
    NetworkView,
    column="details",
    layouts={"network": always},
    share=1000,
)
