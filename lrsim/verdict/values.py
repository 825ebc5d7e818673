"""From recent rows of a run to one sentence: what happens, how that shows, and what to try.

`lrsim.evidence` measures; here stands what is made of it, and the words.
"""

from __future__ import annotations

import math

import numpy as np

from lrsim.common.numbers import short
from lrsim.verdict.advice import (
    Fact,
    Verdict,
    better_model,
    facts,
    limit,
    lower_rate,
    too_slow,
    try_lower,
    try_rate,  # fmt: skip
)
from lrsim.verdict.classes import judge_classes
from lrsim.verdict.evidence import (
    SLOW_HALF_LIFE,
    Epochs,
    Evidence,
    Trend,
    alternates,
    finite_end,
    recent_epochs,
    slow_from,
    stands_still,
    start_error,
    steps_a_flip,
    trend_of,
)
from lrsim.verdict.measures import fall_of
from lrsim.verdict.overfitting import judge_overfitting

__all__ = ["Evidence", "Verdict", "judge"]

GOOD_SHARE = 1e-3
"""An error this small a share of the first epoch's counts as fitted."""
NEAR_TARGET = 10.0
"""A mean error within this factor of the target error counts as fitted, as the target looks at single steps."""
HOPELESS_HALF_LIFE = 1e7
"""Epochs beyond which an error that falls is as good as stuck."""
NEAR_LEAST = 1.05
"""A loss within this factor of the least that the model can have counts as fitted."""
BEYOND_CHANCE = 1e6
"""A loss this many times that of guessing has left all reason, though it is finite."""
BLOWN_UP = 1e3
"""The same at the end of a run, where the loss is no lower than it began."""
EXPLAINED = 0.002
"""A loss of this share of that of guessing that hardly falls any more counts as fitted."""
FEWEST_EPOCHS = 12
"""Epochs that it takes to tell a slow fall from noise."""


def judge(evidence: Evidence) -> Verdict:
    """The verdict on a run as far as it got; pure, and quick enough for every frame."""
    with np.errstate(all="ignore"):  # errors near the largest float overflow in a mean
        return _judge(evidence)


def _judge(evidence: Evidence) -> Verdict:
    if evidence.steps == 0:
        return Verdict("not_trained", "Not trained yet.")
    if evidence.diverged_at is not None or not finite_end(evidence):
        return _diverged(evidence)
    if _has_blown_up(evidence):
        return _diverged_though_finite(evidence)
    epochs = recent_epochs(evidence)
    if len(epochs.errors) < 2:
        return _first_impression(evidence)
    if evidence.accuracies is not None and len(evidence.accuracies) >= 2:
        return judge_classes(evidence)
    overfits = judge_overfitting(evidence)
    if overfits is not None:
        return overfits
    trend = trend_of(epochs)
    if trend.growing:
        return _swings_grow(evidence, trend)
    fitted = trend.now <= max(NEAR_TARGET * evidence.target_error, GOOD_SHARE * start_error(evidence))
    done = trend.settled or evidence.finished == "target_error" or not 0 < trend.half_life <= slow_from(evidence)
    if fitted and done:
        return _converged(evidence, trend)
    if _is_least(evidence):
        return _converged_to_least(evidence)
    if done and _is_little(evidence):
        return _converged_to_little(evidence)
    if alternates(evidence, epochs):
        return _swings_stay(evidence, trend)
    if (trend.settled and not _crawls(evidence, trend)) or trend.half_life < 0 or _wanders(evidence, epochs, trend):
        return _settled(evidence, trend)
    return _falling(evidence, trend)


# --- what is said about it


def _diverged(evidence: Evidence) -> Verdict:
    rate = lower_rate(evidence, evidence.rate / 10)
    step = evidence.diverged_at or evidence.steps
    what = evidence.not_finite or "loss"
    text = f"Diverged: {'the loss' if what == 'loss' else what} is not finite from step {step} on{limit(evidence)}."
    known, advice = facts(evidence, diverged_at=step, not_finite=what), try_lower(evidence, rate)
    return Verdict("diverged", f"{text} {advice}", known, advice, "bad", rate)


def _last_loss(evidence: Evidence) -> float:
    """Mean loss over as many of the last steps as an epoch has."""
    return float(np.mean(evidence.losses[-evidence.steps_per_epoch :]))


def _is_least(evidence: Evidence) -> bool:
    return evidence.least_loss is not None and 0 < _last_loss(evidence) <= NEAR_LEAST * evidence.least_loss


