"""The rule for a run whose held-out loss has turned while training went on improving."""

from __future__ import annotations

import math

from lrsim.verdict.advice import facts
from lrsim.verdict.classes import only_guesses
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Advice, Finding, say
from lrsim.verdict.measures import Turn, smooth, turn_of

SMALL = 0.01
"""A held-out loss of this share of that of guessing takes no answer with it, where none is lost."""
NOTHING = 0.002
"""One of this share is as good as none, whatever the answers are."""
HARDLY = 0.05
"""A held-out loss that has risen by less than this share takes no answer with it to speak of, where none is lost."""
LOST = 0.002
"""Share of the right answers whose loss is worth a word."""


def _does_no_harm(evidence: Evidence, turn: Turn) -> bool:
    """Whether held-out samples come out well all the same.

    Their loss is next to nothing, or below that of the samples that would have to be known by heart; or answers are as
    right as they were at the turn, by a loss that is small or hardly higher.
    """
    if turn.now <= max(NOTHING * (evidence.chance_loss or 0.0), float(evidence.epoch_losses[-1])):
        return True
    if evidence.val_accuracies is None or evidence.chance_loss is None:
        return False
    course = smooth(evidence.val_accuracies)
    fewer = course[-1] < course[turn.place] - LOST
    small = turn.now <= SMALL * evidence.chance_loss
    return not fewer and (small or turn.now < (1.0 + HARDLY) * turn.lowest)


def overfits(evidence: Evidence) -> Finding | None:
    """The held-out loss has turned, of a model better than guessing: what has learnt nothing can't know by heart."""
    if evidence.val_losses is None or not len(evidence.epoch_losses) or only_guesses(evidence):
        return None
    training = float(evidence.epoch_losses[-1])
    if training > (evidence.chance_loss or math.inf):
        return None
    turn = turn_of(evidence.val_losses, evidence.epoch_losses)
    if turn is None or _does_no_harm(evidence, turn):
        return None
    epoch = int(evidence.curve_epochs[turn.place])
    known = facts(evidence, turned_at_epoch=epoch, lowest_val_loss=turn.lowest, val_loss=turn.now, loss=training)
    advice = Advice(asks_rate=True, cure=say("stop_at_epoch", epoch=epoch))
    message = say("overfitting", lowest=turn.lowest, epoch=epoch, now=turn.now, training=training)
    return Finding(VerdictCode.OVERFITTING, message, known, advice)
