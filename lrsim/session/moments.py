"""A copied state for instruments, which measure beside the training."""

from __future__ import annotations

from dataclasses import dataclass

from lrsim.history.branch import Branch
from lrsim.instruments.moment import Moment, moment_at
from lrsim.session.snapshot import Place


@dataclass(frozen=True, eq=False)
class KeptMoment:
    """A copied state, and the branch that it is of."""

    branch: Branch
    moment: Moment


def kept_moment(place: Place, playing: bool) -> KeptMoment:
    """A copy of where a run stands.

    Parameters
    ----------
    playing
        Whether training goes on: the step before, which takes a replay, is left out then.
    """
    history, branch = place.run.history, place.branch
    previous = None if playing or not place.step else history.state_at(branch, place.step - 1).theta
    return KeptMoment(branch, moment_at(branch.course, history.state_at(branch, place.step), previous))
