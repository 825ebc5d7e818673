"""What goes on beside training in a session, a slice at a time: a range test, or the search for each layer's rate."""

from __future__ import annotations

from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.instruments.layer_rates import LayerTrial
from lrsim.instruments.range_test import RangeSearch, RangeTrial
from lrsim.session.snapshot import Place


class Background:
    """At most one trial; it works on copies, so that training can go on meanwhile.

    Attributes
    ----------
    range_test
        The newest range test of the run at hand, also while it is running.
    message
        What became of the last trial, where there is something to say.
    """

    def __init__(self) -> None:
        self.range_test: RangeSearch | None = None
        self.message: str | None = None
        self._trial: RangeTrial | LayerTrial | None = None
        self._place: Place | None = None

    @property
    def busy(self) -> str | None:
        """``range_test`` or ``tuning`` while one goes on."""
        return None if self._trial is None else self._trial.name

    def find_rates(self, place: Place, lowest: float, highest: float, points: int) -> None:
        """Begin a range test.

        Raises
        ------
        ValueError, TypeError
            The bounds make no sense.
        """
        history = place.run.history
        state, multipliers = history.state_at(place.branch, place.step), history.multipliers(place.branch, place.step)
        self._trial = RangeTrial(place.run.problem, state, multipliers, lowest, highest, points)

    def tune(self, place: Place) -> None:
        """Begin the search for each layer's rate.

        Raises
        ------
        ExperimentError
            The optimizer has no rate that could be tuned.
        """
        self._trial = LayerTrial(place.run.problem, place.run.history.state_at(place.branch, place.step).theta)
        self._place = place

    def cancel(self) -> None:
        """End the trial; a range test keeps what it has found."""
        if isinstance(self._trial, RangeTrial):
            self._trial.cancel()
        else:
            self._trial = None

    def drop(self) -> None:
        """End the trial; what it had found is lost."""
        self._trial = None

    def forget(self) -> None:
        """Another run has begun."""
        self._trial = self.range_test = None

    def work(self, place: Place, playing: bool, seconds: float) -> Place | None:
        """Go on for about so long, `place` being where the session stands; the place to go to once rates were tuned."""
        trial, self.message = self._trial, None
        if isinstance(trial, LayerTrial) and (place != self._place or playing):
            self._trial, self.message = None, "The run has moved on, so the layers' rates were not tuned."
            return None
        if trial is None:
            return None
        over = trial.work(seconds)
        if over:
            self._trial = None
        if isinstance(trial, RangeTrial):
            self.range_test = trial.result()
            return None
        return self._tuned(place, trial) if over else None

    def _tuned(self, place: Place, trial: LayerTrial) -> Place | None:
        """A new branch with the rates that were found, so that going back to the old one takes them back."""
        found, history = trial.result(), place.run.history
        if found is None:
            self.message = "The layers' rates stay as they are: no step along the gradient lowers the loss."
            return None
        branch = history.fork(place.branch, place.step, anew=True)
        history.set_value(branch, RATE_KEY, found.lr)
        history.set_value(branch, MULTIPLIERS_KEY, tuple(found.multipliers.tolist()), trial.text(found))
        return Place(place.run, branch, place.step)
