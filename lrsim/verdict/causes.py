"""Causes that are not the rate, or not the rate alone: what a finding stems from, and its cure.

`rules` says what happens; here stands why, an ordered table of small functions like that one. A cause may put the
finding under another code where it shows it in another light.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from lrsim.verdict.advice import ask, bend_further
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence, last_loss
from lrsim.verdict.finding import Advice, Fact, Finding, Message, say
from lrsim.verdict.inside import LayerUnits

BAD = (VerdictCode.PLATEAUED, VerdictCode.TOO_SLOW, VerdictCode.OSCILLATING, VerdictCode.STUCK, VerdictCode.DIVERGED)
LEVEL = (VerdictCode.PLATEAUED, VerdictCode.STUCK, VerdictCode.TOO_SLOW)
AT_REST = ("rest", "classes_rest")
"""Messages of parameters that no longer move, wherever that is."""
RAISED = 1.5
"""A schedule that has raised the rate by this factor is why steps are long."""
HELD_OUT_SHARE = 0.1
"""Share of the held-out rows that are of classes which training lacks, from which on it is worth a word."""
BEYOND_SHARE = 0.3
"""The same of held-out targets beyond the range of those in training."""
OUT_OF_REACH = 0.05
"""Share of the targets beyond what the output can put out, from which on they keep the loss up."""
LARGE_TARGETS, SMALL_TARGETS = 100.0, 1e-3
"""Targets whose root mean square is above this, or whose spread is below, are called unscaled."""
HUGE = 1e10
"""Numbers of this size are what makes a loss overflow."""
SHRUNK = 0.2
"""Weights below this part of their start were drawn to 0 by a penalty."""
BALANCED = 0.5
"""A gradient of which less than this share is left is held by the penalty."""
COSTLY = 0.1
"""A penalty of this share of the loss keeps it up."""
PULLING = 0.1
"""A weight decay that takes this much off the weights at rate 1 is as long as a step of Adam's."""
NEAR_FLOOR = 1.1
"""A loss within this factor of what no function gets below is as low as it gets."""
NEAR_LINE = 1.05
"""The same of the least that a single layer has."""
LUCK = 3.0
"""Standard deviations by which a fit to chance alone may seem better than guessing."""
NO_MOVE = 1e-3
"""Parameters that are this near to their start, as a share of their size, have hardly moved."""
MOST_POWERS = 30
"""Of ten, by which a rate is raised at once that has moved hardly anything."""
RARE = 0.05
"""A class of fewer than this share of the rows is rare."""
SAME = 1e-3
"""Outputs that spread by less than this share of the targets are the same for all samples."""

Cause = Callable[[Finding, Evidence], Finding | None]


def with_cause(finding: Finding, evidence: Evidence) -> Finding:
    """The finding with the first cause that explains it; as it is where there is none."""
    if finding.code is None or finding.tone == "neutral" or _is_being_steered(finding):
        return finding
    found = (cause(finding, evidence) for cause in CAUSES)
    return next((result for result in found if result is not None), finding)


def _is_being_steered(finding: Finding) -> bool:
    """Whether a hand has just lowered the rate of a run that diverged, and the advice is what to do with that."""
    return finding.code is VerdictCode.DIVERGED and not finding.asks_rate


def _because(finding: Finding, why: Message, cure: Message | None, **facts: Fact) -> Finding:
    """The finding by a cause that no rate mends."""
    return replace(finding, why=why, advice=Advice(cure), facts={**finding.facts, **facts})


def _is_level(finding: Finding) -> bool:
    """Whether the loss lies still, above what is wanted as far as the finding knows, or falls too slowly."""
    return finding.code in LEVEL or finding.message.id in AT_REST


def _stuck(finding: Finding, evidence: Evidence) -> Finding:
    """The same of a run whose loss lies where it is for good."""
    if finding.code is VerdictCode.STUCK:
        return finding
    chance = evidence.chance_loss or math.inf
    message = say("stuck_at_a_loss", loss=_loss(evidence), share=_loss(evidence) / chance)
    return replace(finding, code=VerdictCode.STUCK, message=message, tone="")


def _loss(evidence: Evidence) -> float:
    return evidence.fall.now if evidence.tells_classes else last_loss(evidence)


# --- before the first step, and of the schedule


