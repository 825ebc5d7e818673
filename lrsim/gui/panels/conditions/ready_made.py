"""Conditions that need no typing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReadyMade", text)


def ready_made(weight: str, steps_per_epoch: int, validates: bool) -> list[tuple[str, str]]:
    """What people call each, and its expression.

    Parameters
    ----------
    weight
        Trace name of the first one of the model.
    validates
        Whether rows are held out.
    """
    found = [
        (_tr("First sign flip of {0}").format(weight), f"sign_flips({weight}) > 0"),
        (_tr("Loss rises 3 steps in a row"), "rising(loss, 3)"),
        (_tr("Diverges"), "nonfinite"),
        (_tr("Rate changes"), "rate_changed"),
        (_tr("Loss above 10 times that of 100 steps before"), "loss > 10 * prev(loss, 100)"),
        (_tr("Gradient vanishes"), "grad_norm < 1e-7"),
        (_tr("A unit dies"), "dead_units > prev(dead_units)"),
        (_tr("Rate x sharpness crosses 2"), "lr_sharpness > 2"),
        (_tr("End of an epoch"), f"batch == {steps_per_epoch}"),
    ]
    if validates:
        found.append((_tr("Held-out loss turns"), "val_loss > best_val_loss"))
    return found
