"""All runs of a sweep in one picture: a figure over one key, a heat map over two, parallel coordinates over more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lrsim.charts.canvas import POINTS, new_figure, plain_ticks, scale_y, style, title
from lrsim.charts.look import LOOKS, SPLIT_STYLES, Look, contrast, mix
from lrsim.common.metrics import metric_of, quantity_words
from lrsim.common.numbers import short
from lrsim.sweep.axes import (
    RATE,
    KeyAxis,
    across_and_down,
    axis_of,
    cut,
    final_value,
    lost_word,
    three_digits,
    units,
)
from lrsim.sweep.finals import FinalCurve, FinalMap, final_curve, final_lines, final_map
from lrsim.sweep.record import Record
from lrsim.sweep.words import key_labels, label, loss_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DARKEST = 0.85
LOST = -0.08
"""Height of runs that came to nothing, below the axis of figures."""
LETTER = 0.0115
"""Width of a tick label's letter as a share of the axis."""


def overview(records: Sequence[Record], look: Look = LOOKS["light"]) -> Figure:
    """The picture that suits the number of keys."""
    keys = [key for key, _ in records[0].values]
    if len(keys) == 1:
        return metric_curve(records, look)
    return heat_map(records, look) if len(keys) == 2 else parallel_coordinates(records, look)


# --- one key


def metric_curve(records: Sequence[Record], look: Look = LOOKS["light"]) -> Figure:
    """The final figure over the swept key: the median of the seeds as a line, each seed a dot, the best one marked."""
    key = records[0].values[0][0]
    curve = final_curve(records, axis_of(records, key))
    quantity = curve.quantity
    with style(look):
        figure = new_figure(7, 4.2)
        axes = figure.subplots()
        for name in curve.metrics:
            _medians(axes, curve, name, look)
        if quantity == "accuracy":
            axes.set_ylim(0, 1.05)
        else:
            scale_y(axes, curve.figures)
        _key_axis(axes, curve.axis)
        _shade_divergence(axes, curve, look)
        _mark_best(axes, curve, look)
        words = key_labels([key])[key]
        axes.set_xlabel(words, color=look.rate if key == RATE else look.text)
        axes.set_ylabel(f"final {loss_words(records) if quantity == 'loss' else quantity_words(quantity)}")
        name = records[0].title
        title(
            axes,
            [(f"{name}: " if name else "", look.text), (f"final {quantity_words(quantity)} by {words}", look.text)],
            POINTS["large"],
        )
        if len(curve.metrics) > 1:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure


def _medians(axes: Axes, curve: FinalCurve, metric: str, look: Look) -> None:
    color, scale = look.quantity(metric), curve.axis
    split = metric_of(metric).split
    for value, group in zip(scale.values, curve.groups):
        figures = np.array([final_value(record, metric) for record in group])
        if np.isfinite(figures).sum() > 1:
            axes.plot(np.full(figures.size, scale.place(value)), figures, "o", color=color, alpha=0.4, markersize=3)
    axes.plot(
        scale.places, curve.medians(metric), color=color, linestyle=SPLIT_STYLES[split] if scale.numeric else "none",
        marker="o", markersize=4.5, markerfacecolor=color if split == "training" else look.background,
        label=metric_of(metric).words,
    )  # fmt: skip


def _key_axis(axes: Axes, scale: KeyAxis) -> None:
    low, high = float(scale.places[0]), float(scale.places[-1])
    if scale.log:
        axes.set_xscale("log")
        margin = (high / low) ** 0.06
        axes.set_xlim(low / margin, high * margin)
    else:
        margin = 0.06 * (high - low) or 0.5
        axes.set_xlim(low - margin, high + margin)
    if not scale.numeric or len(scale.values) <= 10:
        axes.set_xticks(scale.places, _without_collisions(scale))
        axes.minorticks_off()
    else:
        plain_ticks(axes, "x")


def _without_collisions(scale: KeyAxis) -> list[str]:
    """Tick labels; one that would run into the last before it is left out."""
    labels, end = [], -1.0
    for value in scale.values:
        text = cut(label(value))
        half = 0.5 * LETTER * len(text)
        if scale.unit(value) - half < end:
            text = ""
        else:
            end = scale.unit(value) + half + LETTER / 2
        labels.append(text)
    return labels


