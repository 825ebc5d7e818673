"""Curves over epochs: the chart of one run, and small multiples of many with linked axes.

Hue says which quantity, line style which split: training solid, validation dashed. Divergence is told in words.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lrsim.charts.canvas import POINTS, Part, new_figure, plain_ticks, scale_y, style, title
from lrsim.charts.look import LOOKS, SPLIT_STYLES, Look
from lrsim.charts.thinning import SHADE, thinned
from lrsim.common.metrics import Metric, Split
from lrsim.common.numbers import short
from lrsim.sweep.cells import frame, grouped, losses_of, rows_and_columns
from lrsim.sweep.record import Record
from lrsim.sweep.words import RATE_WORDS, loss_words, title_parts, verdict_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_CELLS, MOST_COLUMNS = 24, 4
SMALL_LINE = 1.0
POINTS_PER_INCH = 72
POINTS_APART = 2.0
"""Typographic points between those of a curve, below which they can't be told apart."""
MOST_LETTERS = 36
"""Letters of the title and the verdict above a cell of small multiples that stand side by side in the usual size."""
SMALL_LINE_LETTERS, MOST_LINES = 44, 4
"""Room for the reason of a failure in a cell of small multiples."""


def run_chart(record: Record, look: Look = LOOKS["light"]) -> Figure:
    """One run: accuracy on the left and loss on the right, or the loss alone where accuracy means nothing."""
    with style(look):
        figure = new_figure(7, 4.2)
        axes = figure.subplots()
        right = _twin(axes, look) if "accuracy" in record.history else None
        lines = _curves(axes, right, record, look)
        loss_axes = right or axes
        scale_y(loss_axes, losses_of([record.history]))
        if right:
            axes.set_ylim(0, 1.02)
            axes.set_ylabel("accuracy")
        loss_axes.set_ylabel(loss_words([record]))
        axes.set_xlabel(_epoch_words(axes, [record]))
        axes.set_xlim(*frame([record]).epoch_range)
        plain_ticks(axes, "x")
        title(axes, [(f"{record.title}, " if record.title else "", look.text), *_title(record, look)], POINTS["large"])
        _say_divergence(axes, [record], look, small=False)
        _say_failure(axes, [record], look, small=False)
        if lines:
            figure.legend(handles=lines, loc="outside lower center", ncols=len(lines))
        return figure


def small_multiples(records: Sequence[Record], look: Look = LOOKS["light"]) -> Figure:
    """A cell for each combination of values, its seeds in one cell; all cells have the same axes.

    A cell whose loss exploded has a loss axis of its own, and says so: on the common one it would be empty. There are
    two columns up to eight cells, then three and four; where two keys are swept over a few values each, they are the
    rows and the columns.
    """
    cells = grouped(records)
    rows, columns = _layout(cells)
    shared = frame(records)
    twin, outside = shared.twin, shared.outside
    with style(look):
        figure = new_figure(1.0 + 3.3 * columns, 0.8 + 1.95 * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=twin, squeeze=False)
        rights: list[Axes] = []
        lines: list[Line2D] = []
        for place, (cell_records, axes) in enumerate(zip(cells, grid.flat)):
            right = _twin(axes, look) if twin else None
            if right:
                rights.append(right)
                outer = place % columns == columns - 1 or place == len(cells) - 1
                right.tick_params(labelright=outer)
                right.set_ylabel("loss" if outer else "")
            for record in cell_records:
                drawn = _curves(axes, right, record, look, SMALL_LINE, 1.0 if len(cell_records) == 1 else 0.6)
                lines = max(lines, drawn, key=len)
            _say_title(axes, cell_records, look)
            _say_verdict(axes, cell_records, look)
            _say_divergence(axes, cell_records, look, small=True)
            _say_failure(axes, cell_records, look, small=True)
            gone = [record for record in cell_records if record.index in outside]
            _say_growth(axes, gone, look, own=shared.own_losses(cell_records) is not None)
        for place, loss_axes in enumerate(rights or grid.flat[: len(cells)]):
            own = shared.own_losses(cells[place])
            scale_y(loss_axes, shared.losses if own is None else own)
            if own is not None:
                loss_axes.tick_params(axis="y", labelcolor=look.bad)
            if not twin and place % columns:
                loss_axes.tick_params(labelleft=False)
        if rights:
            grid[0, 0].set_ylim(0, 1.02)
        grid[0, 0].set_xlim(*shared.epoch_range)
        for axes in grid.flat:
            plain_ticks(axes, "x")
        _outer_labels(grid, cells, _epoch_words(grid[0, 0], records), "accuracy" if twin else loss_words(records))
        figure.align_ylabels(grid[:, 0])
        if lines:
            figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))
        return figure


