"""The verdict on a model that tells classes apart: by its accuracy and by its losses, epoch after epoch."""

from __future__ import annotations

import math

import numpy as np

from lrsim.common.numbers import short
from lrsim.verdict.advice import (
    Fact,
    Verdict,
    better_model,
    facts,
    lower_rate,
    rounded_down,
    too_slow,
    try_lower,  # fmt: skip
)
from lrsim.verdict.evidence import Epochs, Evidence, alternates, recent_epochs, slow_from, stands_still, trend_of
from lrsim.verdict.measures import LEAST_FALL, Fall, Floats, fall_of, has_climbed, jumps_of, smooth
from lrsim.verdict.overfitting import judge_overfitting

FITTED_ACCURACY = 0.98
"""Share of right answers, in training or on held-out samples, that counts as fitted."""
FITTED_LOSS = 0.05
"""A loss of this share of that of guessing counts as fitted."""
FULLY_FITTED = 0.999
HARDLY_MOVED = 0.1
"""A run that has lost less than this share of its loss has hardly begun."""
CHANCE_REGION = 0.15
"""An accuracy up to this share of the way from guessing to perfect is no better than guessing, by and large."""
WORSE_THAN_GUESSING = 1.02
"""A loss above that of guessing by this factor is worse than guessing."""
CLIPPED = 2.0
"""A loss above that of guessing by this factor stems from outputs that are sure and wrong."""
WILD = 0.15
"""Losses of successive epochs that jump by this share are more than the noise of batches."""
NOISY = 0.01
"""Losses of successive epochs that scatter by this share about their course show that steps are long."""
FLATTENED = 6.0
"""A fall this many times slower than it was on average has flattened out."""
LEAST_EPOCHS_TO_GO = 30
"""A run is not slow for needing up to this many more epochs."""
FAR_TO_GO = 60
"""Epochs to go beyond which a rate ten times as high is advised."""
ROUGH = 0.05
"""Share by which the loss of an epoch rises above that of the one before only where steps are rather long."""


def judge_classes(evidence: Evidence) -> Verdict:
    """The verdict on a run whose training has accuracies of at least two epochs and did not diverge."""
    losses, accuracies = evidence.epoch_losses, evidence.accuracies
    assert losses is not None
    assert accuracies is not None
    fall = fall_of(losses, evidence.epochs_at)
    accuracy = _level(accuracies)
    known = facts(evidence, loss=fall.now, accuracy=accuracy, epochs=evidence.epochs)
    accurate = max(accuracy, _level(evidence.val_accuracies)) >= FITTED_ACCURACY
    jumps = jumps_of(losses)
    if jumps > WILD and not (accurate and (fall.falling or _stays_accurate(evidence))):
        return _unsteady(evidence, fall, known, jumps)
    flattened = not fall.falling or _flattened(evidence, fall, float(losses[0]))
    chance = evidence.chance_accuracy or 0.0
    guesses = float(smooth(accuracies).max()) <= chance + CHANCE_REGION * (1.0 - chance)
    overfits = None if guesses else judge_overfitting(evidence)
    if overfits is not None:
        return overfits
    small = fall.now <= FITTED_LOSS * (evidence.chance_loss or 0.0)
    if small or (accurate and not (fall.falling and fall.now > (1.0 - HARDLY_MOVED) * losses[0])):
        return _fitted(evidence, fall, flattened, accurate, accuracy, known)
    recent = recent_epochs(evidence)
    if trend_of(Epochs(losses[-64:], recent.spacing, evidence.epochs)).growing or alternates(evidence, recent):
        return _unsteady(evidence, fall, known, jumps)
    worse = fall.now > WORSE_THAN_GUESSING * (evidence.chance_loss or math.inf)
    if (guesses and flattened) or (worse and not fall.steady):
        return _stuck(evidence, fall, float(accuracies.max()), chance, known)
    if has_climbed(losses):
        return _unsteady(evidence, fall, known, jumps)
    if not flattened:
        return _falling(evidence, fall, accuracy, known)
    if stands_still(evidence):
        text = f"Converged: the parameters no longer move; an accuracy of {_percent(accuracy)} is the most they reach."
        return Verdict("converged", text, known, "", "good")
    return _plateaued(evidence, fall, accuracy, known)