def begins_without_a_loss(finding: Finding, evidence: Evidence) -> Finding | None:
    """The loss of the start weights is not finite."""
    start = evidence.before.start_loss
    at_once = evidence.diverged_at == 1 and evidence.not_finite == "loss"
    if finding.code is not VerdictCode.DIVERGED or not (at_once or (start is not None and not math.isfinite(start))):
        return None
    targets = evidence.before.targets
    if targets is not None and targets.size > HUGE:
        why = say("targets_overflow", size=targets.size)
        return replace(_because(finding, why, say("scale_target"), target_size=targets.size), message=_NOT_BEGUN)
    cure = say("scale") if evidence.unscaled else say("smaller_start")
    why = say("features_overflow" if evidence.unscaled else "start_overflows")
    return replace(_because(finding, why, cure), message=_NOT_BEGUN)


_NOT_BEGUN = say("diverged_before_the_first_step")


def schedule_raises(finding: Finding, evidence: Evidence) -> Finding | None:
    """The schedule has made the rate higher than it was set."""
    if finding.code not in (VerdictCode.DIVERGED, VerdictCode.OSCILLATING):
        return None
    diverged = evidence.diverging_rate is not None and evidence.diverged_at is not None
    factor = evidence.diverging_scheduled if diverged else evidence.scheduled
    if factor < RAISED:
        return None
    used = factor * (evidence.diverging_rate or evidence.rate if diverged else evidence.rate)
    why = say("schedule_has_raised", used=used, factor=factor)
    return _because(finding, why, say("let_schedule_raise_less", used=used), rate_used=used)


# --- data


def lacks_classes(finding: Finding, evidence: Evidence) -> Finding | None:
    """Held-out rows are of classes that training hardly has."""
    short = evidence.before.shortage
    if short is None or finding.code is VerdictCode.DIVERGED or short.held_out < HELD_OUT_SHARE:
        return None
    why = say("held_out_classes_are_missing", share=short.held_out, rows=short.rows, name=short.name)
    found = _because(finding, why, say("stratify"), held_out_of_missing_classes=short.held_out)
    return found if finding.code in BAD else replace(found, tone="warn")


def holds_out_other_targets(finding: Finding, evidence: Evidence) -> Finding | None:
    """Held-out targets lie beyond the range of those that are trained on, and come out much worse."""
    targets = evidence.before.targets
    if targets is None or targets.beyond < BEYOND_SHARE or finding.code is VerdictCode.DIVERGED:
        return None
    held_out, training = evidence.val_losses, evidence.epoch_losses
    if held_out is None or not len(held_out) or not held_out[-1] > 2.0 * training[-1]:
        return None
    why = say("held_out_targets_lie_beyond", share=targets.beyond, low=targets.low, high=targets.high)
    found = _because(finding, why, say("split_by_chance"), held_out_targets_beyond=targets.beyond)
    return found if finding.code in BAD else replace(found, tone="warn")


def targets_are_out_of_reach(finding: Finding, evidence: Evidence) -> Finding | None:
    """Targets lie beyond what the last activation can put out."""
    targets = evidence.before.targets
    if finding.code not in BAD or targets is None or targets.out_of_reach < OUT_OF_REACH:
        return None
    low, high = targets.reach
    why = say("targets_out_of_reach", share=targets.out_of_reach, activation=evidence.before.last, least=targets.low,
              most=targets.high, reach=_range(low, high))  # fmt: skip
    cure = say("scale_target_to_reach") if math.isfinite(low) and math.isfinite(high) else say("linear_output")
    return _because(finding, why, cure, targets_out_of_reach=targets.out_of_reach)


def _range(low: float, high: float) -> Message:
    if math.isinf(high):
        return say("no_less_than", low=low)
    return say("no_more_than", high=high) if math.isinf(low) else say("between", low=low, high=high)


def rows_contradict(finding: Finding, evidence: Evidence) -> Finding | None:
    """The loss is as low as it gets, as rows with the same inputs have different targets."""
    if not _is_level(finding) or not evidence.bounds.floor:
        return None
    floor, loss, torn = evidence.bounds.floor, _loss(evidence), evidence.bounds.torn
    if not 0 < loss <= NEAR_FLOOR * floor:
        return None
    message = say("converged_to_floor", loss=loss, floor=floor)
    why = say("rows_are_torn", torn=torn, samples=evidence.before.samples)
    found = replace(finding, code=VerdictCode.CONVERGED, message=message)
    return _because(found, why, say("more_features"), loss=loss, floor_loss=floor, torn_rows=torn)


