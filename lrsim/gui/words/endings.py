"""Why a run ended and what Space does then; and, while it goes on, what it has gone past."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, short
from lrsim.experiment.specs import Experiment
from lrsim.gui.words.callbacks import metric_words
from lrsim.session.snapshot import Snapshot
from lrsim.training.stops import StopReason


def tr(text: str) -> str:
    """A text about the end of a run in the user's language."""
    return QCoreApplication.translate("Endings", text)


def ending_words(snapshot: Snapshot, experiment: Experiment) -> str:
    """What is to be said of the end of the run at its newest step; empty where there is nothing."""
    if snapshot.finished is not None:
        return _end(snapshot, experiment)
    passed = [words for reason in sorted(snapshot.passed) if (words := _limit(reason, experiment))]
    if not passed:
        return ""
    past = ", ".join(passed)
    return tr("Training past {0}. Space pauses.").format(past) if snapshot.playing else tr("Past {0}.").format(past)


def _end(snapshot: Snapshot, experiment: Experiment) -> str:
    match snapshot.finished:
        case StopReason.EPOCHS:
            epochs = count(experiment.training.epochs)
            return tr("Ended at the limit of {0} epochs. Space trains on past it.").format(epochs)
        case StopReason.TARGET_ERROR:
            step, target = count(snapshot.tip), short(experiment.stop.target_error)
            words = tr("Ended: the error of step {0} reached the target {1}. Space trains on past it.")
            return words.format(step, target)
        case StopReason.DIVERGED:
            what = snapshot.not_finite if snapshot.not_finite not in (None, "loss") else tr("the loss")
            words = tr("Ended: {0} is not finite at step {1}. Space trains on from there.")
            return words.format(what, count(snapshot.tip))
    stop = snapshot.control.early_stop if snapshot.control is not None else None
    if stop is None:
        return tr("Ended by early stopping. Space trains on past it.")
    words = tr("Ended by early stopping: {0} has not improved for {1} epochs. Space trains on past it.")
    return words.format(metric_words(stop.monitor), count(stop.patience))


def _limit(reason: StopReason, experiment: Experiment) -> str:
    """What training goes past; empty for an end that is no limit."""
    match reason:
        case StopReason.EPOCHS:
            return tr("the limit of {0} epochs").format(count(experiment.training.epochs))
        case StopReason.TARGET_ERROR:
            return tr("the target error")
        case StopReason.EARLY_STOPPING:
            return tr("early stopping")
    return ""
