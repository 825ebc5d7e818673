"""From recent rows of a run to one sentence: what happens, how that shows, and what to try.

`lrsim.evidence` measures; here stands what is made of it, and the words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrsim.evidence import (
    Evidence,
    Trend,
    alternates,
    finite_end,
    recent_epochs,
    stands_still,
    start_error,
    steps_a_flip,
    trend_of,
)
from lrsim.numbers import short

__all__ = ["Evidence", "Verdict", "judge"]

Fact = float | int | str

GOOD_SHARE = 1e-3
"""An error this small a share of the first epoch's counts as fitted."""
NEAR_TARGET = 10.0
"""A mean error within this factor of the target error counts as fitted, as the target looks at single steps."""
SLOW_HALF_LIFE = 30
"""Epochs in which the error halves, beyond which training is called slow."""
HOPELESS_HALF_LIFE = 1e7
"""Epochs beyond which an error that falls is as good as stuck."""
SLOW_STEPS = 150
"""Steps in which the error halves, up to which training is not called slow however short the epochs."""


@dataclass(frozen=True)
class Verdict:
    """A judgement: `text` is the whole sentence and ends with `advice`; `tone` is good, warn, bad or neutral."""

    code: str
    text: str
    evidence: Mapping[str, Fact] = field(default_factory=dict)
    advice: str = ""
    tone: str = "neutral"
    suggested_rate: float | None = None


def judge(evidence: Evidence) -> Verdict:
    """The verdict on a run as far as it got; pure, and quick enough for every frame."""
    with np.errstate(all="ignore"):  # errors near the largest float overflow in a mean
        return _judge(evidence)


def _judge(evidence: Evidence) -> Verdict:
    if evidence.steps == 0:
        return Verdict("not_trained", "Not trained yet.")
    if evidence.diverged_at is not None or not finite_end(evidence):
        return _diverged(evidence)
    epochs = recent_epochs(evidence)
    if len(epochs.errors) < 2:
        return _first_impression(evidence)
    trend = trend_of(epochs)
    if trend.growing:
        return _swings_grow(evidence, trend)
    fitted = trend.now <= max(NEAR_TARGET * evidence.target_error, GOOD_SHARE * start_error(evidence))
    done = trend.settled or evidence.finished == "target_error" or not 0 < trend.half_life <= _slow_from(evidence)
    if fitted and done:
        return _converged(evidence, trend)
    if alternates(evidence, epochs):
        return _swings_stay(evidence, trend)
    if (trend.settled and not _crawls(evidence, trend)) or trend.half_life < 0:
        return _settled(evidence, trend)
    return _falling(evidence, trend)


# --- what is said about it


def _rounded_down(value: float) -> float:
    """To one significant digit."""
    power = math.floor(math.log10(value))
    return float(f"{int(value / 10.0**power + 1e-9)}e{power}")


def _lower_rate(evidence: Evidence, otherwise: float) -> float:
    """A rate that suits the sharpest sample; `otherwise` where no curvature is known or the rate is below that."""
    if not evidence.sharpest:
        return otherwise
    return min(_rounded_down(1 / evidence.sharpest), otherwise)


def _higher_rate(evidence: Evidence, otherwise: float) -> float | None:
    """A rate that suits the sharpest sample, `otherwise` where no curvature is known; None where there is no room."""
    if not evidence.sharpest:
        return otherwise
    safe = _rounded_down(1 / evidence.sharpest)
    return safe if safe > evidence.rate else None


def _limit(evidence: Evidence) -> str:
    """The evidence of the curvature, in brackets, with the space before it."""
    if not evidence.sharpest:
        return ""
    return f" (rate x curvature = {short(evidence.rate * evidence.sharpest)}, limit 2)"


def _facts(evidence: Evidence, **more: Fact) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"step": evidence.steps, "rate": evidence.rate, **more}
    if evidence.sharpest:
        facts["rate_x_curvature"] = evidence.rate * evidence.sharpest
    return facts


def _try(rate: float) -> str:
    return f"Try {short(rate)}."


def _diverged(evidence: Evidence) -> Verdict:
    rate = _lower_rate(evidence, evidence.rate / 10)
    step = evidence.diverged_at or evidence.steps
    what = evidence.not_finite or "loss"
    text = f"Diverged: {'the loss' if what == 'loss' else what} is not finite from step {step} on{_limit(evidence)}."
    facts = _facts(evidence, diverged_at=step, not_finite=what)
    return Verdict("diverged", f"{text} {_try(rate)}", facts, _try(rate), "bad", rate)


def _first_impression(evidence: Evidence) -> Verdict:
    """Before two epochs are done no sample has been seen twice; curvature and sheer size have to do."""
    errors = evidence.errors
    grown = len(errors) > 1 and errors[-1] > 20 * np.median(errors[:-1]) > 0
    reach = None if evidence.sharpest is None else evidence.rate * evidence.sharpest
    if grown or (reach is not None and reach > 2):
        rate = _lower_rate(evidence, evidence.rate / 10)
        seen = "steps on the sharpest sample overshoot"
        if grown:
            seen = f"the error has reached {short(float(errors.max()))}"
        facts = _facts(evidence, error=float(errors[-1]))
        return Verdict("oscillating", f"Oscillating: {seen}{_limit(evidence)}. {_try(rate)}", facts, _try(rate),
                       "bad" if grown else "warn", rate)  # fmt: skip
    if evidence.curvatures is not None:
        pace = evidence.rate * float(np.sum(np.abs(evidence.curvatures)))
        if pace * _slow_from(evidence) < math.log(2):
            said = f"an epoch removes about {short(100 * pace)} % of the error"
            return _too_slow(evidence, said, _facts(evidence, share_removed_an_epoch=pace), 10)
    done = f"{evidence.steps} step{'s' if evidence.steps != 1 else ''}"
    return Verdict("converging", f"Converging so far: no sign of trouble in {done}.", _facts(evidence), "", "neutral")


