"""The verdict on a run whose held-out loss has turned while training went on improving."""

from __future__ import annotations

import math

from lrsim.common.numbers import short
from lrsim.verdict.advice import Verdict, facts, lower_rate, rounded_down
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.measures import turn_of

EARLY_TURN = 5
"""Epochs within which a held-out loss turns when the rate is rather high."""


def judge_overfitting(evidence: Evidence) -> Verdict | None:
    """The verdict where the held-out loss has turned; None where it has not, or where training is no better than
    guessing, as what has learnt nothing can't have learnt by heart."""
    if evidence.val_losses is None or evidence.epoch_losses is None or not len(evidence.epoch_losses):
        return None
    training = float(evidence.epoch_losses[-1])
    if training > (evidence.chance_loss or math.inf):
        return None
    turn = turn_of(evidence.val_losses, evidence.epoch_losses)
    if turn is None:
        return None
    epoch = int(evidence.epochs_at[turn.place])
    known = facts(
        evidence, turned_at_epoch=epoch, lowest_val_loss=turn.lowest, val_loss=turn.now, loss=training
    )  # fmt: skip
    text = (
        f"Overfitting: the held-out loss was lowest, {short(turn.lowest)}, after epoch {epoch} and is "
        f"{short(turn.now)} now, while the training loss has gone on falling to {short(training)}."
    )
    rate = lower_rate(evidence, rounded_down(evidence.rate / 10)) if epoch <= EARLY_TURN else None
    advice = f"Stop at epoch {epoch} (early stopping)" + (f", or try {short(rate)}." if rate else ".")
    return Verdict("overfitting", f"{text} {advice}", known, advice, "warn", rate)
