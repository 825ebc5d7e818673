"""Rules for any run, and those for models that give values, which are judged by their errors.

Their order is that of `rules.RULES`; from `swings_grow` on they count on what those before have left over.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lrsim.verdict.advice import (
    ask,
    better_model,
    decayed,
    facts,
    limit,
    lower_rate,
    too_slow,
    unsteady,
)
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import (
    SLOW_HALF_LIFE,
    STILL_FALLS,
    Evidence,
    alternates,
    finite_end,
    last_loss,
    slow_from,
    stands_still,
    start_error,
    steps_a_flip,
    undoes_itself,
)
from lrsim.verdict.finding import Advice, Fact, Finding, Message, say
from lrsim.verdict.measures import CALM, LEAST_FALL, fall_of
from lrsim.verdict.patience import forgets_held_out, is_early, is_in_time, too_early
from lrsim.verdict.trend import Trend

GOOD_SHARE = 1e-3
"""An error this small a share of the first epoch's counts as fitted."""
NEAR_TARGET = 10.0
"""A mean error within this factor of the target error counts as fitted, as the target looks at single steps."""
HOPELESS_HALF_LIFE = 1e7
"""Epochs beyond which an error that falls is as good as stuck."""
NEAR_LEAST = 1.05
"""A loss within this factor of the least that the model can have counts as fitted."""
LEAVES_LEAST = 1.2
"""One that was as near in one of the last few epochs has to stand above this factor to count as fitted no more."""
BEYOND_CHANCE = 1e6
"""A loss this many times that of guessing has left all reason, though it is finite."""
BLOWN_UP = 1e3
"""The same at the end of a run, where the loss is no lower than it began."""
EXPLAINED = 0.002
"""A loss of this share of that of guessing that hardly falls any more counts as fitted."""
MOSTLY_EXPLAINED = 0.005
"""The same of a loss that has flattened out."""
FLATTENED = 6.0
"""A fall this many times slower than it was on average, from guessing on, has flattened out."""
FEWEST_EPOCHS = 12
"""Epochs that it takes to tell a slow fall from noise."""
STEADY = 0.9
"""Share of the epochs in which an error falls that does so without a break."""
FAR_FROM_LEAST = 1.2
"""An error above that of a fitted line by this factor could come closer to it."""
AT_EDGE = (0.9, 1.35)
"""Rate x sharpness over its limit of a run at the edge of stability; on its way there it goes too high for a while."""
LOWER = 0.9
"""The least loss of the second half of such a run is below this share of that of the first."""
FEWEST_HALVED = 24
"""Epochs that each half has at least."""
NOISY = 0.01
"""Noise of this share of the error is worth a word."""
AS_AT_THE_START = 0.95
"""An error that was never below this share of the first epoch's has not moved."""
AS_GOOD_AS_GUESSING = 0.9
"""A loss above this share of that of guessing is no better."""


# --- for any run


def has_not_begun(evidence: Evidence) -> Finding | None:
    """No step was taken."""
    return Finding(None, say("not_trained")) if evidence.steps == 0 else None


def diverged(evidence: Evidence) -> Finding | None:
    """A value is not finite."""
    if evidence.diverged_at is None and finite_end(evidence):
        return None
    step = evidence.diverged_at or evidence.steps
    name = evidence.not_finite or "loss"
    known = facts(evidence, diverged_at=step, not_finite=name)
    what = say("the_loss") if name == "loss" else name
    rate = evidence.diverging_rate or evidence.rate
    scheduled = evidence.scheduled if evidence.diverging_rate is None else evidence.diverging_scheduled
    known["rate"] = rate
    if evidence.rate < rate:
        lost = np.isnan(evidence.losses[-1:]).any()
        advice = Advice(say("go_back", step=step) if lost else say("wait_for_an_epoch", rate=evidence.rate))
    else:
        advice = ask(lower_rate(evidence, rate / 10))
    message = say("diverged", what=what, step=step, limit=limit(evidence, rate * scheduled))
    return Finding(VerdictCode.DIVERGED, message, known, advice)


