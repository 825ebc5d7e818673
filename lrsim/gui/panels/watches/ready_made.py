"""Watches that need no typing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

MOST_LAYERS = 4


def _tr(text: str) -> str:
    return QCoreApplication.translate("WatchesReadyMade", text)


def ready_made(steps_per_epoch: int, validates: bool, layers: int) -> list[tuple[str, str]]:
    """What people call each, and its expression.

    Parameters
    ----------
    validates
        Whether rows are held out.
    layers
        How many there are; of a few each is offered.
    """
    found = [
        (_tr("Gradient norm"), "grad_norm"),
        (_tr("Update to weights"), "update_ratio"),
        (_tr("Loss against the step before"), "loss / prev(loss)"),
        *(
            (_tr("Update to weights of layer {0}").format(number), f"update_ratio_{number}")
            for number in range(1, layers + 1)
            if 1 < layers <= MOST_LAYERS
        ),
        (_tr("Sharpness"), "sharpness"),
        (_tr("2 / rate, the limit of sharpness under plain descent"), "2 / lr"),
        (_tr("Rate x sharpness"), "lr_sharpness"),
        (_tr("Alpha"), "alpha"),
    ]
    if 1 < steps_per_epoch <= 10_000:
        found.insert(0, (_tr("Mean loss of an epoch"), f"mean(loss, {steps_per_epoch})"))
    if validates:
        found.append((_tr("Held-out loss above the best"), "val_loss - best_val_loss"))
    return found
