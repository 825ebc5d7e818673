"""The ordered table of all rules, and the verdict that the first one that matches gives.

A new rule is a function of the evidence and a line here; its words are lines of `wording.ENGLISH`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lrsim.verdict import classes, values
from lrsim.verdict.advise import NOT_TRIED, advise
from lrsim.verdict.causes import with_cause
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Finding, Message, Verdict, say
from lrsim.verdict.overfitting import overfits
from lrsim.verdict.tried import Tried
from lrsim.verdict.wording import in_words

RULES: tuple[Callable[[Evidence], Finding | None], ...] = (
    # any run
    values.has_not_begun,
    values.diverged,
    values.has_blown_up,
    values.makes_a_first_impression,
    # models that tell classes apart, and overfitting of any model
    classes.jumps,
    overfits,
    classes.fits,
    classes.rings_down,
    classes.swings,
    classes.gets_nowhere,
    classes.climbs,
    classes.falls,
    classes.rests,
    classes.stays,
    # models that give values
    values.at_the_edge,
    values.swings_grow,
    values.fits,
    values.reaches_the_least,
    values.leaves_little,
    values.rings_down,
    values.jumps,
    values.swings_stay,
    values.gets_nowhere,
    values.rests,
    values.stays,
    values.falls,
)
"""The first one that matches decides; the last one always does."""


def find(evidence: Evidence) -> Finding:
    """What the first rule that matches finds, and the first cause that explains it; pure.

    As long as all is well no cause is looked for, and it is quick enough for every frame.
    """
    with np.errstate(all="ignore"):  # errors near the largest float overflow in a mean
        found = next(finding for rule in RULES if (finding := rule(evidence)) is not None)
        found = with_cause(found, evidence)
    if evidence.diverged_before is None:
        return found
    step = evidence.diverged_before
    facts = {**found.facts, "diverged_before": step}
    return replace(found, message=say("recovered", said=found.message, step=step), facts=facts)


def judge(evidence: Evidence, tried: Tried | None = None, untried: Message | None = NOT_TRIED) -> Verdict:
    """The verdict on a run as far as it got; `tried` and `untried` as of `advise`."""
    return in_words(advise(find(evidence), evidence, tried, untried), tried)