def has_blown_up(evidence: Evidence) -> Finding | None:
    """The loss is out of all proportion for good: held by a limit on its gradient, or at the run's end."""
    if not evidence.chance_loss:
        return None
    loss, chance = last_loss(evidence), evidence.chance_loss
    if evidence.gradient_limit:
        if not loss / chance > BEYOND_CHANCE:
            return None
        held = say("held_by_gradient_limit")
    else:
        ended = evidence.finished in ("epochs", "early_stopping") and len(evidence.epoch_losses) > 0
        if not (ended and loss / chance > BLOWN_UP and evidence.epoch_losses[-1] > evidence.epoch_losses[0]):
            return None
        held = say("times_that_of_guessing", times=loss / chance)
    known = facts(evidence, loss=loss, chance_loss=chance)
    if evidence.since or (evidence.sharpest and evidence.rate * evidence.scheduled * evidence.sharpest <= 1):
        advice = Advice(say("reset"))  # a still lower rate would only take it back more slowly
    else:
        advice = ask(lower_rate(evidence, evidence.rate / 10))
    message = say("diverged_though_finite", loss=loss, held=held, limit=limit(evidence))
    return Finding(VerdictCode.DIVERGED, message, known, advice)


def makes_a_first_impression(evidence: Evidence) -> Finding | None:
    """Before two epochs are done no sample has been seen twice; curvature and sheer size have to do."""
    if not evidence.is_young:
        return None
    errors = evidence.errors
    grown = len(errors) > 1 and errors[-1] > 20 * np.median(errors[:-1]) > 0
    reach = None if evidence.sharpest is None else evidence.rate * evidence.scheduled * evidence.sharpest
    overshoots = reach is not None and reach > 2 and not evidence.since  # which samples bend later on is not known
    if grown or overshoots:
        seen = say("error_has_reached", highest=float(errors.max())) if grown else say("steps_overshoot")
        message = say("oscillating_so_far", seen=seen, limit=limit(evidence))
        advice = ask(lower_rate(evidence, evidence.rate / 10))
        known = facts(evidence, error=float(errors[-1]))
        return Finding(VerdictCode.OSCILLATING, message, known, advice, "bad" if grown else "warn")
    if evidence.curvatures is not None:
        pace = evidence.rate * float(np.sum(np.abs(evidence.curvatures)))
        if pace * slow_from(evidence) < math.log(2):
            known = facts(evidence, share_removed_an_epoch=pace)
            return too_slow(evidence, say("share_removed_an_epoch", share=pace), known, 10)
    steps = evidence.steps - evidence.since
    several = say("last_steps" if evidence.since else "first_steps", steps=steps)
    done = say("one_step", steps=steps) if steps == 1 else several
    return Finding(VerdictCode.CONVERGING, say("converging_so_far", done=done), facts(evidence), tone="neutral")


# --- for models that give values


def swings_grow(evidence: Evidence) -> Finding | None:
    """The error grows from epoch to epoch."""
    trend = evidence.trend
    if not trend.growing or math.isfinite(evidence.peaks_half_life):
        return None
    known = facts(evidence, growth_an_epoch=trend.growth, error=trend.now)
    per_flip, flips = steps_a_flip(evidence), None
    if per_flip is not None:
        known["steps_a_flip"] = per_flip
        flips = say("weight_flips", steps=round(per_flip, 1))
    message = say("error_grows", flips=flips, growth=trend.growth, limit=limit(evidence))
    advice = ask(lower_rate(evidence, evidence.rate / 10))
    return Finding(VerdictCode.OSCILLATING, message, known, advice)


def fits(evidence: Evidence) -> Finding | None:
    """The error is small, and falls no further or at ease."""
    error, start = evidence.trend.now, start_error(evidence)
    if not (_is_done(evidence) and error <= max(NEAR_TARGET * evidence.target_error, GOOD_SHARE * start)):
        return None
    share = error / start if start else 0.0
    known = facts(evidence, error=error, share_of_start=share)
    return Finding(VerdictCode.CONVERGED, say("converged", error=error, share=share), known)


