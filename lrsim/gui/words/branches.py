"""What became of branches, in words."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, short
from lrsim.history.compare import Comparison
from lrsim.session.branches import BranchShown
from lrsim.verdict.codes import VerdictCode


def tr(text: str) -> str:
    """A text about branches in the user's language."""
    return QCoreApplication.translate("Branches", text)


def end_words(branch: BranchShown) -> str:
    """What became of it, in a word or two; empty while nobody knows."""
    if branch.diverged_at is not None:
        return tr("diverged at step {0}").format(count(branch.diverged_at))
    if branch.end is None:
        return ""
    return {
        VerdictCode.CONVERGED: tr("converged"),
        VerdictCode.CONVERGING: tr("converging"),
        VerdictCode.OVERFITTING: tr("overfitting"),
        VerdictCode.PLATEAUED: tr("plateaued"),
        VerdictCode.TOO_SLOW: tr("too slow"),
        VerdictCode.OSCILLATING: tr("oscillating"),
        VerdictCode.STUCK: tr("stuck"),
        VerdictCode.DIVERGED: tr("diverged"),
    }[branch.end]


def comparison_lines(found: Comparison, first: str, second: str) -> list[str]:
    """Two branches held against each other, a sentence a line."""
    lines = [tr("{0} against {1}").format(first, second)]
    if found.parts_at is None:
        lines.append(tr("They are the same up to step {0}.").format(count(found.step)))
        return lines
    lines.append(tr("They part at step {0}.").format(count(found.parts_at)))
    one, other = found.losses
    if not math.isnan(one) or not math.isnan(other):
        text = tr("Loss at step {0}: {1} against {2}.")
        lines.append(text.format(count(found.step), short(one), short(other)))
    if found.differences:
        lines.append(tr("Parameters that differ most there:"))
        for each in found.differences:
            lines.append(tr("{0}: {1} against {2}").format(each.name, short(each.first), short(each.second)))
    return lines