def _level(accuracies: Floats | None) -> float:
    """Mean of the last sixteenth of a curve, of three values at least; 0 where there is none."""
    if accuracies is None or not len(accuracies):
        return 0.0
    return float(np.mean(accuracies[-max(3, len(accuracies) // 16) :]))


def _stays_accurate(evidence: Evidence) -> bool:
    """Whether hardly an epoch of the second half of the run fell short of fitting."""
    curves = [curve for curve in (evidence.accuracies, evidence.val_accuracies) if curve is not None and len(curve)]
    return any(float(np.quantile(curve[len(curve) // 2 :], 0.1)) >= FITTED_ACCURACY for curve in curves)


def _flattened(evidence: Evidence, fall: Fall, start: float) -> bool:
    """Whether a loss that still falls does so far more slowly than it did on average.

    What a bad start cost is left out: the fall counts from the loss of guessing once it is below that.
    """
    chance = evidence.chance_loss or math.inf
    start = min(start, chance) if fall.now < chance else start
    halvings = math.log2(max(start / fall.now, 1.0)) if fall.now > 0 else math.inf
    return halvings * fall.half_life > FLATTENED * evidence.epochs


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


def _creeps(evidence: Evidence, fall: Fall) -> bool:
    """Whether a loss falls so smoothly and slowly that steps could well be longer."""
    return fall.steady and fall.noise <= NOISY * fall.now and fall.half_life > slow_from(evidence)


def _is_rough(evidence: Evidence) -> bool:
    """Whether the loss has risen from one epoch to the next by so much that a rate ten times as high is too bold."""
    assert evidence.epoch_losses is not None
    return float(np.max(np.diff(np.log(np.maximum(evidence.epoch_losses, 1e-300))), initial=0.0)) > ROUGH


def _fitted(
    evidence: Evidence, fall: Fall, flattened: bool, accurate: bool, accuracy: float, known: dict[str, Fact]
) -> Verdict:
    said = f"accuracy {_percent(accuracy)}{_held_out(evidence, known)}, loss {short(fall.now)}"
    if not flattened and _still_improves(evidence):
        if not accurate and _creeps(evidence, fall):
            known["half_life_epochs"] = fall.half_life
            said = f"not yet fitted after {evidence.epochs} epochs, {said} halves every {short(fall.half_life)} epochs"
            return too_slow(evidence, said, known, 3 if _is_rough(evidence) else 10)
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


def _unsteady(evidence: Evidence, fall: Fall, known: dict[str, Fact], jumps: float) -> Verdict:
    assert evidence.epoch_losses is not None
    recent = evidence.epoch_losses[len(evidence.epoch_losses) // 2 :]
    lowest, highest = float(recent.min()), float(recent.max())
    known |= {"noise": fall.noise, "typical_rise": jumps, "lowest_of_late": lowest, "highest_of_late": highest}
    rate = lower_rate(evidence, rounded_down(evidence.rate / 3))
    advice = try_lower(evidence, rate)
    goes = "jumps" if jumps > WILD or not has_climbed(evidence.epoch_losses) else "no longer falls but climbs and jumps"
    text = f"Oscillating: the loss of an epoch {goes} between {short(lowest)} and {short(highest)}. {advice}"
    return Verdict("oscillating", text, known, advice, "bad", rate)


def _falling(evidence: Evidence, fall: Fall, accuracy: float, known: dict[str, Fact]) -> Verdict:
    """Too slow is a fall that needs many more epochs and shows no sign of steps that are long enough to jump."""
    known["half_life_epochs"] = fall.half_life
    said = (
        f"accuracy {_percent(accuracy)}{_held_out(evidence, known)} after {evidence.epochs} epochs, the loss "
        f"{short(fall.now)} halves every {short(fall.half_life)} epochs"
    )
    goal = FITTED_LOSS * (evidence.chance_loss or fall.now)
    to_go = fall.half_life * math.log2(max(fall.now / goal, 1.0))
    soon = to_go <= max(evidence.epochs, LEAST_EPOCHS_TO_GO) or fall.half_life <= slow_from(evidence)
    if soon or fall.noise > NOISY * fall.now:
        return Verdict("converging", f"Converging: {said}.", known, "", "good")
    known["epochs_to_go"] = to_go
    bold = to_go > FAR_TO_GO and not _is_rough(evidence)
    return too_slow(evidence, f"not yet fitted, {said}", known, 10 if bold else 3)


def _plateaued(evidence: Evidence, fall: Fall, accuracy: float, known: dict[str, Fact]) -> Verdict:
    said = f"accuracy {_percent(accuracy)}{_held_out(evidence, known)}, the loss stays at {short(fall.now)}"
    noisy = fall.noise > NOISY * fall.now
    if noisy:
        known["noise"] = fall.noise
        said += f", give or take {short(fall.noise)}"
    advice, rate = better_model(evidence, noisy, known)
    return Verdict("plateaued", f"Plateaued: {said}. {advice}", known, advice, "warn", rate)
