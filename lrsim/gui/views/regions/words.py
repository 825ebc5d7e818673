"""What the picture of a model of two inputs shows, in words, for those who read it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import Floats, percent, short
from lrsim.data.dataset import Dataset
from lrsim.gui.views.regions.surface import Window

MOST_CLASSES = 6


def surface_in_words(data: Dataset, values: Floats, window: Window) -> str:
    """Where it looks, and how much of that each class wins, or between what the output lies.

    Parameters
    ----------
    data
        Names the inputs and the classes.
    values
        Outputs of shape (rows, columns, outputs), at the points of an even grid over the window.
    window
        Left, right, bottom and top, in the units of the source.
    """
    left, right, bottom, top = window
    where = ", ".join(
        _tr("{0} from {1} to {2}").format(name, short(low), short(high))
        for name, low, high in zip(data.input_names, (left, bottom), (right, top))
    )
    outputs = values.reshape(-1, values.shape[-1])
    finite = np.isfinite(outputs).all(axis=1)
    parts = _classes(data, outputs[finite], len(outputs)) if data.classes else _heights(outputs[finite])
    if not finite.all():
        parts.append(_tr("the output is not finite on {0} of the area").format(percent(1 - finite.mean())))
    return f"{where}: {', '.join(parts)}"


def _classes(data: Dataset, outputs: Floats, points: int) -> list[str]:
    """The share of all points that each class wins, the largest first."""
    if not len(outputs):
        return []
    won = np.bincount(data.class_of(outputs), minlength=len(data.classes))
    order = [place for place in np.argsort(-won, kind="stable").tolist() if won[place]]
    return [
        _tr("{0} is predicted on {1} of the area").format(data.classes[place], percent(won[place] / points))
        for place in order[:MOST_CLASSES]
    ]


def _heights(outputs: Floats) -> list[str]:
    if not len(outputs):
        return []
    return [_tr("output from {0} to {1}").format(short(float(outputs.min())), short(float(outputs.max())))]


def _tr(text: str) -> str:
    return QCoreApplication.translate("RegionsPlot", text)
