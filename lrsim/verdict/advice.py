"""What a verdict consists of, and the pieces that its sentences share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrsim.common.numbers import short
from lrsim.verdict.evidence import Evidence

Fact = float | int | str

SCALE = 'Scale the features (data.scale = "standard").'
DISAGREEMENT = 1e-3
"""Share of the loss of guessing that no parameters can mend, from which on samples are said to disagree."""
LOSS_ABOVE_LEAST = 0.02
"""Share by which an advised rate may keep the loss above the least that the model has."""
DECAYED = 0.1
"""A rate of which the schedule has left less than this share is all but used up."""


@dataclass(frozen=True)
class Verdict:
    """A judgement: `text` is the whole sentence and ends with `advice`; `tone` is good, warn, bad or neutral."""

    code: str
    text: str
    evidence: Mapping[str, Fact] = field(default_factory=dict)
    advice: str = ""
    tone: str = "neutral"
    suggested_rate: float | None = None


def rounded_down(value: float) -> float:
    """To one significant digit."""
    power = math.floor(math.log10(value))
    return float(f"{int(value / 10.0**power + 1e-9)}e{power}")


def lower_rate(evidence: Evidence, otherwise: float) -> float:
    """A rate that suits the sharpest sample; `otherwise` where no curvature is known or the rate is below that."""
    if not evidence.sharpest:
        return otherwise
    return min(rounded_down(1 / evidence.sharpest), otherwise)


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


def limit(evidence: Evidence) -> str:
    """The evidence of the curvature, in brackets, with the space before it."""
    if not evidence.sharpest:
        return ""
    return f" (rate x curvature = {short(evidence.rate * evidence.sharpest)}, limit 2)"


def facts(evidence: Evidence, **more: Fact) -> dict[str, Fact]:
    """What every verdict rests on, and more."""
    found: dict[str, Fact] = {"step": evidence.steps, "rate": evidence.rate, **more}
    if evidence.sharpest:
        found["rate_x_curvature"] = evidence.rate * evidence.sharpest
    return found


def try_rate(rate: float) -> str:
    """Advice to take another rate."""
    return f"Try {short(rate)}."


def try_lower(evidence: Evidence, rate: float) -> str:
    """The same where steps are too long; features in large units come first, as they are why."""
    if evidence.unscaled:
        return f"{SCALE[:-1]}; as they are, try {short(rate)}."
    return try_rate(rate)


def decayed(evidence: Evidence) -> bool:
    """Whether the schedule has all but used up the rate."""
    return evidence.rate_left < DECAYED


def let_rate_fall_slower(evidence: Evidence, known: dict[str, Fact]) -> str:
    """Advice where the schedule has used up the rate, and its evidence."""
    known["rate_left"] = evidence.rate_left
    return f"Let the rate fall more slowly: {short(100 * evidence.rate_left)} % of it is left."


def better_model(evidence: Evidence, noisy: bool, known: dict[str, Fact]) -> tuple[str, float | None]:
    """Advice for a loss that stays above what is wanted, and the rate in it."""
    if decayed(evidence):
        return let_rate_fall_slower(evidence, known), None
    if evidence.unscaled:
        return SCALE, None
    if noisy:
        rate = lower_rate(evidence, rounded_down(evidence.rate / 2))
        return f"Lower the rate, as its steps keep the loss up: try {short(rate)}.", rate
    return "Try a model that can bend further or more features, a lower rate won't help.", None


def too_slow(evidence: Evidence, said: str, known: dict[str, Fact], factor: float) -> Verdict:
    """The verdict on a run that would need a rate higher by about `factor`."""
    rate: float | None = None
    if decayed(evidence):
        advice = let_rate_fall_slower(evidence, known)
    else:
        rate = higher_rate(evidence, float(f"{evidence.rate * factor:.3g}"))
        advice = try_rate(rate) if rate else "Scale the inputs, a higher rate has no room."
    return Verdict("too_slow", f"Too slow: {said}{limit(evidence)}. {advice}", known, advice, "warn", rate)