def reaches_the_least(evidence: Evidence) -> Finding | None:
    """The loss is the least that the model can have."""
    loss, least = last_loss(evidence), evidence.least_loss
    if least is None or not 0 < loss <= LEAVES_LEAST * least:
        return None
    if float(np.min(evidence.epoch_losses[-FEWEST_EPOCHS:], initial=loss)) > NEAR_LEAST * least:
        return None
    known = facts(evidence, loss=loss, least_loss=least)
    return Finding(VerdictCode.CONVERGED, say("converged_to_least", loss=loss, least=least), known)


def leaves_little(evidence: Evidence) -> Finding | None:
    """The loss hardly falls any more and is next to nothing, held against that of guessing."""
    loss, chance = last_loss(evidence), evidence.chance_loss or 0.0
    most = (MOSTLY_EXPLAINED if _has_flattened(evidence) else EXPLAINED) * chance
    if not (_is_done(evidence) and evidence.contradiction is None and loss <= most):
        return None
    known = facts(evidence, loss=loss, chance_loss=chance or math.inf)
    message = say("converged_to_little", loss=loss, share=loss / (chance or math.inf))
    return Finding(VerdictCode.CONVERGED, message, known)


def rings_down(evidence: Evidence) -> Finding | None:
    """The loss swings as momentum carries it past its least, and its peaks fall; of any model."""
    half_life = evidence.peaks_half_life
    swings = evidence.jumps > CALM or evidence.trend.growing or alternates(evidence)
    if not (math.isfinite(half_life) and swings):
        return None
    known = facts(evidence, loss=last_loss(evidence), half_life_epochs=half_life, momentum=evidence.before.momentum)
    said = say("peaks_fall", half_life=half_life)
    return Finding(VerdictCode.CONVERGING, say("converging", said=said), known)


def at_the_edge(evidence: Evidence) -> Finding | None:
    """The loss goes up and down, and comes lower all the same: rate x sharpness stands at its limit."""
    unrest = evidence.still_jumps or evidence.trend.growing or undoes_itself(evidence)
    rings_down = math.isfinite(evidence.peaks_half_life)
    if rings_down or not (unrest and evidence.steps_per_epoch == 1 and _comes_lower(evidence)):
        return None
    edge = evidence.edge
    if edge is None or not AT_EDGE[0] <= edge.product / edge.limit <= AT_EDGE[1]:
        return None
    rises, steps = float(np.mean(np.diff(evidence.losses) > 0)), len(evidence.losses)
    known = facts(evidence, rate_times_sharpness=edge.product, limit=edge.limit, share_of_rises=rises)
    message = say("at_the_edge", product=edge.product, limit=edge.limit, rises=rises, steps=steps)
    return Finding(VerdictCode.OSCILLATING, message, known, ask(lower_rate(evidence, evidence.rate / 2)), "warn")


def _comes_lower(evidence: Evidence) -> bool:
    """Whether the least loss of the second half of the run is well below that of the first."""
    losses = evidence.epoch_losses
    half = len(losses) // 2
    if half < FEWEST_HALVED or not np.isfinite(losses).all():
        return False
    return float(np.min(losses[half:])) < LOWER * float(np.min(losses[:half]))


def jumps(evidence: Evidence) -> Finding | None:
    """The loss goes up and down wildly."""
    return unsteady(evidence, facts(evidence, error=evidence.trend.now)) if evidence.still_jumps else None


def swings_stay(evidence: Evidence) -> Finding | None:
    """Every epoch undoes the last."""
    if not undoes_itself(evidence):
        return None
    error, step_by_step = evidence.trend.now, evidence.steps_per_epoch == 1
    advice = ask(lower_rate(evidence, evidence.rate / 2))
    swings = say("steps_undo_each_other" if step_by_step else "epochs_undo_each_other", error=error,
                 limit=limit(evidence))  # fmt: skip
    return Finding(VerdictCode.OSCILLATING, swings, facts(evidence, error=error), advice, "warn")


