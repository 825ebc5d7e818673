"""How much evidence it takes, while a run is under way, to call it slow, level or stuck.

The first epochs of a run say little of the rest: a loss that lies level may be about to fall, and what is left to fall
takes fewer epochs than its pace foretells. So it is said that it is too early, rather than one thing now and the other
a few seconds later. Of a run that has ended there is no more to come.
"""

from __future__ import annotations

import numpy as np

from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Fact, Finding, Message
from lrsim.verdict.measures import smooth

ENDED = ("epochs", "early_stopping", "target_error", "diverged")
"""Stop reasons after which no more is to come; a run that was only taken so many steps may go on."""
SHARE_SEEN = 0.2
FEWEST_EPOCHS = 20
ENOUGH_EPOCHS = 100
"""Epochs that it takes: this share of those that are planned, within these bounds."""
NOTICEABLE = 0.01
"""Share above its lowest value from which on a held-out loss comes out worse; too little to call it overfitting."""
MOST_PLANNED = 1000
"""Plans beyond so many epochs leave no more time."""


def is_early(evidence: Evidence) -> bool:
    """Whether too few epochs of the plan are done to say that nothing more will happen."""
    if not _goes_on(evidence):
        return False
    return evidence.epochs < min(max(SHARE_SEEN * evidence.planned_epochs, FEWEST_EPOCHS), ENOUGH_EPOCHS)


def is_in_time(evidence: Evidence, to_go: float, steady: bool) -> bool:
    """Whether so many epochs fit into what the plan leaves, with the more to spare the fewer epochs are done.

    Of a fall that is not `steady` the pace is not known before enough epochs are done.
    """
    planned, done = min(evidence.planned_epochs, MOST_PLANNED), evidence.done
    if is_early(evidence) and not steady:
        return True
    return _goes_on(evidence) and to_go * evidence.epochs <= (planned - done) * planned


def forgets_held_out(evidence: Evidence) -> bool:
    """Whether the held-out loss stands above its lowest, so that a quicker fall in training is not to be wished for."""
    if evidence.val_losses is None or not len(evidence.val_losses) or not np.isfinite(evidence.val_losses).all():
        return False
    course = smooth(evidence.val_losses)
    return bool(course[-1] > (1.0 + NOTICEABLE) * course.min())


def too_early(said: Message, known: dict[str, Fact]) -> Finding:
    """Where it stands, and that it is too early to tell where it goes."""
    return Finding(VerdictCode.CONVERGING, said, known, tone="neutral")


def _goes_on(evidence: Evidence) -> bool:
    return evidence.finished not in ENDED and evidence.done < evidence.planned_epochs