def _shade_divergence(axes: Axes, curve: FinalCurve, look: Look) -> None:
    """Values whose every run came to nothing: a shaded region with a word, from half way to the next value."""
    first, last = axes.get_xlim()
    for lost in curve.lost():
        left = max(curve.axis.place_at(lost.left), first) if np.isfinite(lost.left) else first
        right = min(curve.axis.place_at(lost.right), last) if np.isfinite(lost.right) else last
        axes.axvspan(left, right, facecolor=mix(look.background, look.bad, 0.10), linewidth=0, zorder=0)
        middle = float(np.sqrt(left * right)) if curve.axis.log else (left + right) / 2
        alone = len({repr(record.values) for record in lost.records}) == 1
        axes.text(
            middle, 0.5, lost_word(lost.records), transform=axes.get_xaxis_transform(), ha="center",
            va="center", color=look.bad, rotation=90 if alone else 0,
        )  # fmt: skip


def _mark_best(axes: Axes, curve: FinalCurve, look: Look) -> None:
    """A ring and a few words; in the rate's colour where it is a rate that was chosen."""
    best, scale, metric = curve.best, curve.axis, curve.metric
    if best is None:
        return
    value, figure = best.values[0][1], final_value(best, metric)
    color = look.rate if scale.key == RATE else look.text
    place = scale.place(value)
    axes.axvline(place, color=color, linewidth=0.8, zorder=1)
    axes.plot([place], [figure], "o", markersize=9, markerfacecolor="none", markeredgecolor=color, markeredgewidth=1.6)
    beyond, below = scale.unit(value) > 0.6, metric_of(metric).higher_is_better
    axes.annotate(
        f"best {cut(label(value))}\n{metric_of(metric).words} {short(figure)}", (place, 0 if below else 1),
        (-6 if beyond else 6, 6 if below else -4), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="right" if beyond else "left", va="bottom" if below else "top",
        color=color, fontsize="small",
        bbox={"facecolor": look.background, "edgecolor": "none", "alpha": 0.85, "pad": 1},
    )  # fmt: skip


# --- two keys


def heat_map(records: Sequence[Record], look: Look = LOOKS["light"]) -> Figure:
    """The final figure over two keys, the median of the seeds in each cell; diverged cells say so."""
    keys = [key for key, _ in records[0].values]
    across, down = across_and_down(keys)
    found = final_map(records, axis_of(records, down), axis_of(records, across))
    rows, columns, figures = found.rows, found.columns, found.figures
    words = key_labels(keys)
    with style(look):
        figure = new_figure(2.2 + 0.85 * max(len(columns.values), 4), 1.6 + 0.5 * max(len(rows.values), 2))
        axes = figure.subplots()
        axes.grid(False)
        colors = _colors(look)
        shares = units(figures, found.log)
        picture = np.array([[colors(unit) if np.isfinite(unit) else (0, 0, 0, 0) for unit in row] for row in shares])
        axes.imshow(picture, aspect="auto", interpolation="nearest")
        for (row, column), value in np.ndenumerate(figures):
            if np.isfinite(value):
                ink = _ink(picture[row, column], look)
                axes.text(column, row, three_digits(value), ha="center", va="center", color=ink, fontsize="small")
            else:
                word = lost_word(found.at(row, column))
                axes.text(column, row, word, ha="center", va="center", color=look.bad, fontsize="small")
        axes.set_xticks(range(len(columns.values)), [cut(label(value)) for value in columns.values])
        axes.set_yticks(range(len(rows.values)), [cut(label(value)) for value in rows.values])
        axes.set_xlabel(words[across], color=look.rate if across == RATE else look.text)
        axes.set_ylabel(words[down], color=look.rate if down == RATE else look.text)
        axes.spines[:].set_visible(False)
        _outline_best(axes, found, look, RATE in keys)
        name = records[0].title
        title(
            axes,
            [(f"{name}: " if name else "", look.text), (f"final {metric_of(found.metric).words}", look.text)],
            POINTS["large"],
        )
        return figure