def gets_nowhere(evidence: Evidence) -> Finding | None:
    """The error stays where it was at the start."""
    error, start = evidence.trend.now, start_error(evidence)
    lowest = float(np.min(evidence.epoch_errors, initial=error))
    guesses = evidence.chance_loss is None or last_loss(evidence) > AS_GOOD_AS_GUESSING * evidence.chance_loss
    unmoved = lowest > AS_AT_THE_START * start and evidence.contradiction is None
    if not (_stays(evidence) and unmoved and guesses) or _could_be_early(evidence):
        return None
    rate = evidence.rate / 10
    advice = ask(rate)
    return Finding(VerdictCode.STUCK, say("stuck", error=error), facts(evidence, error=error), advice)


def rests(evidence: Evidence) -> Finding | None:
    """The parameters no longer move."""
    if not (_stays(evidence) and stands_still(evidence)):
        return None
    error = evidence.trend.now
    return Finding(VerdictCode.CONVERGED, say("rest", error=error), facts(evidence, error=error))


def stays(evidence: Evidence) -> Finding | None:
    """The error stays where it is, above what is wanted."""
    if not _stays(evidence):
        return None
    trend, known = evidence.trend, facts(evidence, error=evidence.trend.now)
    if _could_be_early(evidence):
        return too_early(say("early", error=trend.now, epochs=evidence.epochs), known)
    noisy, aside = trend.noise > NOISY * trend.now, None
    if evidence.finished == "target_error":
        where = _last_sample(evidence, known)
        aside = say("target_was_met_on_it_alone", target=evidence.target_error, where=where)
    elif noisy:
        known["noise"] = trend.noise
        aside = say("give_or_take", noise=trend.noise)
    if evidence.contradiction is not None:
        known["contradicting_sample"] = evidence.contradiction
        sample, least = evidence.contradiction, evidence.least_error or 0.0
        known["least_error"] = least
        why: Message | None = say("sample_contradicts", sample=sample, least=least)
        far = trend.now > FAR_FROM_LEAST * least
        leave_out = say("leave_out_sample", sample=sample)
        advice = replace(ask(lower_rate(evidence, evidence.rate / 2)), cure=leave_out) if far else Advice(leave_out)
    else:
        why = _more_is_possible(evidence, known)
        advice = better_model(evidence, noisy or _could_be_lower(evidence), known)
    message = say("plateaued", error=trend.now, aside=aside, why=why)
    return Finding(VerdictCode.PLATEAUED, message, known, advice)


def falls(evidence: Evidence) -> Finding:
    """The error falls, slowly or not: all that is left."""
    trend = evidence.trend
    half_life = _half_life(evidence)
    known = facts(evidence, error=trend.now, half_life_epochs=half_life)
    pace = say("pace", error=trend.now, half_life=half_life)
    said = pace if math.isfinite(half_life) else say("no_pace", error=trend.now)
    if half_life <= slow_from(evidence) or _nears_the_least(evidence) or _has_time(evidence, half_life):
        return Finding(VerdictCode.CONVERGING, say("converging", said=said), known)
    if evidence.finished == "target_error":
        where = _last_sample(evidence, known)
        said = say("though_target_was_met", said=said, target=evidence.target_error, where=where)
    return too_slow(evidence, said, known, 10 if half_life > 10 * SLOW_HALF_LIFE else 2)


# --- what they look at


def _could_be_lower(evidence: Evidence) -> bool:
    """Whether the loss stays above the least that the model is known to have."""
    return evidence.least_loss is not None and last_loss(evidence) > NEAR_LEAST * evidence.least_loss


def _more_is_possible(evidence: Evidence, known: dict[str, Fact]) -> Message | None:
    """The least loss beside the one that was reached, where it is known."""
    if evidence.least_loss is None:
        return None
    known["least_loss"] = evidence.least_loss
    return say("less_is_possible", loss=last_loss(evidence), least=evidence.least_loss)


def _could_be_early(evidence: Evidence) -> bool:
    """Whether an error that lies level may yet fall: few epochs are done, of a model that can bend."""
    return is_early(evidence) and evidence.sharpest is None


