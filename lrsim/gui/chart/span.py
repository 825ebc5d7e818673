"""Which part of an axis is seen, and how far a hand may zoom and move it."""

from __future__ import annotations

import math

Ends = tuple[float, float]


class Span:
    """All of an axis until a hand zooms or moves it; what a hand has chosen is kept while the axis grows.

    Ends are in the units in which the axis is even: the logarithm on a log axis.

    Parameters
    ----------
    closest
        Least that can be seen.
    closest_share, farthest_share
        Least and most that can be seen, as shares of the whole.
    bounded
        Nothing outside of the whole can be seen.
    """

    def __init__(
        self, closest: float = 0.0, *, closest_share: float = 0.0, farthest_share: float = 1.0, bounded: bool = True
    ) -> None:
        self.whole: Ends = (0.0, 1.0)
        self._closest, self._closest_share, self._farthest_share = closest, closest_share, farthest_share
        self._bounded = bounded
        self._chosen: Ends | None = None

    @property
    def shown(self) -> Ends:
        """Both ends of what is seen."""
        return self._chosen or self.whole

    @property
    def chosen(self) -> bool:
        """Whether a hand has zoomed or moved it."""
        return self._chosen is not None

    def choose(self, low: float, high: float) -> None:
        """Show what lies between two ends, as a hand would."""
        self._show(low, high - low)

    def zoom(self, factor: float, anchor: float) -> None:
        """Show `factor` times as much, keeping `anchor` where it is."""
        (low, high), whole = self.shown, self.whole[1] - self.whole[0]
        least, most = max(self._closest, self._closest_share * whole), self._farthest_share * whole
        span = min(max((high - low) * factor, least), most)
        self._show(anchor - (anchor - low) / (high - low) * span, span)

    def move(self, distance: float) -> None:
        """Show what lies `distance` further."""
        low, high = self.shown
        self._show(low + distance, high - low)

    def show_all(self) -> None:
        """Show the whole, also when it grows."""
        self._chosen = None

    def _show(self, low: float, span: float) -> None:
        first, last = self.whole
        if self._bounded:
            if span >= last - first:
                self._chosen = None
                return
            low = min(max(low, first), last - span)
        if math.isfinite(low) and low < low + span < math.inf:  # so narrow a span may have no numbers in it
            self._chosen = (low, low + span)
