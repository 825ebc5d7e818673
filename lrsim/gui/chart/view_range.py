"""Which steps the plots over steps show: shared by linked plots, moved by hand, following the newest step."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from lrsim.gui.chart import log_steps

FEWEST_STEPS = 4.0
"""The wheel zooms no closer than this many steps."""
FIRST_SPAN = 20.0
"""Steps that are shown before anything is trained, so that the first ones do not jump."""
LEAD = 0.1
"""Share of the window that stays free right of the current step when it is followed in the past."""


class ViewRange(QObject):
    """A range of steps.

    With `follow`, its right end stays at the newest step; without a `span` it shows everything.

    Signals
    -------
    changed()
        The range or the way it follows was changed by hand.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._follow = True
        self._span: float | None = None
        self._lo, self._hi = 0.0, FIRST_SPAN
        self._even_factors = False

    @property
    def even_factors(self) -> bool:
        """Whether steps are laid out by their logarithm."""
        return self._even_factors

    def set_even_factors(self, chosen: bool) -> None:
        """Lay steps out by their logarithm, or evenly."""
        if chosen != self._even_factors:
            self._even_factors = chosen
            self.changed.emit()

    @property
    def follow(self) -> bool:
        """Whether the newest step is kept in sight."""
        return self._follow

    def resolve(self, step: int, tip: int) -> tuple[float, float]:
        """First and last step to show, when the cursor is at `step` and `tip` is the last one recorded."""
        if self._follow:
            self._lo, self._hi = self._followed(step, tip)
        return self._lo, self._hi

    def _followed(self, step: int, tip: int) -> tuple[float, float]:
        if self._span is None:
            return 0.0, max(float(tip), FIRST_SPAN)
        hi = max(float(tip), self._span)
        if step < hi - self._span:
            hi = max(step + LEAD * self._span, self._span)
        return hi - self._span, hi

    def zoom(self, factor: float, anchor: float, tip: int) -> None:
        """Show `factor` times as much, keeping `anchor` where it is (or, when following, the newest step).

        `anchor`, and the distance of `pan`, are in the units in which the axis is even.
        """
        if self._even_factors:
            lo, hi = (anchor + factor * (log_steps.even(end) - anchor) for end in (self._lo, self._hi))
            self.choose(log_steps.step_at(max(lo, 0.0)), log_steps.step_at(hi), tip)
            return
        whole = max(float(tip), FIRST_SPAN)
        span = min(max((self._hi - self._lo) * factor, FEWEST_STEPS), whole)
        share = (anchor - self._lo) / (self._hi - self._lo)
        if span >= whole and self._follow:
            self._span = None
        elif self._follow:
            self._span = span
        self._lo = min(max(anchor - share * span, 0.0), max(whole - span, 0.0))
        self._hi = self._lo + span
        self.changed.emit()

    def choose(self, lo: float, hi: float, tip: int) -> None:
        """Show what lies between two steps, as a hand would; all and what is to come where that is everything."""
        whole = max(float(tip), FIRST_SPAN)
        lo, hi = max(lo, 0.0), min(hi, whole)
        if hi - lo < FEWEST_STEPS:
            return
        if lo <= 0 and hi >= whole:
            self.show_all()
            return
        self._lo, self._hi, self._follow = lo, hi, False
        self.changed.emit()

    def pan(self, distance: float, tip: int) -> None:
        """Move by hand, which ends following."""
        if self._even_factors:
            lo, hi = log_steps.even(self._lo), log_steps.even(self._hi)
            distance = min(max(distance, -lo), max(log_steps.even(tip) - hi, 0.0))
            self.choose(log_steps.step_at(lo + distance), log_steps.step_at(hi + distance), tip)
            return
        span = self._hi - self._lo
        whole = max(float(tip), FIRST_SPAN)
        self._lo = min(max(self._lo + distance, 0.0), max(whole - span, 0.0))
        self._hi = self._lo + span
        self._follow = False
        self.changed.emit()

    def show_all(self) -> None:
        """Everything, also what is yet to come."""
        self._follow, self._span = True, None
        self.changed.emit()

    def set_follow(self, follow: bool) -> None:
        """Keep the newest step in sight, with as many steps as are shown now, or stay where it is."""
        if follow and not self._follow:
            self._span = self._hi - self._lo
        self._follow = follow
        self.changed.emit()

    def copy_from(self, other: ViewRange) -> None:
        """Show what another range shows."""
        self._follow, self._span, self._lo, self._hi = other._follow, other._span, other._lo, other._hi
        self._even_factors = other._even_factors
        self.changed.emit()


class AxisLink(QObject):
    """The one range that all linked plots of a window share, and whether they do.

    Signals
    -------
    switched(bool)
        Plots are linked from now on, or no longer.
    cursor_moved(object)
        The step under the pointer in any of them, or None.
    """

    switched = Signal(bool)
    cursor_moved = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.range = ViewRange(self)
        self._enabled = True

    @classmethod
    def of(cls, owner: QObject) -> AxisLink:
        """The link of all plots that read from `owner`, made when first asked for."""
        found = owner.findChild(cls)
        return cls(owner) if found is None else found

    @property
    def enabled(self) -> bool:
        """Whether the plots move together."""
        return self._enabled

    def set_enabled(self, enabled: bool) -> None:
        """Link the plots or let each go its own way, from where it is."""
        if enabled != self._enabled:
            self._enabled = enabled
            self.switched.emit(enabled)