def _nears_the_least(evidence: Evidence) -> bool:
    """Whether what the loss has above the least that the model can have melts away quickly."""
    if evidence.least_loss is None or decayed(evidence):
        return False
    above = evidence.epoch_losses - evidence.least_loss
    return bool((above > 0).all()) and fall_of(above, evidence.curve_epochs).half_life <= slow_from(evidence)


def _half_life(evidence: Evidence) -> float:
    """Epochs in which the error halves: by its newest values, or over the second half where these are but noise."""
    trend = evidence.trend
    if not trend.noisy and trend.half_life > 0 and not _wanders(evidence, trend):
        return trend.half_life
    return fall_of(evidence.epoch_errors, evidence.curve_epochs).half_life


def _has_time(evidence: Evidence, half_life: float) -> bool:
    """Whether the plan leaves as many epochs as it takes; of one unit it is known beforehand that it is slow."""
    trend, goal = evidence.trend, GOOD_SHARE * start_error(evidence)
    if evidence.sharpest is not None or not 0 < goal < math.inf:
        return False
    steady = bool(np.mean(np.diff(evidence.recent.errors) < 0) >= STEADY)
    to_go = half_life * math.log2(max(trend.now / goal, 1.0))
    return is_in_time(evidence, to_go, steady) or forgets_held_out(evidence)


def _is_done(evidence: Evidence) -> bool:
    """Whether training has little left to do: it ended by its target, or the error has settled or falls at ease."""
    trend = evidence.trend
    if is_early(evidence) and len(evidence.recent.errors) < FEWEST_EPOCHS and evidence.curvatures is None:
        return False  # two or three epochs look level by chance
    return trend.settled or evidence.finished == "target_error" or not 0 < trend.half_life <= slow_from(evidence)


def _stays(evidence: Evidence) -> bool:
    """Whether the error does not fall, or by nothing but noise."""
    trend = evidence.trend
    if _still_falls(evidence):
        return False
    return (trend.settled and not _crawls(evidence, trend)) or trend.half_life < 0 or _wanders(evidence, trend)


def _still_falls(evidence: Evidence) -> bool:
    """Whether the loss falls, though its newest epochs look level or are noise.

    That is that of the last quarter, or, by less, that of the second half where it has not flattened out.
    """
    if evidence.late.falling and evidence.late.share > STILL_FALLS:
        return True
    return evidence.fall.falling and evidence.fall.share > LEAST_FALL and not _has_flattened(evidence)


def _has_flattened(evidence: Evidence) -> bool:
    """Whether the loss falls far more slowly than it did on average from guessing on."""
    late, start = evidence.late, min(float(evidence.epoch_losses[0]), evidence.chance_loss or math.inf)
    halvings = math.log2(max(start / late.now, 1.0)) if late.now > 0 else math.inf
    return halvings * late.half_life > FLATTENED * evidence.epochs


def _crawls(evidence: Evidence, trend: Trend) -> bool:
    """Whether the error has fallen as steadily as it still does, however slowly, and not flattened out."""
    if trend.noisy or not 0 < trend.half_life < HOPELESS_HALF_LIFE:
        return False
    halvings_so_far = math.log2(max(start_error(evidence) / trend.now, 1.0)) if trend.now else math.inf
    return halvings_so_far < 3 * evidence.epochs / trend.half_life


def _wanders(evidence: Evidence, trend: Trend) -> bool:
    """Whether a slow fall is nothing but noise when looked at over more epochs."""
    epochs = evidence.recent
    if trend.half_life <= slow_from(evidence) or len(epochs.errors) < FEWEST_EPOCHS:
        return False
    return not fall_of(epochs.errors, epochs.spacing * np.arange(len(epochs.errors), dtype=np.float64)).falling


def _last_sample(evidence: Evidence, known: dict[str, Fact]) -> Message:
    """The sample of the last step, noted among the facts where it is known."""
    if not evidence.sample_by_sample:
        return say("a_single_step")
    sample = evidence.epoch_grid.place(evidence.steps - 1)[1] + 1
    known["reached_on_sample"] = sample
    return say("one_sample", sample=sample)
