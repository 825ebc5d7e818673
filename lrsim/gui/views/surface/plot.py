"""The loss over a plane through the parameters, on a logarithmic scale, and the way that training took over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX, mix
from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.pieces import Pieces
from lrsim.gui.chart.color_map import one_hue
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.other_branches import OthersShown, draw_names, others
from lrsim.gui.chart.plane import Plane
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import ScaleKind, empty, exact
from lrsim.gui.chart.strokes import marker_size
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.regions.contours import level_lines
from lrsim.gui.views.surface.survey import Choice, Ground, Laid, survey
from lrsim.gui.views.surface.trails import draw_now, draw_other, draw_trail, nearest, opacities
from lrsim.history.path import Known
from lrsim.instruments.surface import Window
from lrsim.session.branches import BranchShown
from lrsim.session.snapshot import Snapshot

LEVELS = 12
CONTOUR = 0.3
"""Share of the text's colour in a contour."""
DECADES = 12.0
"""The colours tell no smaller losses apart than this far below the largest."""
NEAR_PX = 8
SEEN_AFTER_MS = 60
"""A hand that zooms has stopped for so long."""


class SurfacePlot(Plane):
    """The surface with the way on it.

    Signals
    -------
    told()
        There is something new to say in words.
    """

    told = Signal()

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title)
        self.short_title = self.tr("Loss surface")
        self._reader = bridge.reader
        self._others = OthersShown.of(bridge)
        self._others.changed.connect(self.look_anew)
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self.choice = Choice("path")
        self.add_planes: Callable[[QMenu], None] = lambda _menu: None
        self.laid: Laid | None = None
        self.ground: Ground | None = None
        self._known = Known()
        self.failure = ""
        self._asked: tuple[object, ...] = ()
        self._looked_at = self._snapshot.theta  # held, so that no other one is taken for it
        self._now: tuple[Laid, int, Floats] | None = None
        self._shades = one_hue(self.theme, empty(ScaleKind.LOG))
        self._pieces = Pieces(Evaluator.of(bridge), self._take, self._tell_failure, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    # --- what is shown

    def choose(self, choice: Choice) -> None:
        """Show another plane."""
        if choice != self.choice:
            self.choice, self.ground = choice, None
            self.show_all()
            self.look_anew()

    def set_run(self, snapshot: Snapshot, choice: Choice) -> None:
        """Show another run."""
        self._snapshot, self.choice = snapshot, choice
        self.laid = self.ground = None
        self._known = Known()
        self.failure, self._asked = "", ()
        self.bar = None
        self._pieces.stop()
        self.show_image(np.full((2, 2), np.nan), (0.0, 1.0, 0.0, 1.0), self._shades)
        self.show_lines(np.zeros((0, 4)), QPen())
        self.show_all()

    def look_anew(self) -> None:
        """Something else than the run has changed."""
        self._asked = ()
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer parameters."""
        self._snapshot = snapshot
        self.refresh(snapshot.playing)

    @property
    def settled(self) -> bool:
        """Whether the picture is as fine as it gets."""
        if not self.isVisible():
            return True
        return not (self._pieces.open or self._timer.isActive()) and self._asked == self._key

    @property
    def age(self) -> int:
        """Steps since the surface was worked out; 0 where it still holds."""
        laid = self.laid
        return 0 if laid is None or laid.is_all else self._snapshot.step - laid.step

    @property
    def _key(self) -> tuple[object, ...]:
        at = self._snapshot
        told = tuple((each.number, each.tip) for each in self._branches)
        # The array of the parameters stays the same one where only something else of the run is told anew.
        return (at.run, at.place.branch.number, at.step, id(at.theta), len(at.done), told, self._seen)

    @property
    def _branches(self) -> list[BranchShown]:
        return others(self._snapshot) if self._others.on else []

    @property
    def _seen(self) -> Window | None:
        """What a hand has chosen to see; None for all."""
        if not (self.span.chosen or self.y_span.chosen):
            return None
        across, up = self.x_scale, self.y_scale
        return across.value(0), across.value(1), up.value(0), up.value(1)

    def prepare(self, width: float) -> None:
        key = self._key
        if key == self._asked:
            return
        if self._snapshot.playing:
            if not (self._pieces.open or self._timer.isActive()):
                self._timer.start(self._pieces.rest_ms)
        elif self._asked and key[:-1] == self._asked[:-1]:  # a hand zooms
            if not self._timer.isActive():
                self._timer.start(SEEN_AFTER_MS)
        else:
            self._look()

    def _look(self) -> None:
        """Have it worked out as it is now."""
        if not self.isVisible() or self.notice():
            return
        self._timer.stop()
        self._asked, self._looked_at = self._key, self._snapshot.theta
        work = survey(
            self._reader, self._snapshot, self.choice, self._branches, self._known, self.ground, self._seen
        )  # fmt: skip
        self._pieces.begin(work, rests=self._snapshot.playing)

    def _take(self, found: Laid | Ground) -> None:
        laid = found if isinstance(found, Laid) else found.laid
        if laid.run != self._snapshot.run:
            return
        self.failure = ""
        self.laid = laid
        left, right, bottom, top = laid.window
        self.set_whole((left, right), (bottom, top))
        self._name_axes(laid)
        if isinstance(found, Ground):
            self.ground = found
            self._show_ground(found)
        self.told.emit()
        self.update()

    def _tell_failure(self, why: str) -> None:
        self.failure = why
        self.told.emit()
        self.update()

    def _name_axes(self, laid: Laid) -> None:
        plane, network = laid.plane, laid.loss.problem.network
        if plane.places is not None:
            self.x_title, self.y_title = (network.parameter_name(place) for place in plane.places)
        elif plane.kind == "path":
            self.x_title, self.y_title = self.tr("main direction"), self.tr("second direction")
        else:
            self.x_title, self.y_title = self.tr("first direction"), self.tr("second direction")

    def _show_ground(self, ground: Ground) -> None:
        """Colours and contours, both even in the logarithm of the loss."""
        values = ground.values
        usable = values[np.isfinite(values) & (values > 0)]
        scale = empty(ScaleKind.LOG)
        if len(usable):
            high = float(usable.max())
            scale = exact(ScaleKind.LOG, max(float(usable.min()), high * 10**-DECADES), high)
        self._shades = self.bar = one_hue(self.theme, scale)
        least = self._shades.scale.value(0)
        drawn = np.where(np.isfinite(values), np.maximum(values, least), np.nan)
        self.show_image(drawn, ground.window, self._shades, smooth=True, points=True)
        (left, right, bottom, top), last = ground.window, len(values) - 1
        across, up = (right - left) / last, (top - bottom) / last
        shares = self._shades.scale.shares(drawn)
        lines = np.concatenate([level_lines(shares, (level + 1) / (LEVELS + 1)) for level in range(LEVELS)])
        ends = lines * [across, up, across, up] + [left, bottom, left, bottom]
        color = mix(self.theme.background, self.theme.text, CONTOUR)
        self.show_lines(ends if len(usable) else ends[:0], QPen(QColor(color), 1))

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        if self.ground is not None:
            self._show_ground(self.ground)

    # --- drawing

    def legend(self) -> Sequence[Entry]:
        laid = self.laid
        if laid is None:
            return ()
        ink = QColor(self.theme.text)
        entries = [Entry(self.tr("path"), "", QPen(ink, self.theme.line_width), "circle"),
                   Entry(self.tr("now"), "", QPen(ink, 2), "circle", line=False, hollow=False)]  # fmt: skip
        if laid.others:
            dotted = QPen(ink, self.theme.line_width + 1, Qt.PenStyle.DotLine)
            entries.append(Entry(self.tr("other branches"), "", dotted))
        loss = self._snapshot.loss
        if loss is not None and not math.isfinite(loss):
            entries.append(Entry(self.tr("loss"), short(loss), QPen(ink, 1), line=False, tone="bad"))
        return entries

    def draw_marks(self, painter: QPainter) -> None:
        laid = self.laid
        if laid is not None:
            for trail in laid.others:
                draw_other(painter, self.theme, *self._pixels(trail.places))
            extent = float(np.hypot(*self._extent(laid)))
            x, y = self._pixels(laid.trail.places)
            opaque = opacities(laid.trail.distances, extent)
            draw_trail(painter, self.theme, x, y, laid.trail.losses, opaque, self._shades)
            self._draw_present(painter, laid, x, y)
            draw_names(painter, self.fonts, self.theme, self.area, list(self._ends(laid)))
        if self.failure:
            self._draw_note(painter, self.failure)

    def _draw_present(self, painter: QPainter, laid: Laid, x: Floats, y: Floats) -> None:
        if self._now is None or self._now[:2] != (laid, self._snapshot.version):
            self._now = laid, self._snapshot.version, laid.plane.coordinates(self._snapshot.theta[None])[0]
        (now_x,), (now_y,) = self._pixels(self._now[2])
        if not draw_now(painter, self.theme, float(now_x), float(now_y), self.area):
            since = self._snapshot.diverged_at
            text = self.tr("The parameters are not finite since step {0}")
            self._draw_note(painter, text.format("?" if since is None else count(since)))

    def _ends(self, laid: Laid) -> list[tuple[float, float, str]]:
        """Where the ways of other branches end, with their names."""
        found = []
        for trail in laid.others:
            x, y = self._pixels(trail.places)
            inside = [at for at in range(len(x)) if self.area.contains(QPointF(x[at], y[at]))]
            if inside:
                found.append((float(x[inside[-1]]), float(y[inside[-1]]), trail.title))
        return found

    def _extent(self, laid: Laid) -> tuple[float, float]:
        """Width and height of what is shown, in lengths of parameters."""
        left, right, bottom, top = laid.window
        with np.errstate(all="ignore"):
            sizes = np.sqrt(np.square(laid.plane.directions).sum(axis=1))
        return (right - left) * float(sizes[0]), (top - bottom) * float(sizes[1])

    def _pixels(self, places: Floats) -> tuple[Floats, Floats]:
        x, y = self.x_scale, self.y_scale
        with np.errstate(all="ignore"):
            across, up = x.shares(places[:, 0]), y.shares(places[:, 1])
        return self.area.left() + across * self.area.width(), self.area.bottom() - up * self.area.height()

    def _draw_note(self, painter: QPainter, text: str) -> None:
        painter.setFont(self.fonts.small)
        room = self.area.adjusted(2 * UNIT_PX, 2 * UNIT_PX, -2 * UNIT_PX, -2 * UNIT_PX)
        flags = int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        box = painter.boundingRect(room, flags, text).adjusted(-UNIT_PX, 0, UNIT_PX, 0)
        painter.fillRect(box, QColor(self.theme.background))
        painter.setPen(QColor(self.theme.bad))
        painter.drawText(room, flags, text)

    # --- the hand

    def readout(self, at: QPointF) -> list[Line]:
        """The loss at a place, or the point of the way that is near."""
        laid = self.laid
        if laid is None:
            return []
        near = nearest(*self._pixels(laid.trail.places), at, max(NEAR_PX, marker_size(self.theme)))
        if near is not None:
            trail = laid.trail
            return [
                Line(self.tr("step"), count(int(trail.steps[near]))),
                *self._named(float(trail.places[near, 0]), float(trail.places[near, 1])),
                Line(self.tr("loss there"), full(float(trail.losses[near]))),
                Line(self.tr("off the plane"), short(float(trail.distances[near]))),
            ]
        x, y = self.x_at(at.x()), self.y_at(at.y())
        if Evaluator.is_little(self._snapshot, laid.loss.samples):
            loss = float(laid.loss(laid.plane.points(np.array([x]), np.array([y])))[0])
            return [*self._named(x, y), Line(self.tr("loss"), full(loss))]
        cell = self.cell_at(at)
        if cell is None or self.ground is None or not _inside(x, y, self.ground.window):
            return self._named(x, y)
        return [*self._named(x, y), Line(self.tr("loss, about"), short(float(self.ground.values[cell])))]

    def _named(self, x: float, y: float) -> list[Line]:
        return [Line(self.x_title, full(x)), Line(self.y_title, full(y))]

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        menu.addSeparator()
        self.add_planes(menu)

    def in_words(self) -> str:
        laid = self.laid
        if laid is None or self.failure:
            return self.failure or self.hint()
        losses = laid.trail.losses
        text = self.tr("Loss over {0} and {1}. On the path from {2} at the start to {3} at step {4}.")
        words = text.format(
            self.x_title, self.y_title, short(float(losses[0])), short(float(losses[-1])), count(laid.step)
        )
        return f"{words} {self.hint()}"

    def csv(self) -> str:
        """The loss at the points of the grid."""
        ground = self.ground
        if ground is None:
            return ""
        (left, right, bottom, top), size = ground.window, len(ground.values)
        x, y = np.linspace(left, right, size), np.linspace(bottom, top, size)
        cells = ([float(x[c]), float(y[r]), float(ground.values[r, c])] for r in range(size) for c in range(size))
        return csv_text([self.x_title, self.y_title, "loss"], cells)


def _inside(x: float, y: float, window: Window) -> bool:
    left, right, bottom, top = window
    return left <= x <= right and bottom <= y <= top
