"""From a finding to advice: the only door through which a learning rate gets into what a verdict advises."""

from __future__ import annotations

from dataclasses import replace

from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Advice, Finding, say
from lrsim.verdict.tried import Tried


def advise(finding: Finding, evidence: Evidence, tried: Tried | None = None) -> Finding:
    """The finding with the advice that trials support.

    Parameters
    ----------
    evidence
        What the finding rests on.
    tried
        What rates were tried for it; None where none were.
    """
    if not finding.asks_rate or tried is None or not tried.done:
        return finding
    if tried.best is None:
        return replace(finding, advice=Advice())
    rate = tried.best.rate
    return replace(finding, advice=Advice(say("try_rate", rate=rate), rate))
