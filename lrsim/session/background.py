"""What goes on beside training in a session, a slice at a time: a range test, or the search for each layer's rate."""

from __future__ import annotations

from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.instruments.range_test import RangeSearch
from lrsim.session.snapshot import Place
from lrsim.trials.finder import RateFinder
from lrsim.trials.layers import LayerTuner
from lrsim.trials.subject import Subject


def _subject(place: Place) -> Subject:
    return place.run.judgement.subject(place.branch, place.step, None)


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
        self._trial: RateFinder | LayerTuner | None = None
        self._place: Place | None = None

    @property
    def busy(self) -> str | None:
        """``range_test`` or ``tuning`` while one goes on."""
        return None if self._trial is None else self._trial.name

    def find_rates(self, place: Place, lowest: float, highest: float, points: int) -> None:
        """Begin a range test, and trials of rates after it.

        Raises
        ------
        ValueError, TypeError
            The bounds make no sense.
        """
        self._trial = RateFinder(_subject(place), lowest, highest, points)

    def tune(self, place: Place) -> None:
        """Begin the search for each layer's rate.

        Raises
        ------
        ExperimentError
            There is nothing to tune, see `LayerTuner`.
        """
        self._trial = LayerTuner(_subject(place))
        self._place = place

    def cancel(self) -> None:
        """End the trial; a range test keeps what it has found."""
        if isinstance(self._trial, RateFinder):
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
        if isinstance(trial, LayerTuner) and (place != self._place or playing):
            self._trial, self.message = None, "The run has moved on, so the layers' rates were not tuned."
            return None
        if trial is None:
            return None
        over = trial.work(seconds)
        if over:
            self._trial = None
        if isinstance(trial, RateFinder):
            self.range_test = trial.result()
            return None
        return self._tuned(place, trial) if over else None

    def _tuned(self, place: Place, trial: LayerTuner) -> Place | None:
        """A new branch with the rates that were found, so that going back to the old one takes them back."""
        found, history = trial.result(), place.run.history
        if found.best is None:
            self.message = trial.text(found)
            return None
        branch = history.fork(place.branch, place.step, anew=True)
        history.set_value(branch, RATE_KEY, found.best.rate)
        history.set_value(branch, MULTIPLIERS_KEY, found.multipliers, trial.text(found))
        return Place(place.run, branch, place.step)
