"""The rules of a range test by their names, and what rates are compared by."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "RangeTest"


def rule_name(name: str) -> str:
    """A rule as people read it."""
    translate = QCoreApplication.translate
    names = {
        "steepest": translate(CONTEXT, "steepest"),
        "minimum / 10": translate(CONTEXT, "minimum / 10"),
        "valley": translate(CONTEXT, "valley"),
    }
    return names[name]


def figure_name(name: str) -> str:
    """What rates are compared by, as people read it."""
    translate = QCoreApplication.translate
    return {"loss": translate(CONTEXT, "loss"), "val_loss": translate(CONTEXT, "held-out loss")}[name]