def _layout(cells: Sequence[Sequence[Record]]) -> tuple[int, int]:
    full = rows_and_columns(cells)
    if full is not None and full[1] <= MOST_COLUMNS:
        return full
    columns = min(len(cells), 2 if len(cells) <= 8 else 3 if len(cells) <= 12 else 4)
    return -(-len(cells) // columns), columns


def _outer_labels(grid: NDArray[Any], cells: Sequence[Sequence[Record]], epoch_words: str, y_words: str) -> None:
    """Words along the outer edges; empty cells are taken away, the ones above get the numbers of the x axis."""
    rows, columns = grid.shape
    for axes in grid[:, 0]:
        axes.set_ylabel(y_words)
    for place in range(len(cells), rows * columns):
        grid.flat[place].set_visible(False)
        grid.flat[place - columns].tick_params(labelbottom=True)
    for column in range(columns):
        last = max(place for place in range(len(cells)) if place % columns == column)
        grid.flat[last].set_xlabel(epoch_words)


def _twin(axes: Axes, look: Look) -> Axes:
    """A second y axis for the loss, each axis in the colour of its quantity."""
    right = axes.twinx()
    right.grid(False)
    right.spines["right"].set_visible(True)
    right.spines["right"].set_color(look.quantity("loss"))
    axes.spines["left"].set_color(look.quantity("accuracy"))
    for side, quantity in ((axes, "accuracy"), (right, "loss")):
        side.tick_params(axis="y", color=look.quantity(quantity), labelcolor=look.quantity(quantity))
        side.yaxis.label.set_color(look.quantity(quantity))
    return right


def _curves(
    axes: Axes, right: Axes | None, record: Record, look: Look, width: float | None = None, alpha: float = 1.0
) -> list[Line2D]:
    """The record's curves; figures that are not finite are left out, words say what they were.

    Where epochs lie too close, a point is the mean of a few of them, and a shade reaches over what they are.
    """
    lines = []
    for quantity, side in (("accuracy", axes), ("loss", right or axes)):
        for metric in (Metric(quantity, split) for split in Split):
            values = record.history.get(metric.name)
            if values is None or not np.isfinite(values).any():
                continue
            shown = thinned(np.arange(1.0, len(values) + 1), values.astype(np.float64), _points(axes))
            color = look.quantity(quantity)
            if shown.size > 1:
                side.fill_between(shown.x, shown.low, shown.high, color=color, alpha=SHADE * alpha, linewidth=0)
            lines += side.plot(
                shown.x, np.where(np.isfinite(shown.mean), shown.mean, np.nan), color=color, alpha=alpha,
                linestyle=SPLIT_STYLES[metric.split], label=metric.words, linewidth=width,
                marker="o" if np.isfinite(values).sum() == 1 else "", markersize=3,
            )  # fmt: skip
    return lines


def _points(axes: Axes) -> int:
    """How many points of a curve can be told apart."""
    width = axes.get_window_extent().width / axes.figure.get_dpi() * POINTS_PER_INCH
    return max(int(width / POINTS_APART), 1)


def _epoch_words(axes: Axes, records: Sequence[Record]) -> str:
    """What the horizontal axis counts, and how many epochs a point of a curve stands for."""
    longest = max((len(values) for record in records for values in record.history.values()), default=0)
    size = thinned(np.zeros(longest), np.zeros(longest), _points(axes)).size
    return "epoch" if size == 1 else f"epoch, {size} to a point"


def _title(record: Record, look: Look) -> list[Part]:
    return [(text, look.rate if is_rate else look.text) for text, is_rate in title_parts(record)]


def _say_title(axes: Axes, records: Sequence[Record], look: Look) -> None:
    """The title of a cell, in as few words and as small as it takes to leave room for the verdict."""
    parts = _title(records[0], look)
    if len(parts) > 2:
        parts = [(text.replace(RATE_WORDS, "rate "), color) for text, color in parts]
    letters = sum(len(text) for text, _ in parts) + max(len(record.word) for record in records)
    title(axes, parts, points=min(POINTS["base"], POINTS["base"] * MOST_LETTERS / letters))


def _say_verdict(axes: Axes, records: Sequence[Record], look: Look) -> None:
    """One word on the right above a cell; several when the seeds do not agree."""
    words, tone = verdict_words(records)
    axes.annotate(
        words, (1, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", ha="right", va="bottom",
        fontsize="small", color=look.tone(tone),
    )  # fmt: skip


def _say_divergence(axes: Axes, records: Sequence[Record], look: Look, small: bool) -> None:
    """Words instead of an empty plot, and a mark where the run ended."""
    lost = [record for record in records if record.diverged_at is not None]
    if not lost:
        return
    first = min(lost, key=lambda record: record.diverged_at or 0)
    epoch = (first.diverged_at or 0) / first.steps_per_epoch
    text = f"diverged at step {first.diverged_at}"
    if len(records) > 1:
        text = f"{len(lost)} of {len(records)} diverged, first at step {first.diverged_at}"
    elif not small:
        text += f" (epoch {math.ceil(epoch)}): {first.not_finite or 'loss'} is not finite"
    axes.axvline(epoch, color=look.bad, linewidth=0.8, linestyle=(0, (1, 2)))
    _say(axes, text, look, small)


def _say_failure(axes: Axes, records: Sequence[Record], look: Look, small: bool) -> None:
    """Why a run has no figures."""
    reasons = [record.error for record in records if record.error]
    if reasons:
        lines = textwrap.wrap(f"failed: {reasons[0]}", SMALL_LINE_LETTERS if small else 2 * SMALL_LINE_LETTERS)
        _say(axes, "\n".join(lines[:MOST_LINES]), look, small)


def _say(axes: Axes, text: str, look: Look, small: bool) -> None:
    axes.text(
        0.03, 0.95, text, transform=axes.transAxes, ha="left", va="top", color=look.bad,
        fontsize="small" if small else "medium", zorder=5,
        bbox={"facecolor": look.background, "edgecolor": "none", "alpha": 0.85, "pad": 2},
    )  # fmt: skip


def _say_growth(axes: Axes, outside: Sequence[Record], look: Look, own: bool) -> None:
    """How large a loss grew that has not diverged but left the frame of the others."""
    if outside:
        losses = np.concatenate([record.history["loss"] for record in outside])
        largest = short(float(losses[np.isfinite(losses)].max()))
        where = "own scale" if own else "out of the frame"
        axes.text(
            0.03, 0.06 if own else 0.95, f"{where}, loss up to {largest}", transform=axes.transAxes, ha="left",
            va="bottom" if own else "top", color=look.bad, fontsize="small", zorder=5,
            bbox={"facecolor": look.background, "edgecolor": "none", "alpha": 0.85, "pad": 2},
        )  # fmt: skip
