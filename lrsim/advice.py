"""What a verdict consists of, and the pieces that its sentences share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lrsim.evidence import Evidence
from lrsim.numbers import short

Fact = float | int | str


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
    """A rate that suits the sharpest sample, `otherwise` where no curvature is known; None where there is no room."""
    if not evidence.sharpest:
        return otherwise
    safe = rounded_down(1 / evidence.sharpest)
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
        return f'Scale the features (data.scale = "standard"); as they are, try {short(rate)}.'
    return try_rate(rate)


def too_slow(evidence: Evidence, said: str, known: Mapping[str, Fact], factor: float) -> Verdict:
    """The verdict on a run that would need a rate higher by about `factor`."""
    rate = higher_rate(evidence, float(f"{evidence.rate * factor:.3g}"))
    advice = try_rate(rate) if rate else "Scale the inputs, a higher rate has no room."
    return Verdict("too_slow", f"Too slow: {said}{limit(evidence)}. {advice}", known, advice, "warn", rate)
