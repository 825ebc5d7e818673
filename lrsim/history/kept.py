"""A run's tree as plain values, and the tree again, trained from them: the same steps, the same bits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import groupby

import msgspec

from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError
from lrsim.data.progress import report
from lrsim.history.branch import Branch
from lrsim.history.path import state_beside
from lrsim.history.tree import History
from lrsim.training.changes import Value, alters_state, checked
from lrsim.training.course import Event
from lrsim.training.stops import StopReason
from lrsim_core import FloatArray

PIECE_SECONDS = 0.05
"""It is told how far the training has come about so often."""
MOST_BRANCHES, MOST_EVENTS = 100_000, 1_000_000
KeptValue = bool | int | float | str | tuple[float, ...] | None


class KeptEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change by hand once `step` steps were done."""

    step: int
    key: str
    value: KeptValue
    note: str = ""


class KeptBranch(msgspec.Struct, frozen=True, omit_defaults=True):
    """A branch: where it left its parent (None for the first), how far it was trained, and what was changed from there.

    Attributes
    ----------
    events
        Its own changes; those at its fork take the place of all that its parent has there.
    fingerprint
        Of the parameters at its tip; empty where it is not known.
    """

    parent: int | None
    fork: int
    tip: int
    fingerprint: str
    events: tuple[KeptEvent, ...] = ()
    name: str = ""
    hidden: bool = False
    finished: str | None = None
    restored: int | None = None
    passed: tuple[str, ...] = ()


def fingerprint(theta: FloatArray) -> str:
    """Of parameters: the same for the same bits alone."""
    return hashlib.sha256(theta.tobytes()).hexdigest()[:32]


def keep(history: History) -> tuple[KeptBranch, ...]:
    """All branches of a run as they stand; any thread may ask while another one trains."""
    return tuple(_kept(branch) for branch in list(history.branches))


def _kept(branch: Branch) -> KeptBranch:
    tip = branch.tip
    own = sorted(
        (event for event in branch.course.events if branch.fork <= event.step <= tip),
        key=lambda event: (event.step, event.key),  # at one step their order means nothing
    )
    return KeptBranch(
        None if branch.parent is None else branch.parent.number,
        branch.fork,
        tip,
        fingerprint(state_beside(branch, tip).theta),
        tuple(KeptEvent(event.step, event.key, _plain(event.value), event.note) for event in own),
        branch.name,
        branch.hidden,
        None if branch.finished is None else branch.finished.value,
        branch.restored,
        tuple(sorted(reason.value for reason in branch.passed)),
    )


def of_line(
    steps: int, events: Sequence[Event], theta: FloatArray | None, finished: StopReason | None
) -> tuple[KeptBranch, ...]:
    """The branches of a run that was trained in one line, with changes on the way.

    Parameters
    ----------
    events
        In the order of their steps. One that changes more than what is to come begins a branch.
    theta
        Parameters after the last step, shape (n_parameters,); None where they are not at hand.
    """
    taken = [event for event in events if event.step <= steps]
    forks = [step for step, together in groupby(taken, key=lambda event: event.step)
             if alters_state({event.key: event.value for event in together})]  # fmt: skip
    edges = [0, *forks]
    found = []
    for number, fork in enumerate(edges):
        last = number + 1 == len(edges)
        tip = steps if last else edges[number + 1]
        own = tuple(
            KeptEvent(event.step, event.key, _plain(event.value))
            for event in taken
            if fork <= event.step and (last or event.step < tip) and (number > 0 or 0 not in forks)
        )
        mark = fingerprint(theta) if last and theta is not None else ""
        found.append(KeptBranch(number - 1 if number else None, fork, tip, mark, own,
                                finished=finished.value if last and finished is not None else None))  # fmt: skip
    return tuple(found)


def _plain(value: Value) -> KeptValue:
    converted: KeptValue = msgspec.convert(msgspec.to_builtins(value), KeptValue)
    return converted