def units_are_unsuitable(finding: Finding, evidence: Evidence) -> Finding | None:
    """Targets, or features, are in units that make steps too long or too short."""
    if finding.code not in BAD:
        return None
    targets = evidence.before.targets
    diverged = finding.code is VerdictCode.DIVERGED and not evidence.unscaled
    if targets is not None and (targets.matters or diverged) and _is_unscaled(targets.size, targets.spread):
        large = targets.size > LARGE_TARGETS
        size = targets.size if large else targets.spread
        why = say("targets_are_large" if large else "targets_are_small", size=size)
        cure = say("scale_both") if evidence.unscaled else say("scale_target")
        return _because(finding, why, cure, target_size=size)
    if not (evidence.unscaled and finding.asks_rate) or finding.advice.cure is not None:
        return None
    return replace(finding, why=say("features_are_large"), advice=replace(finding.advice, cure=say("scale")))


def _is_unscaled(size: float, spread: float) -> bool:
    return size > LARGE_TARGETS or 0 < spread < SMALL_TARGETS


# --- the network


def starts_alike(finding: Finding, evidence: Evidence) -> Finding | None:
    """All units of a layer start with the same weights, so all of them learn the same."""
    layer = evidence.before.alike
    if not (finding.code in BAD or _is_level(finding)) or finding.code is VerdictCode.DIVERGED or not layer:
        return None
    return _because(finding, say("units_start_alike", layer=layer), say("start_by_chance"), alike_layer=layer)


def units_are_dead(finding: Finding, evidence: Evidence) -> Finding | None:
    """At least half of the units of a layer have no slope left."""
    if not (finding.code in BAD or _is_level(finding)) or evidence.inside is None:
        return None
    if finding.code is VerdictCode.DIVERGED:  # which is what has left them behind
        return None
    layer = next((item for item in evidence.inside.layers if _is_lost(item)), None)
    if layer is None:
        return None
    count, dead = layer.dead or layer.saturated, layer.dead > 0
    same = say("answers_are_all_the_same") if evidence.inside.answers < SAME else None
    why = say("units_are_dead" if dead else "units_are_saturated", count=count, units=layer.units, number=layer.number,
              same=same)  # fmt: skip
    facts: dict[str, Fact] = {"dead_units" if dead else "saturated_units": count, "of_units": layer.units}
    found = _stuck(finding, evidence) if same and _is_level(finding) else finding
    if evidence.unscaled:  # sums that large leave any unit without a slope, and steps along them kill it
        return _because(found, why, say("scale_as_large"), **facts)
    if 2 * layer.dead_at_start >= layer.units and dead:
        return _because(found, why, say("dead_from_the_start", count=layer.dead_at_start), **facts)
    advice = replace(ask(float(f"{evidence.rate / 10:.3g}")), instead=_revive(layer, dead))
    return replace(found, why=why, advice=advice, facts={**finding.facts, **facts})


def _is_lost(layer: LayerUnits) -> bool:
    """Whether half of the units are dead, or all of them saturated: that many are one by one no longer useful."""
    return 2 * layer.dead >= layer.units or (layer.saturated == layer.units and not layer.is_last)


def _revive(layer: LayerUnits, dead: bool) -> Message:
    if not dead:
        return say("smaller_weights_or_relu")
    return say("linear_output" if layer.is_last else "leaky_units")


def penalty_is_strong(finding: Finding, evidence: Evidence) -> Finding | None:
    """Penalties hold the weights, or have drawn them to 0."""
    before, inside = evidence.before, evidence.inside
    if not _is_level(finding) or inside is None or not (before.l1 or before.l2 or before.weight_decay):
        return None
    loss = max(inside.loss, math.ulp(0.0))
    held = inside.held < BALANCED and inside.pull > 0 and inside.penalty > COSTLY * loss
    if not (held or inside.shrunk < SHRUNK):
        return None
    known: dict[str, Fact] = {"penalty": inside.penalty, "penalty_gradient": inside.pull, "loss_gradient": inside.slope}
    keys = [key for key, value in _penalties(evidence).items() if value]
    penalties = ", ".join(f"{key} = {_penalties(evidence)[key]:.4g}" for key in keys)
    why = (
        say("weights_have_shrunk", penalties=penalties, shrunk=inside.shrunk)
        if inside.shrunk < SHRUNK
        else say("penalty_holds_weights", penalties=penalties, penalty=inside.penalty, loss=inside.loss)
    )
    if finding.code is VerdictCode.CONVERGED:
        message = say("rests_above", loss=_loss(evidence))
        finding = replace(finding, code=VerdictCode.PLATEAUED, message=message)
    return _because(finding, why, say("weaker_penalty", keys=" and ".join(keys)), **known)


