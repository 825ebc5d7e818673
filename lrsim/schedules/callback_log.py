"""The callbacks of a run as one value that changes at the end of each epoch, and a log to reach any of them again."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from lrsim.common.numbers import short
from lrsim.schedules import callbacks
from lrsim.schedules.callbacks import EarlyStop, Plateau
from lrsim.schedules.spec import EarlyStopping, ScheduleSpec

KEPT_EVERY = 256
"""Epochs between two controls that are kept; those between are made again from the monitored figures."""


@dataclass(frozen=True)
class Control:
    """Where the callbacks of a run stand after an epoch.

    Attributes
    ----------
    plateau
        None unless the schedule is ``plateau``.
    early_stop
        None where early stopping is not asked for.
    """

    plateau: Plateau | None = None
    early_stop: EarlyStop | None = None

    @property
    def monitors(self) -> tuple[str, ...]:
        """The figures that `after_epoch` looks at."""
        states = (self.plateau, self.early_stop)
        return tuple(dict.fromkeys(state.monitor for state in states if state is not None))

    @property
    def factor(self) -> float:
        """What the rate is multiplied by from the next step on."""
        return 1.0 if self.plateau is None else self.plateau.factor

    @property
    def stops(self) -> bool:
        """Whether training is to stop at the end of this very epoch."""
        return self.early_stop is not None and 0 < self.early_stop.stopped_at == self.early_stop.epoch

    @property
    def restores(self) -> bool:
        """Whether the parameters of `best_epoch` are to be taken back at the end."""
        return self.early_stop is not None and self.early_stop.restore_best and self.best_epoch > 0

    @property
    def best_epoch(self) -> int:
        """Epoch that early stopping holds for the best so far; 0 for none."""
        return 0 if self.early_stop is None else self.early_stop.best_epoch

    def after_epoch(self, metrics: Mapping[str, float], lr: float) -> Control:
        """The control after another epoch.

        Parameters
        ----------
        metrics
            The epoch's figures, at least those of `monitors`.
        lr
            `optimizer.lr` in the last step of the epoch, without `factor`.
        """
        plateau, early_stop = self.plateau, self.early_stop
        return Control(
            None if plateau is None else plateau.update(metrics[plateau.monitor], lr),
            None if early_stop is None else early_stop.update(metrics[early_stop.monitor]),
        )

    def with_rate_set(self) -> Control:
        """The control once the rate was set by hand, which takes the place of the reductions so far."""
        return self if self.plateau is None else replace(self, plateau=replace(self.plateau, factor=1.0))


def start(
    schedule: ScheduleSpec, flavor: str, early_stopping: EarlyStopping | None, metrics: Collection[str]
) -> Control | None:
    """The control before the first epoch; None for a run without callbacks.

    Parameters
    ----------
    flavor
        Of the optimizer, ``keras`` or ``torch``: whose rules are followed.
    metrics
        Names of what is known at the end of an epoch.

    Raises
    ------
    ExperimentError
        A callback monitors what is not among them; names the key.
    """
    plateau = callbacks.plateau(schedule, flavor, metrics)
    early_stop = callbacks.early_stop(early_stopping, metrics)
    return None if plateau is None and early_stop is None else Control(plateau, early_stop)


def stop_in_words(stop: EarlyStop) -> str:
    """Why early stopping has ended a run."""
    epochs = f"{stop.wait} epoch{'' if stop.wait == 1 else 's'}"
    best = "" if stop.best is None else f" since its best, {short(stop.best)} after epoch {stop.best_epoch}"
    return f"early stopping, {stop.monitor} has not improved for {epochs}{best}"


class Controls:
    """The callbacks of one line of training, as they stand after its newest whole epoch.

    Attributes
    ----------
    now
        Where they stand.
    """

    def __init__(self, first: Control) -> None:
        self.now = first

    def add(self, metrics: Mapping[str, float], lr: float, rate_set: bool) -> Control:
        """The control after another epoch; `rate_set`: in that epoch `lr` was set by hand."""
        control = self.now.with_rate_set() if rate_set else self.now
        self.now = control.after_epoch(metrics, lr)
        return self.now


class ControlLog(Controls):
    """The controls of one branch, from a given epoch on, any of which can be reached again.

    Parameters
    ----------
    first
        The control that the branch begins with.
    epoch
        Epochs done by then.
    """

    def __init__(self, first: Control, epoch: int) -> None:
        super().__init__(first)
        self._first_epoch = epoch
        self._kept = [first]
        self._figures = {name: array("d") for name in first.monitors}
        self._lr = array("d")
        self._rate_set: set[int] = set()

    @property
    def nbytes(self) -> int:
        columns = [self._lr, *self._figures.values()]
        return sum(8 * len(column) for column in columns) + 1000 * len(self._kept)

    def add(self, metrics: Mapping[str, float], lr: float, rate_set: bool) -> Control:
        """As of `Controls`; the figures that callbacks look at are kept."""
        place = len(self._lr)
        for name, column in self._figures.items():
            column.append(metrics[name])
        self._lr.append(lr)
        if rate_set:
            self._rate_set.add(place)
        self.now = self._after(self.now, place)
        if (place + 1) % KEPT_EVERY == 0:
            self._kept.append(self.now)
        return self.now

    def _after(self, control: Control, place: int) -> Control:
        if place in self._rate_set:
            control = control.with_rate_set()
        return control.after_epoch({name: column[place] for name, column in self._figures.items()}, self._lr[place])

    def at(self, epoch: int) -> Control:
        """The control once `epoch` epochs were done, from the first of this branch to the newest."""
        done = epoch - self._first_epoch
        if done == len(self._lr):
            return self.now
        control = self._kept[done // KEPT_EVERY]
        for place in range(done - done % KEPT_EVERY, done):
            control = self._after(control, place)
        return control