def _swings_grow(evidence: Evidence, trend: Trend) -> Verdict:
    rate = _lower_rate(evidence, evidence.rate / 10)
    facts = _facts(evidence, growth_an_epoch=trend.growth, error=trend.now)
    per_flip = steps_a_flip(evidence)
    if per_flip is not None:
        facts["steps_a_flip"] = per_flip
        flips = f"the weight flips sign every {short(round(per_flip, 1))} steps and "
    else:
        flips = ""
    text = f"Oscillating: {flips}the error grows {short(trend.growth)}x an epoch{_limit(evidence)}."
    return Verdict("oscillating", f"{text} {_try(rate)}", facts, _try(rate), "bad", rate)


def _swings_stay(evidence: Evidence, trend: Trend) -> Verdict:
    rate = _lower_rate(evidence, evidence.rate / 2)
    every = "step" if evidence.steps_per_epoch == 1 else "epoch"
    text = f"Oscillating: every {every} undoes the last, the error stays at {short(trend.now)}{_limit(evidence)}."
    facts = _facts(evidence, error=trend.now)
    return Verdict("oscillating", f"{text} {_try(rate)}", facts, _try(rate), "warn", rate)


def _converged(evidence: Evidence, trend: Trend) -> Verdict:
    share = trend.now / start_error(evidence) if start_error(evidence) else 0.0
    text = f"Converged: the mean error of an epoch is {short(trend.now)}, {short(100 * share)} % of the first one's."
    return Verdict("converged", text, _facts(evidence, error=trend.now, share_of_start=share), "", "good")


def _settled(evidence: Evidence, trend: Trend) -> Verdict:
    start, best = start_error(evidence), float(np.min(evidence.epoch_errors, initial=trend.now))
    facts = _facts(evidence, error=trend.now)
    if best > 0.95 * start and evidence.contradiction is None:
        advice = "Try another start or a rate ten times lower."
        text = f"Stuck: the mean error of an epoch stays at {short(trend.now)}, no better than at the start."
        return Verdict("stuck", f"{text} {advice}", facts, advice, "bad", evidence.rate / 10)
    if stands_still(evidence):
        text = f"Converged: the parameters no longer move; an error of {short(trend.now)} is the least this model has."
        return Verdict("converged", text, facts, "", "good")
    return _plateaued(evidence, trend, facts)


def _crawls(evidence: Evidence, trend: Trend) -> bool:
    """Whether the error has fallen as steadily as it still does, however slowly, and not flattened out."""
    if trend.noisy or not 0 < trend.half_life < HOPELESS_HALF_LIFE:
        return False
    halvings_so_far = math.log2(max(start_error(evidence) / trend.now, 1.0)) if trend.now else math.inf
    return halvings_so_far < 3 * evidence.epochs / trend.half_life


def _plateaued(evidence: Evidence, trend: Trend, facts: dict[str, Fact]) -> Verdict:
    text = f"Plateaued: the mean error of an epoch stays at {short(trend.now)}"
    if evidence.finished == "target_error":
        text += f", the target {short(evidence.target_error)} was met on {_last_sample(evidence, facts)} alone"
    elif trend.noise > 0.01 * trend.now:
        facts["noise"] = trend.noise
        text += f", give or take {short(trend.noise)}"
    if evidence.contradiction is not None:
        facts["contradicting_sample"] = evidence.contradiction
        text += f"; sample {evidence.contradiction} contradicts the others, so no rate mends it"
        advice, rate = f"Correct or leave out sample {evidence.contradiction}.", None
    else:
        rate = _lower_rate(evidence, evidence.rate / 2)
        advice = f"Try {short(rate)}, or a model that can bend further."
    return Verdict("plateaued", f"{text}. {advice}", facts, advice, "warn", rate)


def _falling(evidence: Evidence, trend: Trend) -> Verdict:
    facts = _facts(evidence, error=trend.now, half_life_epochs=trend.half_life)
    pace = f"the mean error of an epoch is {short(trend.now)} and halves every {short(trend.half_life)} epochs"
    if trend.half_life <= _slow_from(evidence):
        return Verdict("converging", f"Converging: {pace}.", facts, "", "good")
    if evidence.finished == "target_error":
        pace += f", though the target {short(evidence.target_error)} was met on {_last_sample(evidence, facts)}"
    return _too_slow(evidence, pace, facts, 10 if trend.half_life > 10 * SLOW_HALF_LIFE else 2)


def _slow_from(evidence: Evidence) -> float:
    """The half-life, in epochs, beyond which this run is slow."""
    return max(SLOW_HALF_LIFE, SLOW_STEPS / evidence.steps_per_epoch)


def _too_slow(evidence: Evidence, said: str, facts: dict[str, Fact], factor: float) -> Verdict:
    rate = _higher_rate(evidence, evidence.rate * factor)
    advice = _try(rate) if rate else "Scale the inputs, a higher rate has no room."
    return Verdict("too_slow", f"Too slow: {said}{_limit(evidence)}. {advice}", facts, advice, "warn", rate)


def _last_sample(evidence: Evidence, facts: dict[str, Fact]) -> str:
    """The sample of the last step in words, noted among the facts where it is known."""
    if not evidence.sample_by_sample:
        return "one step"
    sample = (evidence.steps - 1) % evidence.steps_per_epoch + 1
    facts["reached_on_sample"] = sample
    return f"sample {sample}"