def rebuild(history: History, kept: Sequence[KeptBranch]) -> list[str]:
    """Train a new history to what was kept.

    Returns
    -------
    list of str
        A sentence for each branch that ends in other bits than were kept: those of another machine or version.

    Raises
    ------
    ExperimentError
        It does not fit together, or a change does not fit the run.
    """
    check(kept)
    work, done = sum(each.tip - each.fork for each in kept), 0
    for number, each in enumerate(kept):
        done = _train(history, _begun(history, number, each), each, done, work)
    return [
        f"branch {number} ends after step {count(each.tip)} in other bits than were saved"
        for number, each in enumerate(kept)
        if each.fingerprint not in ("", fingerprint(history.branches[number].state.theta))
    ]


def check(kept: Sequence[KeptBranch]) -> None:
    """Refuse what can't be a tree.

    Raises
    ------
    ExperimentError
        Says which branch, and what about it.
    """
    if not kept or len(kept) > MOST_BRANCHES or sum(len(each.events) for each in kept) > MOST_EVENTS:
        raise ExperimentError("branches", f"expected 1 to {MOST_BRANCHES} with at most {MOST_EVENTS} changes")
    reasons = {reason.value for reason in StopReason}
    for number, each in enumerate(kept):
        where = f"branch {number}"
        if (each.parent is None) != (number == 0) or not (each.parent or 0) <= max(number - 1, 0):
            raise ExperimentError(where, "expected one of the branches before it to begin on", each.parent)
        begun = 0 if each.parent is None else kept[each.parent].fork
        longest = 0 if each.parent is None else kept[each.parent].tip
        if not begun <= each.fork <= longest or not each.fork <= each.tip:
            raise ExperimentError(where, f"expected it to begin between steps {begun} and {longest}", each.fork)
        steps = [event.step for event in each.events]
        if steps != sorted(steps) or any(not each.fork <= step <= each.tip for step in steps):
            raise ExperimentError(where, "expected its changes in order, between its first and its last step")
        if not {*each.passed, *([each.finished] if each.finished else [])} <= reasons:
            raise ExperimentError(where, f"expected one of {', '.join(sorted(reasons))} as an end", each.finished)


def _begun(history: History, number: int, kept: KeptBranch) -> Branch:
    if kept.parent is None:
        return history.root
    parent = history.branches[kept.parent]
    course = parent.course.up_to(kept.fork)
    for event in course.events:
        if event.step == kept.fork:
            course = course.without(event.step, event.key)
    here = {event.key: event for event in kept.events if event.step == kept.fork}
    values = checked(course.problem_at(kept.fork), {key: event.value for key, event in here.items()})
    for note, events in groupby(here.values(), key=lambda event: event.note):
        course = course.with_values(kept.fork, {event.key: values[event.key] for event in events}, note)
    branch = history.begin(parent, kept.fork, course)
    if branch.number != number:
        raise ExperimentError(f"branch {number}", "can't be begun in its order")
    return branch


def _train(history: History, branch: Branch, kept: KeptBranch, done: int, work: int) -> int:
    later = [event for event in kept.events if event.step > kept.fork or kept.parent is None]
    for step, events in groupby(later, key=lambda event: event.step):
        done = _advance(history, branch, step, done, work)
        values = {event.key: event.value for event in events}
        if history.change(branch, step, values) is not branch:
            raise ExperimentError(f"branch {branch.number}", f"can't be changed like this after step {count(step)}")
    done = _advance(history, branch, kept.tip, done, work)
    branch.name, branch.hidden, branch.restored = kept.name, kept.hidden, kept.restored
    branch.finished = None if kept.finished is None else StopReason(kept.finished)
    branch.passed = {StopReason(reason) for reason in kept.passed}
    return done


def _advance(history: History, branch: Branch, step: int, done: int, work: int) -> int:
    piece = max(int(PIECE_SECONDS * 1e9 / history.problem.step_nanoseconds), 1)
    while branch.tip < step:
        before = branch.tip
        history.advance(branch, min(piece, step - before))
        if branch.tip == before:
            raise ExperimentError(f"branch {branch.number}", f"can't be trained past step {count(before)}")
        done += branch.tip - before
        report(done, work, "steps")
    return done
