"""What is said under a surface: of which rows the loss is, what the plane holds of the way, and how old it is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, percent
from lrsim.gui.views.surface.survey import Laid


def tr(text: str) -> str:
    """Of this room."""
    return QCoreApplication.translate("SurfaceWords", text)


def surface_in_words(laid: Laid, age: int) -> str:
    """Some sentences.

    Parameters
    ----------
    age
        Steps since it was worked out.
    """
    parts = [_rows(laid), _plane(laid)]
    if not laid.trail.whole:
        parts.append(tr("{0} points of {1} steps.").format(count(len(laid.trail.steps)), count(laid.step)))
    if age:
        parts.append(tr("As of step {0}.").format(count(laid.step)))
    return " ".join(part for part in parts if part)


def _rows(laid: Laid) -> str:
    loss, network = laid.loss, laid.loss.problem.network
    rows = tr("a sample of {0} of {1}") if loss.is_sampled else tr("all {0}")
    rows = rows.format(count(loss.samples), count(loss.problem.samples))
    if network.l1 or network.l2:
        return tr("Loss with its penalties, {0} training rows.").format(rows)
    return tr("Loss, {0} training rows.").format(rows)


def _plane(laid: Laid) -> str:
    plane = laid.plane
    if plane.explained is not None:
        return tr("The plane holds {0} of the path's variance.").format(_share(plane.explained))
    if plane.kind == "random":
        text = tr("Random directions, as long as each unit's weights.")
        return tr("The path has no plane yet.") + " " + text if laid.fallback else text
    others = len(plane.base) - 2
    if laid.fallback:
        return tr("There are not two such directions here: two parameters are shown.")
    return tr("The other {0} parameters stay where they are now.").format(count(others)) if others else ""


def _share(share: float) -> str:
    """As a percentage that does not say all where it is not."""
    return percent(min(share, 0.9999)) if share < 1 - 1e-9 else percent(1.0)
