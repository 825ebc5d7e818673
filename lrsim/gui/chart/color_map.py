"""What colour a value has in a picture over two quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.charts.look import mix
from lrsim.common.numbers import Floats
from lrsim.gui.chart.scales import Scale
from lrsim.gui.look.theme import Theme

LIGHTEST, DARKEST = 0.06, 0.85
LEVELS = 64

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ColorMap:
    """Colours from one end of a scale to the other.

    Attributes
    ----------
    names
        The colours, ``#RRGGBB``, each for an equal part of the scale.
    scale
        The values at both ends; those beyond have the colour of the end.
    """

    names: Sequence[str]
    scale: Scale

    def __post_init__(self) -> None:
        table = np.zeros((len(self.names) + 1, 4), np.uint8)  # the last one, for what is not finite, lets all through
        for place, name in enumerate(self.names):
            table[place] = [int(name[at : at + 2], 16) for at in (1, 3, 5)] + [255]
        object.__setattr__(self, "_table", table.view(np.uint32)[:, 0])

    def places(self, values: Floats) -> NDArray[np.intp]:
        """Which of the colours values have; one beyond the last where they are not finite."""
        count, finite = len(self.names), np.isfinite(values)
        whole = bool(finite.all())
        shares = self.scale.shares(values if whole else np.where(finite, values, 0.0))
        places: NDArray[np.intp] = np.clip(shares * count, 0, count - 1).astype(np.intp)
        return places if whole else np.where(finite, places, count)

    def pixels(self, values: Floats) -> Bytes:
        """Red, green, blue and opacity of values of shape (rows, columns), shape (rows, columns, 4)."""
        packed: NDArray[np.uint32] = self._table[self.places(values)]  # type: ignore[attr-defined]
        return packed.view(np.uint8).reshape(*values.shape, 4)

    def name(self, value: float) -> str:
        """The colour of a finite value."""
        return self.names[int(self.places(np.array([value]))[0])]


def one_hue(theme: Theme, scale: Scale) -> ColorMap:
    """From the background to the first series' colour, so that lightness alone carries the order."""
    span = DARKEST - LIGHTEST
    shares = (LIGHTEST + span * level / (LEVELS - 1) for level in range(LEVELS))
    return ColorMap([mix(theme.background, theme.series[0], share) for share in shares], scale)
