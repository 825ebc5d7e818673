"""What is decided at the end of an epoch: small frozen states, each made from the one before and a metric.

A state is a plain value, so that it can be kept with a checkpoint and gone back to. Epochs are counted from 1: after
the first call of `update` the epoch is 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from lrsim.common.metrics import held_out, metric_of
from lrsim.common.validation import ExperimentError
from lrsim.schedules.keys import settings
from lrsim.schedules.shapes import PLATEAU
from lrsim.schedules.spec import EarlyStopping, ScheduleSpec

HELD_OUT_LOSS = held_out("loss")
TORCH_SMALLEST_CHANGE = 1e-8
"""PyTorch leaves the rate alone where it would change by no more than this."""


@dataclass(frozen=True)
class Plateau:
    """Lower the rate once a metric has stopped improving, as ReduceLROnPlateau of Keras or PyTorch.

    The first group are settings, the second is what changes. A metric that is not a number is no improvement, except
    that the keras flavor takes whatever the first epoch brings as the best (after which nothing improves on NaN).

    Attributes
    ----------
    monitor, mode
        The metric, and whether lower (``min``) or higher (``max``) is better.
    reduction
        What the rate is multiplied by.
    patience
        keras: reduce at the patience-th epoch without improvement; torch: at the one after.
    min_delta, relative
        What counts as an improvement: an absolute difference, or a share of the best.
    cooldown
        Epochs after a reduction in which nothing is counted.
    min_lr
        The rate is not lowered beyond it.
    epoch
        Epochs seen.
    best, best_epoch
        Best value so far and its epoch; None and 0 before the first.
    wait
        Epochs without improvement that count.
    cooling
        Epochs of cooldown left.
    factor
        Product of all reductions: the rate in effect is ``factor`` times the base rate.
    reduced_at
        The epochs at whose end the rate was lowered.
    """

    monitor: str = HELD_OUT_LOSS
    mode: str = "min"
    flavor: str = "keras"
    reduction: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    relative: bool = False
    cooldown: int = 0
    min_lr: float = 0.0

    epoch: int = 0
    best: float | None = None
    best_epoch: int = 0
    wait: int = 0
    cooling: int = 0
    factor: float = 1.0
    reduced_at: tuple[int, ...] = ()

    @property
    def threshold(self) -> float | None:
        """What the metric has to pass to count as an improvement; None before the first epoch."""
        if self.best is None:
            return None
        sign = -1.0 if self.mode == "min" else 1.0
        return self.best * (1.0 + sign * self.min_delta) if self.relative else self.best + sign * self.min_delta

    def improves(self, metric: float) -> bool:
        """Whether `metric` would be an improvement."""
        if self.best is None and self.flavor == "keras":
            return True
        if self.relative or self.flavor == "torch":
            worst = math.inf if self.mode == "min" else -math.inf
            threshold = worst if self.threshold is None else self.threshold
            return metric < threshold if self.mode == "min" else metric > threshold
        return _passes(metric, self.best, self.min_delta, self.mode)

    def update(self, metric: float, lr: float) -> Plateau:
        """The state after another epoch.

        Parameters
        ----------
        metric
            The monitored figure at the end of the epoch.
        lr
            The base rate, without `factor`.
        """
        return self._torch_update(metric, lr) if self.flavor == "torch" else self._keras_update(metric, lr)

    def _keras_update(self, metric: float, lr: float) -> Plateau:
        state = replace(self, epoch=self.epoch + 1)
        if state.cooling:
            state = replace(state, cooling=state.cooling - 1, wait=0)
        if self.improves(metric):
            return replace(state, best=metric, best_epoch=state.epoch, wait=0)
        if state.cooling:
            return state
        state = replace(state, wait=state.wait + 1)
        if state.wait < state.patience or lr * state.factor <= state.min_lr:
            return state
        return state._reduced(lr)

    def _torch_update(self, metric: float, lr: float) -> Plateau:
        state = replace(self, epoch=self.epoch + 1)
        if self.improves(metric):
            state = replace(state, best=metric, best_epoch=state.epoch, wait=0)
        else:
            state = replace(state, wait=state.wait + 1)
        if state.cooling:
            state = replace(state, cooling=state.cooling - 1, wait=0)
        if state.wait <= state.patience:
            return state
        rate = lr * state.factor
        if rate - max(rate * state.reduction, state.min_lr) > TORCH_SMALLEST_CHANGE:
            return state._reduced(lr)
        return replace(state, cooling=state.cooldown, wait=0)

    def _reduced(self, lr: float) -> Plateau:
        rate = max(lr * self.factor * self.reduction, self.min_lr)
        reduced_at = (*self.reduced_at, self.epoch)
        return replace(self, factor=rate / lr, reduced_at=reduced_at, cooling=self.cooldown, wait=0)


@dataclass(frozen=True)
class EarlyStop:
    """Stop once a metric has not improved for `patience` epochs, as EarlyStopping of Keras.

    The first group are settings, the second is what changes. A metric that is not a number is no improvement, except
    that whatever the first epoch brings is the best (after which nothing improves on NaN).

    Attributes
    ----------
    monitor, mode
        The metric, and whether lower (``min``) or higher (``max``) is better.
    min_delta
        The least absolute difference that counts as an improvement.
    start_from_epoch
        Epochs at the start that are not looked at.
    restore_best
        Whether the parameters of `best_epoch` are to be taken back at the end, also of a run that was not stopped.
    epoch
        Epochs seen.
    best, best_epoch
        Best value so far and its epoch; None and 0 before the first.
    wait
        Epochs since the last improvement.
    stopped_at
        Epoch at whose end training was first to stop, 0 if it was not.
    """

    monitor: str = HELD_OUT_LOSS
    mode: str = "min"
    min_delta: float = 0.0
    patience: int = 0
    start_from_epoch: int = 0
    restore_best: bool = False

    epoch: int = 0
    best: float | None = None
    best_epoch: int = 0
    wait: int = 0
    stopped_at: int = 0

    @property
    def improved(self) -> bool:
        """Whether the last epoch was the best so far: its parameters are those to keep."""
        return 0 < self.epoch == self.best_epoch

    @property
    def threshold(self) -> float | None:
        """What the metric has to pass to count as an improvement; None before the first epoch."""
        if self.best is None:
            return None
        return self.best - self.min_delta if self.mode == "min" else self.best + self.min_delta

    def update(self, metric: float) -> EarlyStop:
        """The state after another epoch that ended with `metric`."""
        epoch = self.epoch + 1
        if epoch <= self.start_from_epoch:
            return replace(self, epoch=epoch)
        if self.best is None or _passes(metric, self.best, self.min_delta, self.mode):
            return replace(self, epoch=epoch, best=metric, best_epoch=epoch, wait=0)
        wait = self.wait + 1
        stops = not self.stopped_at and wait >= self.patience
        return replace(self, epoch=epoch, wait=wait, stopped_at=epoch if stops else self.stopped_at)


def _passes(metric: float, best: float | None, min_delta: float, mode: str) -> bool:
    """Whether `metric` is better than `best` by more than `min_delta`, rounded as Keras does."""
    if best is None:
        return True
    return metric + min_delta < best if mode == "min" else metric - min_delta > best


def plateau(schedule: ScheduleSpec, flavor: str, metrics: Collection[str]) -> Plateau | None:
    """The state at the start of a run; None unless the schedule is ``plateau``.

    Parameters
    ----------
    flavor
        Of the optimizer, ``keras`` or ``torch``: whose rule is followed.
    metrics
        Names of what is known at the end of an epoch: ``loss``, ``error``, ``val_loss`` ...

    Raises
    ------
    ExperimentError
        The monitored metric is not among them.
    """
    if schedule.name != PLATEAU.name:
        return None
    values = settings(schedule)
    monitor = values["monitor"] or (HELD_OUT_LOSS if HELD_OUT_LOSS in metrics else "loss")
    _check_monitor("schedule.monitor", monitor, metrics)
    return Plateau(
        monitor=monitor,
        mode=_mode(values["mode"], monitor),
        flavor=flavor,
        reduction=values["factor"],
        patience=values["patience"],
        min_delta=values["min_delta"],
        relative=(values["threshold_mode"] or ("rel" if flavor == "torch" else "abs")) == "rel",
        cooldown=values["cooldown"],
        min_lr=values["min_lr"],
    )


def early_stop(spec: EarlyStopping | None, metrics: Collection[str]) -> EarlyStop | None:
    """The state at the start of a run; None where early stopping is not asked for.

    Parameters
    ----------
    metrics
        Names of what is known at the end of an epoch: ``loss``, ``error``, ``val_loss`` ...

    Raises
    ------
    ExperimentError
        The monitored metric is not among them.
    """
    if spec is None:
        return None
    _check_monitor("stop.early_stopping.monitor", spec.monitor, metrics)
    return EarlyStop(
        monitor=spec.monitor,
        mode=_mode(spec.mode, spec.monitor),
        min_delta=spec.min_delta,
        patience=spec.patience,
        start_from_epoch=spec.start_from_epoch,
        restore_best=spec.restore_best,
    )


def _mode(mode: str, monitor: str) -> str:
    if mode != "auto":
        return mode
    return "max" if metric_of(monitor).higher_is_better else "min"


def _check_monitor(where: str, monitor: str, metrics: Collection[str]) -> None:
    if monitor not in metrics:
        raise ExperimentError(where, f"expected one of {', '.join(metrics)}, which this run has", monitor)
