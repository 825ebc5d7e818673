"""Stages of an update in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.debugger.stages import Stage, StageKind


def tr(text: str) -> str:
    """A text about stages in the user's language."""
    return QCoreApplication.translate("Stages", text)


def kind_words(kind: StageKind) -> str:
    """What is worked out."""
    return {
        StageKind.BATCH: tr("batch"),
        StageKind.FORWARD: tr("forward"),
        StageKind.LOSS: tr("loss"),
        StageKind.BACKWARD: tr("backward"),
        StageKind.UPDATE: tr("update"),
    }[kind]


def stage_words(stage: Stage) -> str:
    """As in ``forward 2``."""
    return f"{kind_words(stage.kind)} {stage.layer}" if stage.layer else kind_words(stage.kind)
