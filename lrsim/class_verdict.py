"""The verdict on a model that tells classes apart: by its accuracy and by its losses, epoch after epoch."""

from __future__ import annotations

import math

import numpy as np

from lrsim.advice import Fact, Verdict, facts, lower_rate, rounded_down, too_slow, try_lower
from lrsim.curves import LEAST_FALL, Fall, fall_of, smooth
from lrsim.evidence import Epochs, Evidence, alternates, recent_epochs, stands_still, trend_of
from lrsim.numbers import short

FITTED_ACCURACY = 0.98
FITTED_LOSS = 0.05
"""A loss of this share of that of guessing counts as fitted."""
FULLY_FITTED = 0.999
CHANCE_REGION = 0.15
"""An accuracy up to this share of the way from guessing to perfect is no better than guessing, by and large."""
WORSE_THAN_GUESSING = 1.02
"""A loss above that of guessing by this factor is worse than guessing."""
CLIPPED = 2.0
"""A loss above that of guessing by this factor stems from outputs that are sure and wrong."""
WILD = 0.15
"""Losses of successive epochs that jump by this share are more than the noise of batches."""
LEAST_EPOCHS_TO_GO = 30
"""A run is not slow for needing up to this many more epochs."""
FAR_TO_GO = 60
"""Epochs to go beyond which a rate ten times as high is advised."""


def judge_classes(evidence: Evidence) -> Verdict:
    """The verdict on a run whose training has accuracies of at least two epochs and did not diverge."""
    losses, accuracies = evidence.epoch_losses, evidence.accuracies
    assert losses is not None
    assert accuracies is not None
    fall = fall_of(losses, evidence.epochs_at)
    accuracy = float(np.mean(accuracies[-min(3, len(accuracies)) :]))
    known = facts(evidence, loss=fall.now, accuracy=accuracy, epochs=evidence.epochs)
    chance = evidence.chance_accuracy or 0.0
    fitted = accuracy >= FITTED_ACCURACY or fall.now <= FITTED_LOSS * (evidence.chance_loss or 0.0)
    if fitted:
        return _fitted(evidence, fall, accuracy, known)
    recent = recent_epochs(evidence)
    if trend_of(Epochs(losses[-64:], recent.spacing, evidence.epochs)).growing or alternates(evidence, recent):
        return _unsteady(evidence, fall, known, f"the loss swings up to {short(float(losses[-16:].max()))}")
    guesses = float(smooth(accuracies).max()) <= chance + CHANCE_REGION * (1.0 - chance)
    worse = fall.now > WORSE_THAN_GUESSING * (evidence.chance_loss or math.inf)
    if (guesses and not fall.falling) or (worse and not fall.steady):
        return _stuck(evidence, fall, float(accuracies.max()), chance, known)
    if not fall.falling and fall.noise > WILD * fall.now:
        return _unsteady(evidence, fall, known, f"the loss of an epoch is {short(fall.now)}, give or take "
                         f"{short(fall.noise)}")  # fmt: skip
    if fall.falling:
        return _falling(evidence, fall, accuracy, known)
    if stands_still(evidence):
        text = f"Converged: the parameters no longer move; an accuracy of {_percent(accuracy)} is the most they reach."
        return Verdict("converged", text, known, "", "good")
    return _plateaued(evidence, fall, accuracy, known)


def _percent(share: float) -> str:
    return f"{short(100 * share)} %"


def _held_out(evidence: Evidence, known: dict[str, Fact]) -> str:
    """The held-out accuracy in words, noted among the facts; empty where there is none."""
    if evidence.val_accuracies is None or not len(evidence.val_accuracies):
        return ""
    known["val_accuracy"] = float(evidence.val_accuracies[-1])
    return f", {_percent(float(evidence.val_accuracies[-1]))} on held-out samples"


def _still_improves(evidence: Evidence) -> bool:
    """Whether the held-out loss still falls; without one, whether training is short of perfect."""
    if evidence.val_losses is not None and np.isfinite(evidence.val_losses).all():
        held_out = fall_of(evidence.val_losses, evidence.epochs_at)
        return held_out.falling and held_out.share > LEAST_FALL
    assert evidence.accuracies is not None
    return float(evidence.accuracies[-1]) < FULLY_FITTED


def _fitted(evidence: Evidence, fall: Fall, accuracy: float, known: dict[str, Fact]) -> Verdict:
    said = f"accuracy {_percent(accuracy)}{_held_out(evidence, known)}, loss {short(fall.now)}"
    if fall.falling and _still_improves(evidence):
        return Verdict("converging", f"Converging: {said}, still falling.", known, "", "good")
    return Verdict("converged", f"Converged: {said}.", known, "", "good")


def _stuck(evidence: Evidence, fall: Fall, highest: float, chance: float, known: dict[str, Fact]) -> Verdict:
    known |= {"highest_accuracy": highest, "chance_accuracy": chance}
    text = (
        f"Stuck: the accuracy is never above {_percent(highest)}, where always guessing the most frequent class gives "
        f"{_percent(chance)}, and the loss stays about {short(fall.now)}."
    )
    rate = lower_rate(evidence, evidence.rate / 10)
    advice = try_lower(evidence, rate)
    if evidence.clipped_loss and fall.now > CLIPPED * (evidence.chance_loss or math.inf):
        text += " Probabilities that the loss clips have no gradient, so it can't get away."
        advice += " The loss cross_entropy does not clip."
    return Verdict("stuck", f"{text} {advice}", known, advice, "bad", rate)


def _unsteady(evidence: Evidence, fall: Fall, known: dict[str, Fact], said: str) -> Verdict:
    known["noise"] = fall.noise
    rate = lower_rate(evidence, rounded_down(evidence.rate / 3))
    advice = try_lower(evidence, rate)
    return Verdict("oscillating", f"Oscillating: {said}. {advice}", known, advice, "bad", rate)


def _falling(evidence: Evidence, fall: Fall, accuracy: float, known: dict[str, Fact]) -> Verdict:
    known["half_life_epochs"] = fall.half_life
    said = (
        f"accuracy {_percent(accuracy)}{_held_out(evidence, known)} after {evidence.epochs} epochs, the loss "
        f"{short(fall.now)} halves every {short(fall.half_life)} epochs"
    )
    goal = FITTED_LOSS * (evidence.chance_loss or fall.now)
    to_go = fall.half_life * math.log2(max(fall.now / goal, 1.0))
    if to_go <= max(evidence.epochs, LEAST_EPOCHS_TO_GO):
        return Verdict("converging", f"Converging: {said}.", known, "", "good")
    known["epochs_to_go"] = to_go
    return too_slow(evidence, f"not yet fitted, {said}", known, 10 if to_go > FAR_TO_GO else 3)


def _plateaued(evidence: Evidence, fall: Fall, accuracy: float, known: dict[str, Fact]) -> Verdict:
    said = f"accuracy {_percent(accuracy)}{_held_out(evidence, known)}, the loss stays at {short(fall.now)}"
    if fall.noise > 0.01 * fall.now:
        known["noise"] = fall.noise
        said += f", give or take {short(fall.noise)}"
    rate = lower_rate(evidence, rounded_down(evidence.rate / 2))
    advice = f"Try {short(rate)}, or a model that can bend further."
    return Verdict("plateaued", f"Plateaued: {said}. {advice}", known, advice, "warn", rate)
