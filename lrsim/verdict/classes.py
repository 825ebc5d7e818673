"""Rules for models that tell classes apart: by accuracy and by losses, epoch after epoch.

They hold where training has accuracies of at least two epochs and did not diverge; one of them matches then. Their
order is that of `rules.RULES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.verdict import values
from lrsim.verdict.advice import ask, better_model, facts, lower_rate, too_slow, unsteady
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence, slow_from, stands_still, undoes_itself
from lrsim.verdict.finding import Fact, Finding, Message, say
from lrsim.verdict.measures import LEAST_FALL, fall_of, has_climbed, smooth
from lrsim.verdict.patience import forgets_held_out, is_early, is_in_time, too_early
from lrsim.verdict.trend import Epochs, trend_of

FITTED_ACCURACY = 0.98
"""Share of right answers, in training or on held-out samples, that counts as fitted."""
FITTED_LOSS = 0.05
"""A loss of this share of that of guessing counts as fitted."""
FULLY_FITTED = 0.999
SMALL_LOSS = 0.2
"""Right answers by a loss above this share of that of guessing are not yet sure ones."""
HARDLY_MOVED = 0.1
"""A run that has lost less than this share of its loss has hardly begun."""
CHANCE_REGION = 0.15
"""An accuracy up to this share of the way from guessing to perfect is no better than guessing, by and large."""
NO_BETTER = 0.03
"""The same within which it is told beside the accuracy."""
BELOW_GUESSING = 0.98
"""A held-out loss below this part of that of guessing shows that something was learnt."""
LEARNT_SHARE = 0.95
"""The same of a training loss where no rows are held out."""
WORSE_THAN_GUESSING = 1.02
"""A loss above that of guessing by this factor is worse than guessing."""
FAR_WORSE = 2.0
"""A loss above that of guessing by this factor stems from outputs that are sure and wrong."""
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

Rule = Callable[[Evidence], Finding | None]


def of_classes(rule: Rule) -> Rule:
    """The rule, silent on models that do not tell classes apart."""

    @wraps(rule)
    def guarded(evidence: Evidence) -> Finding | None:
        return rule(evidence) if evidence.tells_classes else None

    return guarded


# --- the rules


@of_classes
def jumps(evidence: Evidence) -> Finding | None:
    """The loss goes up and down wildly, unless the model answers rightly all the same."""
    right = _is_accurate(evidence) and (evidence.fall.falling or _stays_accurate(evidence))
    fine = right and not _is_sure_of_errors(evidence)
    return _unsteady(evidence) if evidence.still_jumps and not fine else None


@of_classes
def fits(evidence: Evidence) -> Finding | None:
    """The loss is small or the answers are right."""
    fall, accurate = evidence.fall, _is_accurate(evidence)
    small = fall.now <= FITTED_LOSS * (evidence.chance_loss or 0.0)
    begun = not (fall.falling and fall.now > (1.0 - HARDLY_MOVED) * evidence.epoch_losses[0])
    if _is_sure_of_errors(evidence) or not (small or (accurate and begun)):
        return None
    known = _known(evidence)
    said = _said(evidence, known)
    if _has_flattened(evidence) or not _still_improves(evidence):
        return Finding(VerdictCode.CONVERGED, say("classes_converged", **said), known)
    if accurate or not _creeps(evidence) or is_in_time(evidence, evidence.fall.half_life, True):
        return Finding(VerdictCode.CONVERGING, say("classes_still_falling", **said), known)
    known["half_life_epochs"] = fall.half_life
    creeping = say("classes_creep", **said, epochs=evidence.epochs, half_life=fall.half_life)
    return too_slow(evidence, creeping, known, 3 if _is_rough(evidence) else 10)


rings_down = of_classes(values.rings_down)


@of_classes
def swings(evidence: Evidence) -> Finding | None:
    """The loss grows, or every epoch undoes the last."""
    newest = Epochs(evidence.epoch_losses[-64:], evidence.spacing, evidence.epochs)
    return _unsteady(evidence) if trend_of(newest).growing or undoes_itself(evidence) else None


@of_classes
def gets_nowhere(evidence: Evidence) -> Finding | None:
    """The answers are no better than guesses, or the loss is worse than that of guessing."""
    early = is_early(evidence)
    guesses = only_guesses(evidence)
    factor = WORSE_THAN_GUESSING if guesses and not early else FAR_WORSE  # right answers may well be too sure of some
    worse = evidence.fall.now > factor * (evidence.chance_loss or math.inf)
    hopeless = guesses and _has_flattened(evidence) and not early
    worse = worse and not (evidence.fall.steady or _is_accurate(evidence))
    return _stuck(evidence) if hopeless or worse else None


@of_classes
def climbs(evidence: Evidence) -> Finding | None:
    """The loss stands well above the lowest that it has been."""
    return _unsteady(evidence) if has_climbed(evidence.epoch_losses) else None


@of_classes
def falls(evidence: Evidence) -> Finding | None:
    """The loss falls; too slowly where it needs many more epochs and steps show no sign of being long."""
    if _has_flattened(evidence):
        return None
    fall, known = evidence.fall, _known(evidence)
    known["half_life_epochs"] = fall.half_life
    said = say("classes_pace", **_said(evidence, known), epochs=evidence.epochs, half_life=fall.half_life)
    goal = FITTED_LOSS * (evidence.chance_loss or fall.now)
    to_go = fall.half_life * math.log2(max(fall.now / goal, 1.0))
    soon = to_go <= max(evidence.epochs, LEAST_EPOCHS_TO_GO) or fall.half_life <= slow_from(evidence)
    in_time = is_in_time(evidence, to_go, fall.steady) or forgets_held_out(evidence)
    if soon or in_time or fall.noise > NOISY * fall.now:
        return Finding(VerdictCode.CONVERGING, say("converging", said=said), known)
    known["epochs_to_go"] = to_go
    bold = to_go > FAR_TO_GO and not _is_rough(evidence)
    return too_slow(evidence, say("not_yet_fitted", said=said), known, 10 if bold else 3)


@of_classes
def rests(evidence: Evidence) -> Finding | None:
    """The parameters no longer move."""
    if not stands_still(evidence):
        return None
    known = _known(evidence)
    return Finding(VerdictCode.CONVERGED, say("classes_rest", accuracy=known["accuracy"]), known)


@of_classes
def stays(evidence: Evidence) -> Finding:
    """The loss stays where it is: all that is left."""
    fall, known = evidence.fall, _known(evidence)
    said = _said(evidence, known)
    if is_early(evidence):
        return too_early(say("classes_early", **said, epochs=evidence.epochs), known)
    noisy, noise = fall.noise > NOISY * fall.now, None
    if noisy:
        known["noise"] = fall.noise
        noise = say("give_or_take", noise=fall.noise)
    advice = better_model(evidence, noisy, known)
    return Finding(VerdictCode.PLATEAUED, say("classes_plateaued", **said, noise=noise), known, advice)


# --- what they find


def _unsteady(evidence: Evidence) -> Finding:
    return unsteady(evidence, _known(evidence))


def _stuck(evidence: Evidence) -> Finding:
    assert evidence.accuracies is not None
    known, now = _known(evidence), evidence.fall.now
    highest, chance = float(evidence.accuracies.max()), evidence.chance_accuracy or 0.0
    known |= {"highest_accuracy": highest, "chance_accuracy": chance}
    advice, clips = ask(lower_rate(evidence, evidence.rate / 10)), None
    if evidence.clipped_loss and now > FAR_WORSE * (evidence.chance_loss or math.inf):
        clips = say("clipped_loss_has_no_gradient")
        advice = replace(advice, cure=say("another_loss_does_not_clip"))
    message = say("classes_stuck", highest=highest, chance=chance, loss=now, clips=clips)
    return Finding(VerdictCode.STUCK, message, known, advice)


# --- what they look at


def _known(evidence: Evidence) -> dict[str, Fact]:
    """The figures that each of these rules gives."""
    return facts(evidence, loss=evidence.fall.now, accuracy=_level(evidence.accuracies), epochs=evidence.epochs)


def _level(accuracies: Floats | None) -> float:
    """Mean of the last sixteenth of a curve, of three values at least; 0 where there is none."""
    if accuracies is None or not len(accuracies):
        return 0.0
    return float(np.mean(accuracies[-max(3, len(accuracies) // 16) :]))


def _is_fitted(accuracy: float, chance: float | None) -> bool:
    """Whether an accuracy counts as fitted: well beyond that of naming the most frequent class, too.

    Rows of one class alone show nothing.
    """
    if chance is not None and chance >= 1.0:
        return False
    return accuracy >= max(FITTED_ACCURACY, 0.5 * (1.0 + (chance or 0.0)))


def _curves(evidence: Evidence) -> list[tuple[Floats, float | None]]:
    """Accuracies in training and on held-out samples, as far as there are some, each with that of guessing."""
    curves = (evidence.accuracies, evidence.chance_accuracy), (evidence.val_accuracies, _val_chance(evidence))
    return [(curve, chance) for curve, chance in curves if curve is not None and len(curve)]


def _val_chance(evidence: Evidence) -> float | None:
    known = evidence.before.val_chance_accuracy
    return evidence.chance_accuracy if known is None else known


def _is_accurate(evidence: Evidence) -> bool:
    """Whether the answers are right of late, in training or on held-out samples."""
    return any(_is_fitted(_level(curve), chance) for curve, chance in _curves(evidence))


def _is_sure_of_errors(evidence: Evidence) -> bool:
    """Whether the loss is worse than that of guessing: few wrong answers, given for sure, weigh as much."""
    return evidence.fall.now > WORSE_THAN_GUESSING * (evidence.chance_loss or math.inf)


def _stays_accurate(evidence: Evidence) -> bool:
    """Whether hardly an epoch of the second half of the run fell short of fitting."""
    late = [(float(np.quantile(curve[len(curve) // 2 :], 0.1)), chance) for curve, chance in _curves(evidence)]
    return any(_is_fitted(accuracy, chance) for accuracy, chance in late)


def only_guesses(evidence: Evidence) -> bool:
    """Whether a model that tells classes apart was never better at it than guessing, by and large.

    Where one class is frequent the answers may all name it, and the loss be well below that of guessing.
    """
    if not evidence.tells_classes or evidence.accuracies is None or _knows_more(evidence):
        return False
    chance = evidence.chance_accuracy or 0.0
    return float(smooth(evidence.accuracies).max()) <= chance + CHANCE_REGION * (1.0 - chance)


def _knows_more(evidence: Evidence) -> bool:
    """Whether the loss is below that of guessing: the held-out one, where there is one."""
    chance = evidence.before.val_chance_loss
    if chance is not None and evidence.val_losses is not None and len(evidence.val_losses):
        return bool(np.isfinite(chance) and _level(evidence.val_losses) < BELOW_GUESSING * chance)
    return evidence.fall.now < LEARNT_SHARE * (evidence.chance_loss or 0.0)


def _has_flattened(evidence: Evidence) -> bool:
    """Whether the loss no longer falls, or far more slowly than it did on average.

    What a bad start cost is left out: the fall counts from the loss of guessing once it is below that.
    """
    fall, start, chance = evidence.fall, float(evidence.epoch_losses[0]), evidence.chance_loss or math.inf
    late = evidence.late
    if not fall.falling or not (late.falling or late.noise > NOISY * late.now):
        return True
    start = min(start, chance) if fall.now < chance else start
    halvings = math.log2(max(start / fall.now, 1.0)) if fall.now > 0 else math.inf
    return halvings * fall.half_life > FLATTENED * evidence.epochs


def _said(evidence: Evidence, known: dict[str, Fact]) -> dict[str, Fact | Message | None]:
    """Accuracy and loss for a sentence; the held-out accuracy as an aside, noted among the facts where there is one."""
    aside = None
    if evidence.val_accuracies is not None and len(evidence.val_accuracies):
        known["val_accuracy"] = float(evidence.val_accuracies[-1])
        aside = say("accuracy_on_held_out", accuracy=known["val_accuracy"])
    chance, guessed = evidence.chance_accuracy, None
    if chance and _level(evidence.accuracies) < chance + NO_BETTER * (1.0 - chance):
        known["chance_accuracy"] = chance
        guessed = say("no_better_than_guessing", chance=chance)
    return {"accuracy": known["accuracy"], "guessed": guessed, "held_out": aside, "loss": known["loss"]}


def _still_improves(evidence: Evidence) -> bool:
    """Whether the held-out loss still falls; without one, whether training is short of perfect or its loss is high."""
    if evidence.val_losses is not None and np.isfinite(evidence.val_losses).all():
        held_out = fall_of(evidence.val_losses, evidence.curve_epochs)
        return held_out.falling and held_out.share > LEAST_FALL
    assert evidence.accuracies is not None
    high = evidence.fall.falling and evidence.fall.now > SMALL_LOSS * (evidence.chance_loss or math.inf)
    return high or float(evidence.accuracies[-1]) < FULLY_FITTED


def _creeps(evidence: Evidence) -> bool:
    """Whether a loss falls so smoothly and slowly that steps could well be longer."""
    fall = evidence.fall
    return fall.steady and fall.noise <= NOISY * fall.now and fall.half_life > slow_from(evidence)


def _is_rough(evidence: Evidence) -> bool:
    """Whether the loss has risen from one epoch to the next by so much that a rate ten times as high is too bold."""
    return float(np.max(np.diff(np.log(np.maximum(evidence.epoch_losses, 1e-300))), initial=0.0)) > ROUGH
