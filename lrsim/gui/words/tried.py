"""The rates that were tried for a piece of advice, in words."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from lrsim.common.metrics import metric_of
from lrsim.common.numbers import count, percent, short
from lrsim.verdict.tried import FROM_HERE, Candidate, Trial, Tried

CONTEXT = "Tried"


def figure_word(tried: Tried) -> str:
    """What candidates are compared by, as an axis is called."""
    translate = QCoreApplication.translate
    held_out = metric_of(tried.figure_name).held_out
    return translate(CONTEXT, "held-out loss") if held_out else translate(CONTEXT, "loss")


def figure_words(figure: float) -> str:
    """What a trial came to."""
    return short(figure) if math.isfinite(figure) else QCoreApplication.translate(CONTEXT, "diverged")


def candidate_words(candidate: Candidate) -> str:
    """A rate, and how it is used."""
    translate, rate = QCoreApplication.translate, short(candidate.rate)
    if candidate.falling:
        return translate(CONTEXT, "{0} falling to 0").format(rate)
    if candidate.start == FROM_HERE:
        return translate(CONTEXT, "{0} from here on").format(rate)
    return rate


def taking_words(candidate: Candidate) -> str:
    """What becomes of the run where a candidate is taken."""
    translate, rate = QCoreApplication.translate, short(candidate.rate)
    if candidate.falling:
        return translate(CONTEXT, "Loads the experiment anew with {0} falling to 0; undo leads back").format(rate)
    if candidate.start == FROM_HERE:
        return translate(CONTEXT, "Goes on with {0} on a new branch; undo leads back").format(rate)
    return translate(CONTEXT, "Starts again with {0} on a new branch; undo leads back").format(rate)


def trial_words(trial: Trial) -> str:
    """A candidate, how long it was tried, and what it came to."""
    text = QCoreApplication.translate(CONTEXT, "{0}: {1} after {2} epochs")
    return text.format(candidate_words(trial.candidate), figure_words(trial.figure), count(trial.epochs))


def outcome(tried: Tried) -> str:
    """What all trials together say."""
    translate = QCoreApplication.translate
    if not tried.done:
        rates = ", ".join(candidate_words(trial.candidate) for trial in tried.trials[-3:])
        text = translate(CONTEXT, "Trying rates on copies of the run, so far {0}; it has done {1} of its work.")
        share = percent(min(tried.work / tried.budget, 1.0) if tried.budget else 1.0)
        return text.format(rates or translate(CONTEXT, "none"), share)
    own = translate(CONTEXT, "This run has {0} {1}.").format(figure_word(tried), figure_words(tried.own.figure))
    best = best_trial(tried)
    if best is None:
        return translate(CONTEXT, "No rate that was tried does better than the run by more than chance.") + f" {own}"
    text = translate(CONTEXT, "{0} came to {1} after {2} epochs on a copy, with the same batches.")
    said = text.format(candidate_words(best.candidate), figure_words(best.figure), count(best.epochs))
    return f"{said} {own}"


def best_trial(tried: Tried) -> Trial | None:
    """The trial of the candidate that is advised; None where none is."""
    return next((trial for trial in tried.trials if trial.candidate == tried.best), None)