def _could_be_lower(evidence: Evidence) -> bool:
    """Whether the loss stays above the least that the model is known to have."""
    return evidence.least_loss is not None and _last_loss(evidence) > NEAR_LEAST * evidence.least_loss


def _converged_to_least(evidence: Evidence) -> Verdict:
    loss, least = _last_loss(evidence), evidence.least_loss or 0.0
    text = f"Converged: the mean loss of an epoch is {short(loss)}, and {short(least)} is the least this model has."
    return Verdict("converged", text, facts(evidence, loss=loss, least_loss=least), "", "good")


def _is_little(evidence: Evidence) -> bool:
    return evidence.contradiction is None and _last_loss(evidence) <= EXPLAINED * (evidence.chance_loss or 0.0)


def _converged_to_little(evidence: Evidence) -> Verdict:
    loss, chance = _last_loss(evidence), evidence.chance_loss or math.inf
    text = f"Converged: the mean loss of an epoch is {short(loss)}, {short(100 * loss / chance)} % of that of guessing."
    return Verdict("converged", text, facts(evidence, loss=loss, chance_loss=chance), "", "good")


def _wanders(evidence: Evidence, epochs: Epochs, trend: Trend) -> bool:
    """Whether a slow fall is nothing but noise when looked at over more epochs."""
    if trend.half_life <= slow_from(evidence) or len(epochs.errors) < FEWEST_EPOCHS:
        return False
    return not fall_of(epochs.errors, epochs.spacing * np.arange(len(epochs.errors), dtype=np.float64)).falling


def _has_blown_up(evidence: Evidence) -> bool:
    """Whether the loss is out of all proportion for good: held by a limit on its gradient, or at the run's end."""
    if not evidence.chance_loss:
        return False
    times = _last_loss(evidence) / evidence.chance_loss
    if evidence.gradient_limit:
        return times > BEYOND_CHANCE
    if evidence.finished not in ("epochs", "early_stopping") or evidence.epoch_losses is None:
        return False
    return times > BLOWN_UP and evidence.epoch_losses[-1] > evidence.epoch_losses[0]


def _diverged_though_finite(evidence: Evidence) -> Verdict:
    loss, chance = _last_loss(evidence), evidence.chance_loss or 0.0
    rate = lower_rate(evidence, evidence.rate / 10)
    known, advice = facts(evidence, loss=loss, chance_loss=chance), try_lower(evidence, rate)
    held = "only the limit on its gradient keeps it finite" if evidence.gradient_limit else (
        f"{short(loss / chance)} times that of guessing")  # fmt: skip
    text = f"Diverged: the loss is {short(loss)}, {held}{limit(evidence)}."
    return Verdict("diverged", f"{text} {advice}", known, advice, "bad", rate)


def _first_impression(evidence: Evidence) -> Verdict:
    """Before two epochs are done no sample has been seen twice; curvature and sheer size have to do."""
    errors = evidence.errors
    grown = len(errors) > 1 and errors[-1] > 20 * np.median(errors[:-1]) > 0
    reach = None if evidence.sharpest is None else evidence.rate * evidence.sharpest
    if grown or (reach is not None and reach > 2):
        rate = lower_rate(evidence, evidence.rate / 10)
        seen = "steps on the sharpest sample overshoot"
        if grown:
            seen = f"the error has reached {short(float(errors.max()))}"
        known = facts(evidence, error=float(errors[-1]))
        return Verdict("oscillating", f"Oscillating: {seen}{limit(evidence)}. {try_rate(rate)}", known, try_rate(rate),
                       "bad" if grown else "warn", rate)  # fmt: skip
    if evidence.curvatures is not None:
        pace = evidence.rate * float(np.sum(np.abs(evidence.curvatures)))
        if pace * slow_from(evidence) < math.log(2):
            said = f"an epoch removes about {short(100 * pace)} % of the error"
            return too_slow(evidence, said, facts(evidence, share_removed_an_epoch=pace), 10)
    done = f"{evidence.steps} step{'s' if evidence.steps != 1 else ''}"
    return Verdict("converging", f"Converging so far: no sign of trouble in {done}.", facts(evidence), "", "neutral")


def _swings_grow(evidence: Evidence, trend: Trend) -> Verdict:
    rate = lower_rate(evidence, evidence.rate / 10)
    known = facts(evidence, growth_an_epoch=trend.growth, error=trend.now)
    per_flip = steps_a_flip(evidence)
    if per_flip is not None:
        known["steps_a_flip"] = per_flip
        flips = f"the weight flips sign every {short(round(per_flip, 1))} steps and "
    else:
        flips = ""
    text = f"Oscillating: {flips}the error grows {short(trend.growth)}x an epoch{limit(evidence)}."
    return Verdict("oscillating", f"{text} {try_rate(rate)}", known, try_rate(rate), "bad", rate)