def _penalties(evidence: Evidence) -> dict[str, float]:
    before = evidence.before
    return {"training.l1": before.l1, "training.l2": before.l2, "optimizer.weight_decay": before.weight_decay}


def cannot_bend(finding: Finding, evidence: Evidence) -> Finding | None:
    """The network draws straight lines, and this is as low as these get."""
    before, line = evidence.before, evidence.bounds.line if not evidence.before.bends else None
    if not _is_level(finding) or line is None or not (before.samples and evidence.chance_loss):
        return None
    loss = _loss(evidence)
    if not 0 < loss <= NEAR_LINE * line:
        return None
    if _is_chance(evidence, line):
        why = say("no_line_does_better", line=line, chance=evidence.chance_loss)
        return _because(_stuck(finding, evidence), why, bend_further(evidence), least_loss=line)
    message = say("converged_to_line", loss=loss, least=line)
    return replace(finding, code=VerdictCode.CONVERGED, message=message, advice=Advice(),
                   facts={**finding.facts, "loss": loss, "least_loss": line})  # fmt: skip


def _is_chance(evidence: Evidence, line: float) -> bool:
    """Whether a single layer does no better than guessing by more than a fit to inputs that say nothing.

    Twice the gain in log-likelihood of such a fit is chi-squared, with a degree of freedom for each input and output
    (Wilks, 1938).
    """
    chance, before = evidence.chance_loss or 0.0, evidence.before
    if evidence.tells_classes:
        gain = 2.0 * before.samples * (chance - line)
    else:
        gain = before.samples * math.log(chance / line) if line > 0 else math.inf
    return gain <= before.fitted + LUCK * math.sqrt(2.0 * before.fitted)


def has_hardly_moved(finding: Finding, evidence: Evidence) -> Finding | None:
    """The parameters are where they started, though the loss has a slope: the rate is far too low."""
    inside = evidence.inside
    if not _is_level(finding) or inside is None or not inside.moved < NO_MOVE or not inside.slope > 0:
        return None
    moved = max(inside.moved, math.ulp(0.0))
    factor = 10.0 ** round(min(max(math.log10(1e-2 / moved), 1.0), MOST_POWERS))
    advice = replace(ask(float(f"{evidence.rate * factor:.3g}")), instead=say("raise_further"))
    said = say("hardly_moved", epochs=evidence.epochs, moved=inside.moved, loss=_loss(evidence))
    facts = {**finding.facts, "moved": inside.moved}
    return replace(finding, code=VerdictCode.TOO_SLOW, message=say("too_slow", said=said, limit=None), facts=facts,
                   advice=advice, tone="")  # fmt: skip


def a_class_is_rare(finding: Finding, evidence: Evidence) -> Finding | None:
    """The answers are no better than naming the most frequent class, and hardly a row is of another."""
    rarest, samples = evidence.before.rarest, evidence.before.samples
    if finding.code is not VerdictCode.STUCK or rarest is None or rarest.rows > RARE * samples:
        return None
    why = say("class_is_rare", rows=rarest.rows, samples=samples, name=rarest.name)
    facts = {**finding.facts, "rows_of_rarest_class": rarest.rows}
    return replace(finding, why=why, advice=replace(finding.advice, instead=say("more_of_class", name=rarest.name)),
                   facts=facts)  # fmt: skip


CAUSES: tuple[Cause, ...] = (
    begins_without_a_loss,
    schedule_raises,
    lacks_classes,
    holds_out_other_targets,
    targets_are_out_of_reach,
    starts_alike,
    penalty_is_strong,
    units_are_dead,
    rows_contradict,
    units_are_unsuitable,
    cannot_bend,
    has_hardly_moved,
    a_class_is_rare,
)
"""The first one that explains a finding decides."""
