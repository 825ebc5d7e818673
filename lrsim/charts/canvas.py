"""What all charts on paper share: canvas, fonts, axes, titles and how they are saved.

matplotlib is loaded when a figure is made, and used without its global state (pyplot).
"""

from __future__ import annotations

import contextlib
import io
import math
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lrsim.charts.look import Look, mix
from lrsim.common.numbers import short
from lrsim.sweep.axes import wants_log

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 300
POINTS = {"base": 9.0, "small": 8.0, "large": 11.0}

FEW_DECADES = 300.0
"""Largest over smallest value up to which a logarithmic axis has ticks within its decades."""
SMALLEST, LARGEST = 1e-307, 1e307
"""Ends of an axis: beyond these, what is worked out from them is no longer finite."""

Part = tuple[str, str]
"""A piece of a title and its colour."""

_style_lock = threading.Lock()


@contextlib.contextmanager
def style(look: Look) -> Iterator[None]:
    """Charts made inside wear the look; one thread at a time, as matplotlib's settings are global."""
    import matplotlib

    grid = look.line if look.line != look.text else mix(look.background, look.line, 0.2)
    settings: Any = {
        "font.family": "DejaVu Sans", "font.size": POINTS["base"], "text.color": look.text,
        "figure.facecolor": look.background, "axes.facecolor": look.background, "savefig.facecolor": look.background,
        "axes.edgecolor": look.muted, "axes.labelcolor": look.text, "axes.linewidth": 0.6,
        "axes.grid": True, "axes.axisbelow": True, "grid.color": grid, "grid.linewidth": 0.4,
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": POINTS["base"],
        "xtick.color": look.muted, "ytick.color": look.muted, "xtick.labelcolor": look.text,
        "ytick.labelcolor": look.text, "xtick.labelsize": POINTS["small"], "ytick.labelsize": POINTS["small"],
        "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.size": 0, "ytick.minor.size": 0,
        "lines.linewidth": 1.4 if look.line_width == 1 else 2.4, "lines.dashed_pattern": (4, 1.6),
        "legend.frameon": False, "legend.fontsize": POINTS["small"], "legend.handlelength": 2.6,
    }  # fmt: skip
    with _style_lock, matplotlib.rc_context(settings), np.errstate(all="ignore"):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def image(figure: Figure, kind: str) -> bytes:
    """The figure as the bytes of a ``png`` (300 dpi) or ``svg`` file, the same each time."""
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    names: Any = {"svg.hashsalt": "lrsim"}  # else the names of an SVG file's parts are drawn by lot
    with _style_lock, matplotlib.rc_context(names), np.errstate(all="ignore"):
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def title(axes: Axes, parts: Sequence[Part], points: float = POINTS["base"]) -> None:
    """A title above the left edge, each part in its own colour."""
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

    areas: list[Artist] = [TextArea(text, textprops={"color": color, "size": points}) for text, color in parts]
    row = HPacker(children=areas, align="baseline", pad=0, sep=0)
    axes.add_artist(
        AnchoredOffsetbox(
            loc="lower left", child=row, pad=0, borderpad=0.35, frameon=False,
            bbox_to_anchor=(0, 1), bbox_transform=axes.transAxes,
        )
    )  # fmt: skip


def plain_ticks(axes: Axes, which: str = "xy") -> None:
    """Tick labels as the program writes numbers elsewhere."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        axis.set_minor_formatter(NullFormatter())


def scale_y(axes: Axes, values: NDArray[np.float64]) -> None:
    """An axis that shows all finite values, logarithmic where they span decades."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        axes.set_yticks([])
        return
    low, high = float(finite.min()), float(finite.max())
    if wants_log(values):
        from matplotlib.ticker import LogLocator

        axes.set_yscale("log")
        margin = (high / low) ** 0.05 if high / low < math.inf else 1e15
        axes.set_ylim(max(low / margin, SMALLEST), min(high * margin, LARGEST))
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1.0, 2.0, 5.0) if high / low < FEW_DECADES else (1.0,), numticks=7)
        )
    else:
        pad = 0.06 * (high - low) or 0.05 * max(abs(high), 1e-12)
        axes.set_ylim(low - pad if low < 0 or low - pad > 0 else 0, min(high + pad, LARGEST))
    plain_ticks(axes, "y")