def _swings_stay(evidence: Evidence, trend: Trend) -> Verdict:
    rate = lower_rate(evidence, evidence.rate / 2)
    every = "step" if evidence.steps_per_epoch == 1 else "epoch"
    text = f"Oscillating: every {every} undoes the last, the error stays at {short(trend.now)}{limit(evidence)}."
    known = facts(evidence, error=trend.now)
    return Verdict("oscillating", f"{text} {try_rate(rate)}", known, try_rate(rate), "warn", rate)


def _converged(evidence: Evidence, trend: Trend) -> Verdict:
    share = trend.now / start_error(evidence) if start_error(evidence) else 0.0
    text = f"Converged: the mean error of an epoch is {short(trend.now)}, {short(100 * share)} % of the first one's."
    return Verdict("converged", text, facts(evidence, error=trend.now, share_of_start=share), "", "good")


def _settled(evidence: Evidence, trend: Trend) -> Verdict:
    start, best = start_error(evidence), float(np.min(evidence.epoch_errors, initial=trend.now))
    known = facts(evidence, error=trend.now)
    guesses = evidence.chance_loss is None or _last_loss(evidence) > 0.9 * evidence.chance_loss
    if best > 0.95 * start and guesses and evidence.contradiction is None:
        advice = "Try another start or a rate ten times lower."
        text = f"Stuck: the mean error of an epoch stays at {short(trend.now)}, no better than at the start."
        return Verdict("stuck", f"{text} {advice}", known, advice, "bad", evidence.rate / 10)
    if stands_still(evidence):
        text = f"Converged: the parameters no longer move; an error of {short(trend.now)} is the least this model has."
        return Verdict("converged", text, known, "", "good")
    return _plateaued(evidence, trend, known)


def _crawls(evidence: Evidence, trend: Trend) -> bool:
    """Whether the error has fallen as steadily as it still does, however slowly, and not flattened out."""
    if trend.noisy or not 0 < trend.half_life < HOPELESS_HALF_LIFE:
        return False
    halvings_so_far = math.log2(max(start_error(evidence) / trend.now, 1.0)) if trend.now else math.inf
    return halvings_so_far < 3 * evidence.epochs / trend.half_life


def _plateaued(evidence: Evidence, trend: Trend, known: dict[str, Fact]) -> Verdict:
    text = f"Plateaued: the mean error of an epoch stays at {short(trend.now)}"
    if evidence.finished == "target_error":
        text += f", the target {short(evidence.target_error)} was met on {_last_sample(evidence, known)} alone"
    elif trend.noise > 0.01 * trend.now:
        known["noise"] = trend.noise
        text += f", give or take {short(trend.noise)}"
    if evidence.contradiction is not None:
        known["contradicting_sample"] = evidence.contradiction
        text += f"; sample {evidence.contradiction} contradicts the others, so no rate mends it"
        advice, rate = f"Correct or leave out sample {evidence.contradiction}.", None
    else:
        if evidence.least_loss is not None:
            known["least_loss"] = evidence.least_loss
            text += f"; the loss is {short(_last_loss(evidence))}, where {short(evidence.least_loss)} is possible"
        advice, rate = better_model(evidence, trend.noise > 0.01 * trend.now or _could_be_lower(evidence), known)
    return Verdict("plateaued", f"{text}. {advice}", known, advice, "warn", rate)


def _falling(evidence: Evidence, trend: Trend) -> Verdict:
    known = facts(evidence, error=trend.now, half_life_epochs=trend.half_life)
    pace = f"the mean error of an epoch is {short(trend.now)} and halves every {short(trend.half_life)} epochs"
    if trend.half_life <= slow_from(evidence):
        return Verdict("converging", f"Converging: {pace}.", known, "", "good")
    if evidence.finished == "target_error":
        pace += f", though the target {short(evidence.target_error)} was met on {_last_sample(evidence, known)}"
    return too_slow(evidence, pace, known, 10 if trend.half_life > 10 * SLOW_HALF_LIFE else 2)


def _last_sample(evidence: Evidence, known: dict[str, Fact]) -> str:
    """The sample of the last step in words, noted among the facts where it is known."""
    if not evidence.sample_by_sample:
        return "one step"
    sample = (evidence.steps - 1) % evidence.steps_per_epoch + 1
    known["reached_on_sample"] = sample
    return f"sample {sample}"
