"""What rules share: rates that suit the curvature, what to try, and the figures that every verdict rests on."""

from __future__ import annotations

import math

import numpy as np

from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence, last_loss
from lrsim.verdict.finding import Advice, Fact, Finding, Message, say
from lrsim.verdict.measures import WILD, has_climbed

DISAGREEMENT = 1e-3
"""Share of the loss of guessing that no parameters can mend, from which on samples are said to disagree."""
LOSS_ABOVE_LEAST = 0.02
"""Share by which an advised rate may keep the loss above the least that the model has."""
NO_WORSE = 1.05
"""Neighbours that foretell a row worse than guessing by more than this factor are no measure of noise."""
DECAYED = 0.1
"""A rate of which the schedule has left less than this share is all but used up."""
DECAYED_MIDWAY = 0.4
"""The same once half of the steps were done: half a cosine and a straight line have left half of it there."""


def rounded_down(value: float) -> float:
    """To one significant digit."""
    power = math.floor(math.log10(value))
    return float(f"{int(value / 10.0**power + 1e-9)}e{power}")


def lower_rate(evidence: Evidence, otherwise: float) -> float:
    """A rate that suits the sharpest sample; `otherwise` where no curvature is known or the rate is no higher."""
    safe = rounded_down(1 / evidence.sharpest) if evidence.sharpest else math.inf
    return safe if safe < evidence.rate else float(f"{otherwise:.3g}")


def higher_rate(evidence: Evidence, otherwise: float) -> float | None:
    """A rate that suits the sharpest sample, `otherwise` where no curvature is known; None where there is no room.

    Where samples disagree, steps that follow one at a time keep the loss above its least by about half of
    rate x mean curvature, so that is limited, too.
    """
    if not evidence.sharpest or evidence.curvatures is None:
        return otherwise
    safe = rounded_down(1 / evidence.sharpest)
    if len(evidence.curvatures) > 1 and evidence.least_loss and evidence.chance_loss:
        disagreement = evidence.least_loss > DISAGREEMENT * evidence.chance_loss
        calm = 2 * LOSS_ABOVE_LEAST / float(np.mean(np.abs(evidence.curvatures)))
        safe = rounded_down(min(safe, calm)) if disagreement else safe
    return safe if safe > evidence.rate else None


def facts(evidence: Evidence, **more: Fact) -> dict[str, Fact]:
    """What every verdict rests on, and more."""
    found: dict[str, Fact] = {"step": evidence.steps, "rate": evidence.rate, **more}
    if evidence.sharpest:
        found["rate_x_curvature"] = evidence.rate * evidence.scheduled * evidence.sharpest
    return found


def limit(evidence: Evidence, used: float | None = None) -> Message | None:
    """How far the rate of the last step, or one `used` at another, is from what the curvature allows; an aside.

    It says of what the curvature is: of a single sample it is told beside the step, and is another one there.
    """
    if not evidence.sharpest or evidence.curvatures is None:
        return None
    product = (evidence.rate * evidence.scheduled if used is None else used) * evidence.sharpest
    single = len(evidence.curvatures) > 1
    return say("sample_limit" if single else "training_set_limit", rate_x_curvature=product)


def ask(guess: float) -> Advice:
    """The question whether another rate does better, and the one to try first."""
    return Advice(asks_rate=True, guess=guess)


def decayed(evidence: Evidence) -> bool:
    """Whether the schedule has all but used up the rate too early: one that falls until the end is as it is meant."""
    return evidence.rate_left < DECAYED and evidence.rate_left_midway < DECAYED_MIDWAY


def let_rate_fall_slower(evidence: Evidence, known: dict[str, Fact]) -> Advice:
    """Advice where the schedule has used up the rate; the facts `known` get its evidence."""
    known["rate_left"] = evidence.rate_left
    return Advice(say("let_rate_fall_slower", rate_left=evidence.rate_left))


def better_model(evidence: Evidence, noisy: bool, known: dict[str, Fact]) -> Advice:
    """Advice for a loss that stays above what is wanted."""
    if decayed(evidence):
        return let_rate_fall_slower(evidence, known)
    if evidence.unscaled:
        return Advice(say("scale"))
    if noisy:
        return ask(lower_rate(evidence, rounded_down(evidence.rate / 2)))
    return Advice(further(evidence), asks_rate=True, instead=further(evidence))


def further(evidence: Evidence) -> Message:
    """What it takes to get below a loss that no rate lowers."""
    alike = evidence.bounds.neighbours
    loss = evidence.fall.now if evidence.tells_classes else last_loss(evidence)
    if alike is not None and loss <= alike <= NO_WORSE * (evidence.chance_loss or 0.0):
        return say("neighbours_differ_as_much", loss=alike)
    return bend_further(evidence)


def bend_further(evidence: Evidence) -> Message:
    """What lets a model bend further."""
    before = evidence.before
    if before.bends or not before.samples:
        return say("better_model")
    return say("bending_activation" if before.hidden else "hidden_layer")


def too_slow(evidence: Evidence, said: Message, known: dict[str, Fact], factor: float) -> Finding:
    """A run that would need a rate higher by about `factor`; `said` is how that shows."""
    if decayed(evidence):
        advice = let_rate_fall_slower(evidence, known)
    else:
        rate = higher_rate(evidence, float(f"{evidence.rate * factor:.3g}"))
        advice = ask(rate) if rate else Advice(say("scale_as_rates_have_no_room"))
    message = say("too_slow", said=said, limit=limit(evidence))
    return Finding(VerdictCode.TOO_SLOW, message, known, advice)


def unsteady(evidence: Evidence, known: dict[str, Fact]) -> Finding:
    """A run whose losses jump or climb."""
    recent = evidence.epoch_losses[(len(evidence.epoch_losses) - 1) // 2 :]
    lowest, highest = float(recent.min()), float(recent.max())
    known |= {"noise": evidence.fall.noise, "typical_rise": evidence.jumps}
    known |= {"lowest_of_late": lowest, "highest_of_late": highest}
    only_jumps = evidence.jumps > WILD or not has_climbed(evidence.epoch_losses)
    message = say("loss_jumps" if only_jumps else "loss_climbs_and_jumps", lowest=lowest, highest=highest)
    advice = ask(lower_rate(evidence, rounded_down(evidence.rate / 3)))
    return Finding(VerdictCode.OSCILLATING, message, known, advice)