def _colors(look: Look) -> Any:
    """From the background to the first series' colour; one hue, so that lightness alone carries the order."""
    from matplotlib.colors import LinearSegmentedColormap

    start = mix(look.background, look.series[0], 0.06)
    return LinearSegmentedColormap.from_list("lrsim", [start, mix(look.background, look.series[0], DARKEST)])


def _ink(background: Any, look: Look) -> str:
    from matplotlib.colors import to_hex

    ground = to_hex(background)
    return max((look.text, look.background), key=lambda color: contrast(color, ground))


def _outline_best(axes: Axes, found: FinalMap, look: Look, rated: bool) -> None:
    from matplotlib.patches import Rectangle

    if found.best is None:
        return
    row, column = found.best
    color = look.rate if rated else look.text
    frame = Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor=color, linewidth=2)
    axes.add_patch(frame)
    axes.annotate("best", (column - 0.43, row - 0.4), color=_ink(_face(axes, row, column), look),
                  fontsize=6, va="top")  # fmt: skip


def _face(axes: Axes, row: int, column: int) -> Any:
    return np.asarray(axes.images[0].get_array())[row, column]


# --- more keys


def parallel_coordinates(records: Sequence[Record], look: Look = LOOKS["light"]) -> Figure:
    """A line a run through its values, the final figure on the last axis; the best run stands out."""
    keys = [key for key, _ in records[0].values]
    found = final_lines(records, [axis_of(records, key) for key in keys])
    words = key_labels(keys)
    colors = _colors(look)
    with style(look):
        figure = new_figure(1.6 + 1.7 * len(keys), 4.2)
        axes = figure.subplots()
        axes.axis("off")
        axes.set_xlim(-0.25, len(keys) + 0.35)
        axes.set_ylim(-0.13, 1.12)
        good = metric_of(found.metric).higher_is_better
        for place, unit in enumerate(found.heights.tolist()):
            heights = found.line(place, LOST)
            if not np.isfinite(unit):
                axes.plot(range(len(keys) + 1), heights, color=look.bad, linewidth=0.6, alpha=0.5,
                          linestyle=SPLIT_STYLES["branch"])  # fmt: skip
            else:
                strength = 0.25 + 0.75 * (unit if good else 1 - unit)
                axes.plot(range(len(keys) + 1), heights, color=colors(strength), linewidth=0.9, alpha=0.8,
                          zorder=2 + strength)  # fmt: skip
        best = found.best
        if best is not None:
            heights = found.line(found.records.index(best), LOST)
            axes.plot(range(len(keys) + 1), heights, color=look.text, linewidth=2.2, zorder=4)
            if RATE in keys:
                axes.plot([keys.index(RATE)], [heights[keys.index(RATE)]], "o", color=look.rate, markersize=8, zorder=5)
        for place, scale in enumerate(found.axes):
            ticks = [(scale.unit(value), cut(label(value))) for value in scale.values]
            _upright(axes, place, words[scale.key], ticks, look, look.rate if scale.key == RATE else look.text)
        _upright(axes, len(keys), f"final\n{metric_of(found.metric).words}", found.ticks, look, look.text)
        if found.lost:
            axes.text(len(keys) + 0.04, LOST, lost_word(found.lost), color=look.bad, va="center", fontsize="small")
        name = records[0].title
        chosen = "" if best is None else "; bold: the best run"
        figure.suptitle(
            f"{f'{name}: ' if name else ''}{len(records)} runs{chosen}", x=0.02, ha="left", size=POINTS["large"]
        )
        return figure


def _upright(axes: Axes, place: int, words: str, ticks: Sequence[tuple[float, str]], look: Look, color: str) -> None:
    axes.plot([place, place], [0, 1], color=look.muted, linewidth=0.8, zorder=1.5)
    axes.text(place, 1.04, words, ha="center", va="bottom", color=color)
    for height, text in ticks:
        axes.plot([place, place + 0.02], [height, height], color=look.muted, linewidth=0.8, zorder=1.5)
        axes.text(
            place + 0.04, height, text, va="center", fontsize="small", color=look.text, zorder=6,
            bbox={"facecolor": look.background, "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
        )  # fmt: skip
