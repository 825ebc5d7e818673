"""What a verdict can be, in one word."""

from __future__ import annotations

from enum import StrEnum


class VerdictCode(StrEnum):
    """What a run came to, the best first; the names are part of the JSON and CSV formats."""

    CONVERGED = "converged"
    CONVERGING = "converging"
    OVERFITTING = "overfitting"
    PLATEAUED = "plateaued"
    TOO_SLOW = "too_slow"
    OSCILLATING = "oscillating"
    STUCK = "stuck"
    DIVERGED = "diverged"


TONES = {
    VerdictCode.CONVERGED: "good",
    VerdictCode.CONVERGING: "good",
    VerdictCode.OVERFITTING: "warn",
    VerdictCode.PLATEAUED: "warn",
    VerdictCode.TOO_SLOW: "warn",
    VerdictCode.OSCILLATING: "bad",
    VerdictCode.STUCK: "bad",
    VerdictCode.DIVERGED: "bad",
}
"""How each is shown, unless a rule says otherwise; a run without a step is neutral."""


def code_words(code: str) -> str:
    """A code as people read it, also one that is not known here; empty is the code of a run without a step."""
    return code.replace("_", " ") or "not trained"
