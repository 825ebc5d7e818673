"""What undo takes back and redo does again, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, short
from lrsim.session.edits import Edit, EditKind, Way


def tr(text: str) -> str:
    """A text about edits in the user's language."""
    return QCoreApplication.translate("Edits", text)


def edit_words(edit: Edit) -> str:
    """What was done, to stand after `Undo` or `Redo`."""
    if edit.kind is EditKind.RATE and edit.before is not None and edit.after is not None:
        return tr("rate {0} to {1}").format(short(edit.before), short(edit.after))
    if edit.kind is EditKind.FORK:
        return tr("a branch with {0}").format(edit.changes) if edit.changes else tr("a branch")
    if edit.moved is not None:
        before, after = edit.moved
        if after is None:
            return tr("taking away the change of the rate at step {0}").format(count(before))
        return tr("moving the change of the rate from step {0} to {1}").format(count(before), count(after))
    if edit.kind is EditKind.CHANGE:
        return edit.changes
    if edit.kind is EditKind.TRY:
        return tr("trying three rates")
    if edit.kind is EditKind.NAME:
        return tr("naming the branch {0}").format(edit.changes) if edit.changes else tr("the name of a branch")
    if edit.kind in (EditKind.HIDE, EditKind.SHOW):
        words = tr("hiding the branch {0}") if edit.kind is EditKind.HIDE else tr("showing the branch {0}")
        return words.format(edit.changes)
    if edit.kind is EditKind.LOAD:
        return edit.label or tr("load another experiment")
    return tr("reset") if edit.kind is EditKind.RESET else tr("a rate for each layer")


def way_words(way: Way, run: int) -> str:
    """Where it leads, seen from a run: the step, how far it was trained there, and another run's experiment."""
    if way.step == way.tip:
        place = tr("step {0}").format(count(way.step))
    else:
        place = tr("step {0} of {1}").format(count(way.step), count(way.tip))
    return place if way.run == run else tr("{0}, {1}").format(way.experiment or tr("the experiment before"), place)
