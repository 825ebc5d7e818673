"""From a finding to advice: the only door through which a learning rate gets into what a verdict advises.

Rates come in by trials, see `tried`: none is advised that was not tried, and where none does better it is said so, and
what else to try.
"""

from __future__ import annotations

import math
from dataclasses import replace

from lrsim.verdict.advice import further
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Advice, Finding, Message, say
from lrsim.verdict.tried import FROM_HERE, Tried

HELD_OUT = "val_loss"


NOT_TRIED, TO_COME = say("rates_were_not_tried"), say("rates_are_being_tried")
"""What there is to say of a rate that is in question, where none is tried, and where trials have not come to an end."""


def advise(
    finding: Finding, evidence: Evidence, tried: Tried | None = None, untried: Message | None = NOT_TRIED
) -> Finding:
    """The finding with the advice that trials support.

    Parameters
    ----------
    evidence
        What the finding rests on.
    tried
        What rates were tried for it; None where none were.
    untried
        What to say of them then; None for nothing, where others tell.
    """
    if not finding.asks_rate:
        return finding
    if tried is not None and not tried.done:
        return _with(finding, Advice(TO_COME))
    if tried is None or not tried.trials:
        return _with(finding, Advice(_untried(finding, untried)))
    return _none_better(finding, evidence, tried) if tried.best is None else _with(finding, _better(tried))


def _with(finding: Finding, advice: Advice) -> Finding:
    """The finding with this advice, and what holds whatever the rate."""
    own = finding.advice
    return replace(finding, advice=replace(advice, asks_rate=True, guess=own.guess, cure=own.cure, instead=own.instead))


def _untried(finding: Finding, untried: Message | None) -> Message | None:
    """What to say where no rate was tried, and what else may help where none is to come."""
    other = finding.advice.message
    if other is None or untried is TO_COME:
        return untried
    return other if untried is None else say("and_else", first=untried, second=other)


def _better(tried: Tried) -> Advice:
    """The rate that does better, and by how much."""
    best, own = tried.best, tried.own
    assert best is not None
    trial = next(trial for trial in tried.trials if trial.candidate == best)
    told = say(
        "rate_does_better",
        rate=best.rate,
        falls=say("falling_to_zero") if best.falling else None,
        here=say("from_here_on") if best.start == FROM_HERE else None,
        figure=_figure(tried),
        better=trial.figure,
        epochs=_after(trial.epochs),
        own=say("own_diverges") if math.isinf(own.figure) else say("own_comes_to", figure=own.figure),
    )
    return Advice(told, best.rate, falling=best.falling, start=best.start)


def _figure(tried: Tried) -> Message:
    return say("held_out_loss" if tried.figure_name == HELD_OUT else "training_loss")


def _after(epochs: int) -> Message:
    return say("one_epoch") if epochs == 1 else say("so_many_epochs", epochs=epochs)


def _none_better(finding: Finding, evidence: Evidence, tried: Tried) -> Finding:
    """What else there is to try, of a run whose rate is not the reason."""
    rates = sorted({trial.candidate.rate for trial in tried.trials})
    within = None if tried.whole else say("within_epochs", epochs=_after(tried.own.epochs))
    first = say("no_rate_does_better", count=len(rates), lowest=rates[0], highest=rates[-1], figure=_figure(tried),
                within=within)  # fmt: skip
    if len(rates) == 1:
        first = say("one_rate_does_no_better", rate=rates[0], within=within)
    instead = _instead(finding, evidence)
    found = _with(finding, Advice(first if instead is None else say("and_else", first=first, second=instead)))
    if finding.code is VerdictCode.TOO_SLOW and "moved" not in finding.facts:
        # no rate is quicker, so it is as quick as can be
        return replace(
            found, code=VerdictCode.CONVERGING, message=say("converging", said=finding.message.facts["said"])
        )
    return found


def _instead(finding: Finding, evidence: Evidence) -> Message | None:
    """What else to try where no rate does better, by its cause or by evidence."""
    if finding.advice.cure is not None:
        return None
    if finding.advice.instead is not None:
        return finding.advice.instead
    if evidence.unscaled:
        return say("scale")
    if finding.code is VerdictCode.TOO_SLOW:
        return say("more_epochs")
    if finding.code is VerdictCode.STUCK:
        return say("another_start")
    if finding.code is VerdictCode.OSCILLATING and evidence.steps_per_epoch > 1:
        return say("larger_batches")
    if finding.code is VerdictCode.DIVERGED:
        return say("another_start")
    return further(evidence)
