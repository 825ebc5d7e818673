"""Loss and accuracy over steps, on training and held-out rows, with an axis for each of the two."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import PADDING_PX, QUANTITY_SERIES, UNIT_PX, LineStyle
from lrsim.charts.thinning import PIXELS_PER_POINT, Thinned, thinned
from lrsim.common.metrics import held_out, metric_of
from lrsim.common.numbers import Floats, count, full, percent, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.branches_plot import BranchesPlot
from lrsim.gui.chart.chart import Steps
from lrsim.gui.chart.epoch_reader import EpochReader
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_LEFT, Entry, legend_width
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import Scale, ScaleKind, fit
from lrsim.gui.chart.step_chart import Curve
from lrsim.gui.chart.strokes import draw_band, draw_line, draw_spread, shade
from lrsim.gui.chart.threshold_band import draw_threshold
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.views.view import PlotView, ViewSpec, always
from lrsim.history.series import Series
from lrsim.session.branches import BranchShown
from lrsim.session.snapshot import Snapshot
from lrsim.training.epochs import EpochSeries

LOSS, ACCURACY = QUANTITY_SERIES["loss"], QUANTITY_SERIES["accuracy"]
"""Which colour is whose."""
ROOM_OF_LABEL = 1.6
"""How many times its height a label of the right axis is from the next."""
SHARES = Scale(ScaleKind.LINEAR, -0.03, 1.03)
FAINT = {LOSS: 0.35, ACCURACY: 0.2}
"""Accuracies of small batches jump more, and say less."""
LONG_TITLE = 0.4
"""Share of the horizontal axis that its title may take from the ticks."""
OUTLIERS = 1.5
"""Single steps are shown up to this many times the largest mean of an epoch; those above are drawn at the edge."""
SHARE_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


class LearningPlot(BranchesPlot):
    """The loss of each step, faint, under the means of the epochs; dashed what held-out rows say.

    The left axis is the loss. The right one is the accuracy, for models whose answers are right or wrong.
    """

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LINEAR, lambda snapshot: ())
        self._reader = bridge.reader
        self._epochs = EpochReader(bridge.reader)
        self._averaged = False
        self._of_branches: dict[tuple[int, int], tuple[int, EpochSeries]] = {}
        self._scale_chosen = False
        self.controls.scale_chosen.connect(self._keep_scale)

    def _keep_scale(self) -> None:
        """A scale that was chosen by hand stays through other experiments."""
        self._scale_chosen = True

    def set_metrics(self, metrics: Sequence[str], loss: str, averaged: bool, run: int) -> None:
        """Show another experiment.

        Parameters
        ----------
        metrics
            What is measured at each step.
        loss
            Name of the loss.
        averaged
            Whether figures are taken once an epoch; if so, single steps are drawn faint.
        """
        self._averaged = averaged
        if not self._scale_chosen:
            self.controls.choose(ScaleKind.LINEAR if averaged else ScaleKind.LOG)
            self._scale_chosen = False
        shown = [Curve("loss", self.tr("loss"), LOSS)]
        if "accuracy" in metrics:
            shown.append(Curve("accuracy", self.tr("accuracy"), ACCURACY))
        self.y_title = loss
        self.title = self.tr("Loss and accuracy") if len(shown) > 1 else self.tr("Loss")
        self.short_title, self.short_y_title = self.tr("Loss"), self.tr("loss")
        self._epochs.forget()
        self._of_branches.clear()
        self.set_curves(shown, run)

    @property
    def _accurate(self) -> bool:
        return len(self._curves) > 1

    @property
    def epochs(self) -> EpochSeries:
        """The figures of the epochs that the snapshot's branch has."""
        return self._epochs.at(self._snapshot)

    def legend(self) -> Sequence[Entry]:
        entries = []
        last = self._last_epoch(self._snapshot.step)
        for curve in self._curves:
            name = curve.column
            trained = self.epochs.training[name][last] if last is not None else self._now(name)
            entries.append(self._entry(curve.name, trained, curve, "solid"))
        held_out = [curve for curve in self._curves if curve.column in self.epochs.validation]
        for curve in held_out:
            value = None if last is None else self.epochs.validation[curve.column][last]
            entries.append(self._entry(self.tr("validation"), value, curve, "dashed"))
        if len(held_out) > 1 and not self._fits(entries):
            # One word for both dashed lines, rather than a line that nothing explains.
            dashes = QPen(QColor(self.theme.text), self.theme.line_width, Qt.PenStyle.DashLine)
            entries[-len(held_out) :] = [Entry(self.tr("validation"), "", dashes)]
        return entries

    def _fits(self, entries: Sequence[Entry]) -> bool:
        return sum(legend_width(self.fonts, self.theme, entry) for entry in entries) <= self.width() - PADDING_PX

    def _entry(self, name: str, value: float | None, curve: Curve, style: LineStyle) -> Entry:
        text = "" if value is None else _words(curve.column, value)
        tone = "bad" if value is not None and not math.isfinite(value) else ""
        return Entry(name, text, series_pen(self.theme, curve.index, style), tone=tone)

    def _now(self, column: str) -> float | None:
        return self._snapshot.loss if column == "loss" else None

    def _last_epoch(self, step: int) -> int | None:
        """Place of the last epoch that ended by a step."""
        place = int(np.searchsorted(self.epochs.steps, step, side="right")) - 1
        return place if place >= 0 else None

    def prepare(self, width: float) -> None:
        super().prepare(width)
        size = self._thinned_epochs(self.epochs.steps).size
        long, short_one = self.tr("{0} epochs a point, step").format(count(size)), self.tr("step")
        fits = self.fonts.small_width(long) <= LONG_TITLE * width
        self.x_title = long if size > 1 and fits else short_one

    def _fit_scale(self, series: Series) -> None:
        steps = self.epochs.steps
        seen = (steps >= self._lo) & (steps <= self._hi)
        raw = (series.x >= self._lo) & (series.x <= self._hi)
        single = np.concatenate([part["loss"][raw] for part in (series.low, series.high)])
        means = [split["loss"][seen] for split in (self.epochs.training, self.epochs.validation) if "loss" in split]
        known = np.concatenate([*means, np.zeros(0)])
        known = known[np.isfinite(known)]
        if len(known) and self.kind is ScaleKind.LINEAR:
            # A few steps that went far out would press everything else to the floor.
            single = np.minimum(single, OUTLIERS * known.max())
        values = np.concatenate([single, known])
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        values = self._beside(values, "loss")
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)

    # --- drawing

    def _area(self, size: QSizeF, top: float) -> QRectF:
        area = super()._area(size, top)
        return area.adjusted(0, 0, -self._right_width(), 0) if self._accurate else area

    def _right_width(self) -> float:
        return max(self.fonts.small_width("100 %"), self.fonts.small_width(self.tr("accuracy"))) + UNIT_PX

    def _draw(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        super()._draw(painter, size, reserved)
        if self._accurate and not self.notice():
            self._draw_right_axis(painter)

    def _draw_right_axis(self, painter: QPainter) -> None:
        left, width = self.area.right() + 1.5 * UNIT_PX, self._right_width()
        height = self.fonts.small_metrics.height()
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QPointF(left, self.area.top() - UNIT_PX), self.tr("accuracy"))
        painter.setPen(QColor(self.theme.muted))
        for share in self._share_ticks(height):
            y = self.area.bottom() - SHARES.share(share) * self.area.height()
            top = max(y - height / 2, self.area.top())  # below the axis' name
            painter.drawText(QRectF(left, top, width, height), ALIGN_LEFT, f"{share:.0%}".replace("%", " %"))

    def _share_ticks(self, height: float) -> tuple[float, ...]:
        """As many shares as labels of this height have room for."""
        for every in (1, 2, 4):
            if self.area.height() * every / 4 >= ROOM_OF_LABEL * height:
                return SHARE_TICKS[::every]
        return ()

    def draw_content(self, painter: QPainter) -> None:
        series = self._series
        if series is None:
            return
        self._draw_bad(painter, series)
        self.draw_behind(painter)
        single = self._snapshot.steps_per_epoch == 1
        for curve in reversed(self._curves):
            self._draw_steps(painter, series, curve, faint=bool((self._averaged and not single) or self.smoothing))
            splits: tuple[tuple[dict[str, Floats], LineStyle], ...] = (
                (self.epochs.training, "solid"), (self.epochs.validation, "dashed")
            )  # fmt: skip
            for split, style in splits:
                if curve.column in split and not (single and style == "solid"):
                    self._draw_epochs(painter, split[curve.column], curve, style)
        self.draw_smoothed(painter)
        self._draw_thresholds(painter)
        self.draw_marks(painter)

    def draw_behind(self, painter: QPainter) -> None:
        """The means of the epochs of other branches, dotted, or their steps where there are no epochs yet."""
        if not self._averaged:
            super().draw_behind(painter)
            return
        self._ends = []
        for shown, _ in self._others.shown:
            epochs = self._epochs_of(shown)
            seen = epochs.steps > shown.parts
            if not seen.any():
                continue
            x = self.x_px(epochs.steps[seen].astype(np.float64))
            for curve in self._curves:
                y = self.curve_px(curve, epochs.training[curve.column][seen])
                draw_line(painter, x, y, series_pen(self.theme, curve.index, "dotted"), smooth=False)
            self._end(x, self.curve_px(self._curves[0], epochs.training["loss"][seen]), shown.title)

    def _epochs_of(self, shown: BranchShown) -> EpochSeries:
        """Of another branch, made anew only where it has grown."""
        place = (self._snapshot.run, shown.number)
        if place not in self._of_branches or self._of_branches[place][0] != shown.tip:
            self._of_branches[place] = (shown.tip, self._reader.branch_epochs(self._snapshot, shown))
        return self._of_branches[place][1]

    def _shares(self, curve: Curve, values: Floats) -> Floats:
        scale = SHARES if curve.column == "accuracy" else self.scale
        return np.clip(scale.shares(values), 0, 1)

    def curve_px(self, curve: Curve, values: Floats) -> Floats:
        """Pixels of a curve's values, by the axis that it belongs to."""
        return self.area.bottom() - self._shares(curve, values) * self.area.height()

    def _draw_steps(self, painter: QPainter, series: Series, curve: Curve, *, faint: bool) -> None:
        pen = series_pen(self.theme, curve.index)
        x = self.x_px(series.x)
        low, high = (self.curve_px(curve, part[curve.column]) for part in (series.low, series.high))
        if not faint:
            draw_spread(painter, x, low, high, pen, smooth=self.theme.antialias)
            return
        color = QColor(pen.color())
        color.setAlphaF(FAINT[curve.index])
        if series.exact:
            draw_line(painter, x, low, QPen(color, 1), smooth=False)
        else:
            color.setAlphaF(FAINT[curve.index] / 2)
            draw_band(painter, x, low, high, color)

    def _draw_epochs(self, painter: QPainter, values: Floats, curve: Curve, style: LineStyle) -> None:
        shown = self._thinned_epochs(values)
        x = self.x_px(shown.x)
        pen = QPen(series_pen(self.theme, curve.index, style))
        pen.setWidth(max(self.theme.line_width, 2) if style == "solid" else pen.width())
        if shown.size > 1:
            low, high = (self.curve_px(curve, edge) for edge in (shown.low, shown.high))
            draw_band(painter, x, low, high, shade(pen.color()))
        draw_line(painter, x, self.curve_px(curve, shown.mean), pen, smooth=self.theme.antialias)

    def _thinned_epochs(self, values: Floats | Steps) -> Thinned:
        """What is in sight of figures of the epochs, as points that can be told apart."""
        steps = self.epochs.steps
        first = max(int(np.searchsorted(steps, self._lo)) - 1, 0)
        end = int(np.searchsorted(steps, self._hi)) + 1
        most = max(int(self.area.width() / PIXELS_PER_POINT), 1)
        return thinned(steps[first:end].astype(np.float64), values[first:end].astype(np.float64), most, first)

    def _draw_thresholds(self, painter: QPainter) -> None:
        """What the callbacks wait for; one that waits for the same figure as another is left out."""
        control, drawn = self._snapshot.control, set()
        for state in (control.plateau, control.early_stop) if control is not None else ():
            if state is None or state.threshold is None or state.best is None or state.monitor in drawn:
                continue
            drawn.add(state.monitor)
            for curve in self._curves:
                if curve.column == metric_of(state.monitor).quantity:
                    shares = self._shares(curve, np.array([state.best, state.threshold]))
                    best, threshold = (self.area.bottom() - shares * self.area.height()).tolist()
                    since = self._snapshot.grid.end_of(state.best_epoch)
                    words = self.tr("better below {0}") if state.mode == "min" else self.tr("better above {0}")
                    draw_threshold(painter, self.fonts, self.theme, self.area, self.step_px(since), best,
                                   threshold, self._color(curve), words.format(short(state.threshold)))  # fmt: skip

    # --- reading off

    def readout(self, step: int) -> list[Line]:
        """The step's own figures, and those of the last epoch that had ended by then."""
        lines = [Line(self.tr("step"), count(step))]
        if step > 0:
            series = self._reader.series(self._snapshot, [c.column for c in self._curves], step, step, 1)
            for curve in self._curves:
                value = full(float(series.low[curve.column][-1])) if series.exact else "\u2026"
                lines.append(Line(curve.name, value, color=self._color(curve)))
                lines += self.read_smoothed(curve, step, self._color(curve))
        last = self._last_epoch(step)
        if last is None:
            return lines
        epochs = self.epochs
        lines.append(Line(self.tr("epoch"), count(int(epochs.epochs[last]))))
        for curve in self._curves:
            name, color = curve.column, self._color(curve)
            lines.append(Line(self.tr("mean {0}").format(curve.name), full(epochs.training[name][last]), color=color))
            if name in epochs.validation:
                words = self.tr("validation {0}").format(curve.name)
                lines.append(Line(words, full(epochs.validation[name][last]), color=color))
        return [*lines, *self.read_others(step)]

    def _color(self, curve: Curve) -> str:
        return self.theme.series[curve.index]

    def hint(self) -> str:
        return self.tr(
            "Faint: each step. Solid: the mean over the samples of each epoch. Dashed: rows that were held out, at the "
            "end of each epoch. Where epochs lie too close, a point is the mean of a few of them, and the shade "
            "reaches from their least to their greatest."
        )

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        super().add_actions(menu, at)
        if len(self.epochs.steps):
            menu.addAction(self.tr("Copy epochs as CSV")).triggered.connect(self.copy_epochs)

    def copy_epochs(self) -> None:
        """Put the figures of the epochs on the clipboard."""
        QGuiApplication.clipboard().setText(self.epochs_csv())

    def epochs_csv(self) -> str:
        """Step and figures of each epoch, those on held-out rows after them."""
        epochs, names = self.epochs, [curve.column for curve in self._curves]
        columns = [epochs.training[name] for name in names]
        header = ["step", *names]
        if epochs.validation:
            header += map(held_out, names)
            columns += [epochs.validation[name] for name in names]
        return csv_text(header, zip(epochs.steps.tolist(), *(column.tolist() for column in columns)))


def _words(column: str, value: float) -> str:
    return percent(value) if column == "accuracy" and math.isfinite(value) else short(value)


class LearningView(PlotView):
    """Loss and, where answers are right or wrong, accuracy over steps."""

    NAME = "learning"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        plot = LearningPlot(bridge, themes, self.title())
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("LearningView", "Loss and accuracy")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other figures."""
        problem = self._reader.problem_of(snapshot)
        loss = problem.experiment.training.loss.replace("_", " ")
        if problem.data.scales_targets:
            loss = self.tr("{0}, scaled target").format(loss)
        averaged = len(problem.data.X_test) > 0 or not problem.records_parameters
        self.plot.set_metrics(problem.metrics, loss, averaged, snapshot.run)
        self.show_snapshot(snapshot)


VIEW = ViewSpec(
    LearningView.NAME,
    LearningView.title,
    LearningView,
    column="curves",
    layouts={
        "step": lambda model: not model.one_by_one,
        "curves": always,
        "landscape": lambda model: not model.one_by_one,
        "network": lambda model: not model.one_by_one,
    },
)
