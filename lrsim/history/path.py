"""The way that the parameters took, thinned to points that a picture can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.training import loop
from lrsim.training.engine import State
from lrsim_core import FloatArray

MOST_BYTES = 16 << 20
"""What all points of one path may take."""
FEWEST = 8
GROWTH = 1.35
"""Factor between the steps of points at the beginning."""


REPLAY_NANOSECONDS = 2e8
"""What may be trained again for the points of one path at a time, about."""


class Known:
    """What was found before by training again, of one run, for one thread.

    Attributes
    ----------
    points
        Parameters, by branch and step.
    reached
        The last state that was reached on each branch.
    """

    def __init__(self) -> None:
        self.points: dict[tuple[int, int], FloatArray] = {}
        self.reached: dict[int, State] = {}


@dataclass(frozen=True, eq=False)
class Path:
    """Some points of the way.

    Attributes
    ----------
    steps
        Shape (n,), ascending, the first and the last one among them.
    thetas
        Parameters once so many steps were done, shape (n, n_parameters).
    whole
        Whether each step has its point.
    complete
        Whether all points are there that were asked for; asked for again it has some more of them.
    """

    steps: NDArray[np.int64]
    thetas: FloatArray
    whole: bool
    complete: bool


def path(history: History, branch: Branch, step: int, theta: FloatArray, most: int, known: Known) -> Path:
    """The way from the start to a step of a branch, where the parameters are `theta`, in about `most` points.

    They stand evenly, and closer at the beginning, where a step often goes far. They come from recorded rows and
    checkpoints; what is not at hand is trained again, a little of it with each call. Any thread may ask while another
    one trains.

    Parameters
    ----------
    known
        Points that earlier calls have found by training again; what is found is added.
    """
    room = max(MOST_BYTES // theta.nbytes, FEWEST)
    found, missing = {0: history.problem.theta, step: theta}, []
    for each in spread(step, min(most, room))[1:-1]:
        point = _at_hand(history, branch, each)
        point = known.points.get((branch.holder(each).number, each)) if point is None else point
        if point is None:
            missing.append(each)
        else:
            found[each] = point
    again = _trained_again(history, branch, missing, known)
    found.update(again)
    steps = sorted(found)
    thetas = np.stack([found[each] for each in steps])
    return Path(np.array(steps, np.int64), thetas, len(steps) == step + 1, len(again) == len(missing))


def _at_hand(history: History, branch: Branch, step: int) -> FloatArray | None:
    """Parameters after a step (from 1), where a row with them is at hand or a checkpoint stands there."""
    row = history.raw(branch, step - 1, step) if history.problem.records_parameters else None
    if row is not None:
        return row[len(history.problem.metrics) :, 0]
    state = branch.holder(step).checkpoints.get(step)
    return None if state is None else state.theta


def _trained_again(history: History, branch: Branch, steps: list[int], known: Known) -> dict[int, FloatArray]:
    """Parameters after steps, ascending, as far as it does not take long."""
    found: dict[int, FloatArray] = {}
    room = REPLAY_NANOSECONDS / history.problem.step_nanoseconds
    state: State | None = None
    for step in steps:
        number = branch.holder(step).number
        nearest, reached = _nearest(branch, step), known.reached.get(number)
        if reached is not None and nearest.step < reached.step <= step:
            nearest = reached
        if state is None or nearest.step > state.step:
            state = nearest.copy()
        room -= step - state.step
        if room < 0 and found:
            break
        loop.replay(branch.course, state, step)
        found[step] = known.points[number, step] = state.theta.copy()
        known.reached[number] = state  # each branch begins with a checkpoint, so it stays on its own
    return found


def _nearest(branch: Branch, step: int) -> State:
    """The last checkpoint up to a step."""
    kept = branch.holder(step).checkpoints.copy()  # the worker may be adding to it
    return kept[max(each for each in kept if each <= step)]


def state_beside(branch: Branch, step: int) -> State:
    """The state once so many steps of a branch were done, for a thread that reads while another one trains on.

    It sets out from a checkpoint, which nobody changes, and takes the steps from there again.
    """
    state = _nearest(branch, step).copy()
    loop.replay(branch.course, state, step)
    branch.course.enter(state)
    return state


def stretch(branch: Branch, first: int, last: int, places: NDArray[np.int64]) -> FloatArray:
    """Some parameters after each step from `first` to `last` of a branch, shape (last - first + 1, places)."""
    state = state_beside(branch, first)
    found = np.empty((last - first + 1, len(places)), state.theta.dtype)
    found[0] = state.theta[places]
    for row in range(1, len(found)):
        loop.replay(branch.course, state, first + row)
        branch.course.enter(state)
        found[row] = state.theta[places]
    return found


def spread(step: int, most: int) -> list[int]:
    """Steps from 0 to the last, most of them even, the others ever closer towards the beginning.

    Those of a longer run are among those of a shorter one, so that what was found stays of use.
    """
    apart = 1 << (max(-(-3 * step // (2 * most)), 1) - 1).bit_length()
    early = {round(GROWTH**power) for power in range(int(np.log(max(step, 1)) / np.log(GROWTH)) + 1)}
    return sorted({*range(0, step, apart), *(each for each in early if each < step), step})
