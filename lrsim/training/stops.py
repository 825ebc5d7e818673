"""Why a run ended."""

from __future__ import annotations

from enum import StrEnum


class StopReason(StrEnum):
    """What ended a run; the value is what results say."""

    STEPS = "steps"
    EPOCHS = "epochs"
    TARGET_ERROR = "target_error"
    EARLY_STOPPING = "early_stopping"
    DIVERGED = "diverged"
    BREAK = "break"
    INTERRUPTED = "interrupted"
