"""Callbacks in plain words: where they stand, and what they do next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from lrsim.common.metrics import metric_of
from lrsim.common.numbers import count, short
from lrsim.schedules.callbacks import EarlyStop, Plateau

CONTEXT = "ControlWords"


@dataclass(frozen=True)
class Standing:
    """A callback for people.

    Attributes
    ----------
    title
        What it does and what it looks at.
    wait, patience
        Epochs without improvement that count, and how many of them it takes.
    text
        The best value, what counts as better, the cooldown.
    next
        What it does next.
    """

    title: str
    wait: int
    patience: int
    text: str
    next: str


def of_plateau(state: Plateau, lr: float) -> Standing:
    """The rate's reduction on a plateau; `lr` is the base rate, without the reductions so far."""
    translate = QCoreApplication.translate
    takes = state.patience + (1 if state.flavor == "torch" else 0)
    parts = [_best(state)]
    if state.cooling:
        parts.append(translate(CONTEXT, "Cooldown: {0}, in which nothing is counted.").format(_epochs(state.cooling)))
    return Standing(
        translate(CONTEXT, "Reduces the rate when {0} stalls").format(metric_words(state.monitor)),
        state.wait,
        max(takes, 1),
        " ".join(part for part in parts if part),
        _next_reduction(state, lr),
    )


def of_early_stop(state: EarlyStop) -> Standing:
    """Early stopping."""
    return Standing(
        QCoreApplication.translate(CONTEXT, "Stops early when {0} stalls").format(metric_words(state.monitor)),
        state.wait,
        max(state.patience, 1),
        _best(state),
        _next_stop(state),
    )


def _best(state: Plateau | EarlyStop) -> str:
    translate = QCoreApplication.translate
    if state.best is None:
        return ""
    best = translate(CONTEXT, "Best: {0} after epoch {1}.").format(short(state.best), count(state.best_epoch))
    if not state.best_epoch:
        best = translate(CONTEXT, "Best: {0}.").format(short(state.best))
    threshold = state.threshold
    if threshold is None:
        return best
    below = translate(CONTEXT, "Below {0} counts as better.")
    above = translate(CONTEXT, "Above {0} counts as better.")
    return f"{best} {(below if state.mode == 'min' else above).format(short(threshold))}"


def _next_reduction(state: Plateau, lr: float) -> str:
    translate = QCoreApplication.translate
    if state.best is None:
        return translate(CONTEXT, "Waits for the first epoch to end.")
    later = state
    for epochs in range(1, state.patience + state.cooling + 3):
        later = later.update(math.nan, lr)
        if later.reduced_at != state.reduced_at:
            words = translate(CONTEXT, "Reduces the rate to {0} after {1} without improvement.")
            return words.format(short(lr * later.factor), _more(epochs))
    return translate(CONTEXT, "Leaves the rate as it is from here on: it is as low as it may get.")


def _next_stop(state: EarlyStop) -> str:
    translate = QCoreApplication.translate
    if state.stopped_at:
        return translate(CONTEXT, "Ended training after epoch {0}.").format(count(state.stopped_at))
    if state.best is None:
        first = max(state.start_from_epoch, state.epoch) + 1
        return translate(CONTEXT, "Begins to look at epoch {0}.").format(count(first))
    later, epochs = state, 0
    while not later.stopped_at:
        later, epochs = later.update(math.nan), epochs + 1
    words = translate(CONTEXT, "Stops after {0} without improvement.").format(_more(epochs))
    if state.restore_best:
        words += " " + translate(CONTEXT, "The parameters of the best epoch then come back.")
    return words


def metric_words(name: str) -> str:
    """A figure that a callback looks at, as people read it."""
    translate = QCoreApplication.translate
    metric = metric_of(name)
    return translate(CONTEXT, "validation {0}").format(metric.quantity) if metric.held_out else metric.quantity


def _epochs(number: int) -> str:
    translate = QCoreApplication.translate
    return translate(CONTEXT, "1 epoch") if number == 1 else translate(CONTEXT, "{0} epochs").format(count(number))


def _more(number: int) -> str:
    translate = QCoreApplication.translate
    if number == 1:
        return translate(CONTEXT, "1 more epoch")
    return translate(CONTEXT, "{0} more epochs").format(count(number))
