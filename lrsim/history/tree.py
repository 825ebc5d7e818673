"""What happened: branches of recorded rows, the changes made by hand, checkpoints, and seeking by replay.

A run is a tree. Training goes on at the tip of a branch; a change made in the past forks a new branch there, and
the old future stays. Any step can be reached again: the nearest checkpoint before it, then replay with the same
rates, which gives the same bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.recording import BLOCK_BYTES, Bins, Recording, last_bins
from lrsim.history.replays import Replays
from lrsim.history.sink import BranchSink
from lrsim.schedules.callback_log import Control, ControlLog, Controls
from lrsim.training import changes, epochs, loop
from lrsim.training.changes import Value
from lrsim.training.course import Course, Event
from lrsim.training.engine import NO_STOPS, Problem, State, Status, Stops
from lrsim.training.epochs import EpochRecord, EpochSeries
from lrsim.training.loop import Line
from lrsim_core import FloatArray

CHECKPOINT_NANOSECONDS = 5e6
"""Checkpoints stand so close that replay from one to the next takes about this long, memory permitting."""

CALLBACK_NANOSECONDS = 1e5
"""What the end of an epoch costs where callbacks look at it, about."""

MAX_CHECKPOINTS = 4096
"""Per branch; beyond it every other one goes. Keeps a search short and the objects few."""

KEPT_BYTES = 16 << 20
"""The state before the last step is kept up to this size: whoever explains that step need not replay for it."""

RECOVERED_RANGES = 6
"""Ranges that came back by replay and are kept, newest last."""


class History:
    """All branches of one run.

    Parameters
    ----------
    budget
        Bytes that raw rows, summaries and checkpoints may take together; raw rows give way first.

    Raises
    ------
    ExperimentError
        A callback monitors what the run does not have.
    """

    def __init__(self, problem: Problem, budget: int) -> None:
        self.problem = problem
        self.budget = budget
        self._step_nanoseconds = work = problem.step_nanoseconds
        self._interval = 1 << max(0, min(17, int(CHECKPOINT_NANOSECONDS / work).bit_length() - 1))
        # Replaced and never changed, so that the window may read while the worker recovers rows; the oldest come first.
        self._recovered: dict[tuple[int, int, int], FloatArray] = {}
        self._replays = Replays(problem.step_nanoseconds, budget // 8)
        self.branches: list[Branch] = []
        self.root = self._add(None, 0, Line(problem, Course(problem), problem.start()), problem.first_control())

    def _add(
        self, parent: Branch | None, fork: int, line: Line, first: Control | None, seam: tuple[Bins, ...] = ()
    ) -> Branch:
        largest_block = min(BLOCK_BYTES, self.budget // 16)
        recording = Recording(len(self.problem.columns), self.problem.network.dtype, largest_block)
        controls = None if first is None else ControlLog(first, line.course.grid.ended(fork))
        line.controls = controls
        branch = Branch(len(self.branches), parent, fork, line, controls, recording, self._interval, seam)
        self.branches.append(branch)
        if parent is not None:
            parent.before_tip = None
        return branch

    # --- rates

    def event(self, branch: Branch, key: str, step: int) -> Event | None:
        """The change of `key` that is in effect once `step` steps are done."""
        return branch.course.event(key, step)

    def lr(self, branch: Branch, step: int) -> float:
        """`optimizer.lr` once `step` steps are done."""
        return branch.course.timeline.base(step)

    def multipliers(self, branch: Branch, step: int) -> tuple[float, ...]:
        """`optimizer.multipliers` once `step` steps are done; empty for 1 in all layers."""
        return branch.course.multipliers(step)

    def value(self, branch: Branch, key: str, step: int) -> Value:
        """A live key once `step` steps are done."""
        return branch.course.value(key, step)

    def factor(self, branch: Branch, step: int) -> float:
        """What callbacks multiply the rate by once `step` steps are done."""
        return branch.course.timeline.factor(step)

    def rates(self, branch: Branch, start: int, count: int) -> NDArray[np.float64]:
        """Learning rates of steps start + 1 to start + count; raises ExperimentError where there is none."""
        return branch.course.timeline.rates(start, count)

    def set_value(self, branch: Branch, key: str, value: Value, note: str = "") -> None:
        """Change a live key from the next step of the branch on; a second change at the same step replaces the first.

        A rate takes the place of all that callbacks have made of the one before.
        """
        branch.line.course = branch.course.with_value(branch.tip, key, value, note)

    def change(self, branch: Branch, step: int, values: Mapping[str, Value], anew: bool = False) -> Branch:
        """The branch on which keys and parameters have other values once `step` steps (0 to the tip) are done.

        That is the branch itself where it ends there and nothing of what it ends in changes, unless it has to be one
        `anew`; else a new one.

        Raises
        ------
        ExperimentError
            The values do not fit; nothing is changed.
        """
        values = changes.checked(branch.course.problem_at(step), values)
        course = branch.course.up_to(step).with_values(step, values)
        if step == branch.tip and not anew and not changes.alters_state(values):
            branch.line.course = course
            return branch
        return self.begin(branch, step, course)

    def begin(self, branch: Branch, step: int, course: Course) -> Branch:
        """A new branch after `step` steps of this one, on which the changes up to there are those of `course`."""
        owner = self._owner(branch, step)  # all is as the step left it there, whatever this branch has made of that
        control = self._control_after_epoch(owner, step)
        control = loop.control_after(control, course.problem_at(step), course.changes_at(step))
        line = self._line_at(owner, step, course)
        course.enter(line.state)
        return self._add(owner, step, line, control, self._seam(branch, step))

    # --- training

    def advance(self, branch: Branch, steps: int, stops: Stops = NO_STOPS, early_stop: bool = False) -> Status:
        """Train on at the tip, recording every row, until done or stopped.

        Parameters
        ----------
        early_stop
            End where early stopping says so; `stops_early` tells that it has.

        Raises
        ------
        ExperimentError
            There is no rate for the next step; the steps before it are taken.
        """
        sink = BranchSink(branch, partial(self.rows, branch), partial(self._checkpoint, branch))
        if steps > 1:
            status = loop.advance(branch.line, sink, steps - 1, stops, early_stop=early_stop)
            if status != Status.DONE or (early_stop and branch.line.stops_early):
                return status
        branch.before_tip = branch.state.copy() if branch.state.nbytes <= KEPT_BYTES else None
        return loop.advance(branch.line, sink, min(steps, 1), stops, early_stop=early_stop)

    def stops_early(self, branch: Branch) -> bool:
        """Whether early stopping ends training at the tip."""
        return branch.line.stops_early

    def _checkpoint(self, branch: Branch) -> None:
        branch.checkpoints[branch.tip] = branch.state.copy()
        if len(branch.checkpoints) > MAX_CHECKPOINTS:
            branch.thin_checkpoints()
        while self._checkpoint_bytes() > max(self.budget // 4, self.budget // 4 * 3 - self._row_bytes):
            largest = max(self.branches, key=lambda item: len(item.checkpoints))
            if len(largest.checkpoints) <= 2:
                break
            largest.thin_checkpoints()
        self._keep_budget(branch)

    def _checkpoint_bytes(self) -> int:
        each = self.root.state.nbytes + 400
        return each * sum(len(branch.checkpoints) + 1 for branch in self.branches)  # and the state at the tip

    @property
    def nbytes(self) -> int:
        """Bytes held by rows, summaries, checkpoints and what came back by replay."""
        recovered = sum(values.nbytes for values in self._recovered.values())
        controls = sum(branch.controls.nbytes for branch in self.branches if branch.controls is not None)
        return recovered + self._checkpoint_bytes() + controls + self._row_bytes + self._replays.nbytes

    @property
    def _row_bytes(self) -> int:
        return sum(branch.recording.nbytes for branch in self.branches)

    def _keep_budget(self, current: Branch) -> None:
        """Leave room for one more block of the branch at hand."""
        excess = self.nbytes + min(BLOCK_BYTES, self.budget // 16) - self.budget
        if excess <= 0:
            return
        excess -= sum(values.nbytes for values in self._recovered.values())
        self._recovered = {}
        self._drop_rows(current, excess)

    def _drop_rows(self, current: Branch, excess: int) -> None:
        """Let go of so many bytes of raw rows, as far as there are; of the branch at hand last, and oldest first."""
        for branch in self.branches:
            if excess > 0 and branch is not current:
                excess -= branch.recording.release()
        while excess > 0 and (freed := current.recording.drop_oldest()):
            excess -= freed

    def release(self) -> None:
        """Let go of raw rows: for a run that is set aside; they come back by replay."""
        self._recovered = {}
        self._replays.forget()
        for branch in self.branches:
            branch.recording.release()
            branch.before_tip = None

    # --- time travel

    def state_at(self, branch: Branch, step: int) -> State:
        """A copy of the state once `step` steps (0 to the tip) were done."""
        state = self._nearest(branch, step).copy()
        for _ in self._replays.walk(branch, state, step):
            pass
        return state

    def _nearest(self, branch: Branch, step: int) -> State:
        """The newest state at hand that is no later than a step; not to be changed."""
        holder = branch.holder(step)
        steps = sorted(holder.checkpoints)
        found = [holder.checkpoints[steps[bisect_right(steps, step) - 1]]]
        others = (holder.state, holder.before_tip, self._replays.best(branch, step))
        found += [state for state in others if state is not None and state.step <= step]
        return max(found, key=lambda state: state.step)

    def replay_seconds(self, branch: Branch, step: int) -> float:
        """What it takes to have the states of a step and of the one before it, about."""
        before = max(step - 1, 0)
        return (before - self._nearest(branch, before).step) * self._replays.step_nanoseconds / 1e9

    def approach(self, branch: Branch, step: int) -> Iterator[float]:
        """Have the states of a step and of the one before it at hand, from which the step is explained.

        A little at a time; tells which share of the way is done.
        """
        before = max(step - 1, 0)
        state = self._nearest(branch, before).copy()
        first = state.step
        for _ in self._replays.walk(branch, state, before):
            yield (state.step - first) / max(step - first, 1)
        self._replays.keep(branch, state)
        state = self.state_at(branch, step)
        self._replays.keep(branch, state)

    def control_at(self, branch: Branch, step: int) -> Control | None:
        """The callbacks once `step` steps (0 to the tip) were done; None for a run without."""
        found = self._control_after_epoch(branch, step)
        rate_set = branch.course.rate_was_set(branch.course.grid.begin_of(step), step)
        return found.with_rate_set() if found is not None and rate_set else found

    def _control_after_epoch(self, branch: Branch, step: int) -> Control | None:
        """As the last epoch that ended by `step` left it."""
        owner = branch.holder(step)
        return None if owner.controls is None else owner.controls.at(branch.course.grid.ended(step))

    def fork(self, branch: Branch, step: int, anew: bool = False, course: Course | None = None) -> Branch:
        """A new branch that begins after `step` steps of this one; changes made up to there are inherited.

        Where nothing has been trained on this branch yet it serves itself, unless it has to be one `anew`. With
        `course` the changes that were made after just these steps are other ones.
        """
        if step == branch.tip and branch.recording.n == 0 and not anew:
            return branch
        control = self._control_after_epoch(branch, step)
        line = self._line_at(branch, step, course)
        return self._add(self._owner(branch, step), step, line, control, self._seam(branch, step))

    def _line_at(self, branch: Branch, step: int, course: Course | None = None) -> Line:
        """A copy of the line as it stood after `step` steps, without its callbacks."""
        course, state = course or branch.course.up_to(step), self.state_at(branch, step)
        return Line(self.problem, course, state, first_bad=branch.bad_at(step))

    def line_at(self, branch: Branch, step: int) -> Line:
        """A copy of the line as it stood after `step` steps (0 to the tip), to be trained on apart from the tree."""
        line, control = self._line_at(branch, step), self._control_after_epoch(branch, step)
        line.controls = None if control is None else Controls(control)
        return line

    def rows(self, branch: Branch, lo: int, hi: int) -> FloatArray:
        """Rows lo to hi - 1, shape (columns, hi - lo), by replay where they are no longer at hand."""
        rows = self.raw(branch, lo, hi)
        return self.recover(branch, lo, hi) if rows is None else rows

    @staticmethod
    def _owner(branch: Branch, step: int) -> Branch:
        """The branch on which the last of so many steps was taken: so the tree grows no deeper than there are steps."""
        while step <= branch.fork and branch.parent is not None:
            branch = branch.parent
        return branch

    def _seam(self, branch: Branch, step: int) -> tuple[Bins, ...]:
        if step == 0:
            return ()
        owner, _, _ = next(self.pieces(branch, step - 1, step))
        bins, rows = owner.recording.bins(), step - owner.fork
        begin = step - 1 - (rows - 1) % bins.size
        return last_bins(bins, rows, self.rows(branch, begin, step))

    # --- reading

    def pieces(self, branch: Branch, lo: int, hi: int) -> Iterator[tuple[Branch, int, int]]:
        """Owners of rows lo to hi - 1 (row k is step k + 1), oldest first."""
        found = []
        owner: Branch | None = branch
        while owner is not None and lo < hi:
            if hi > owner.fork:
                found.append((owner, max(lo, owner.fork), hi))
            hi, owner = min(hi, owner.fork), owner.parent
        return reversed(found)

    def raw(self, branch: Branch, lo: int, hi: int) -> FloatArray | None:
        """Rows lo to hi - 1, shape (columns, hi - lo), where they are at hand; None where replay must bring them."""
        if lo >= hi:
            return np.empty((len(self.problem.columns), 0), self.problem.network.dtype)
        parts = []
        for owner, first, last in self.pieces(branch, lo, hi):
            part = owner.recording.raw(first - owner.fork, last - owner.fork)
            if part is None:
                return self._recovered_rows(branch, lo, hi)
            parts.append(part)
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def _recovered_rows(self, branch: Branch, lo: int, hi: int) -> FloatArray | None:
        for (number, first, last), values in self._recovered.items():
            if number == branch.number and first <= lo and hi <= last:
                return values[:, lo - first : hi - first]
        return None

    def is_quick(self, steps: int) -> bool:
        """Whether so many steps take no longer than about a tenth of a second, as replay takes them."""
        return steps * self._step_nanoseconds < 1e8

    def trains_quickly(self, steps: int) -> bool:
        """The same for new steps, at whose epochs' ends callbacks look at the figures."""
        if self.root.controls is None:
            return self.is_quick(steps)
        held_out = 0.7 * len(self.problem.data.X_test) * self.problem.n_parameters
        ends = steps / self.problem.steps_per_epoch
        return steps * self._step_nanoseconds + ends * (CALLBACK_NANOSECONDS + held_out) < 1e8

    def recover(self, branch: Branch, lo: int, hi: int) -> FloatArray:
        """Rows lo to hi - 1 by replay; kept for a while."""
        lo, hi = max(lo, 0), min(hi, branch.tip)
        state = self.state_at(branch, lo)
        values = np.empty((len(self.problem.columns), hi - lo), self.problem.network.dtype)
        loop.replay(branch.course, state, hi, values)
        kept = {key: known for key, known in self._recovered.items() if key != (branch.number, lo, hi)}
        newest = [*kept.items(), ((branch.number, lo, hi), values)][-RECOVERED_RANGES:]
        self._recovered = dict(newest)
        self._drop_rows(branch, self.nbytes - self.budget)
        return values

    def epoch_series(self, branch: Branch, step: int) -> EpochSeries:
        """Figures taken once an epoch, up to `step`; only models that hold rows out or do not record parameters."""
        shown = self.problem.validates or not self.problem.records_parameters
        return epochs.as_series(self.problem, self.epoch_records(branch, step) if shown else ())

    def epoch_records(self, branch: Branch, step: int) -> list[EpochRecord]:
        """Figures of the epochs that have ended by `step`, thinned in long runs; of any model."""
        found: list[list[EpochRecord]] = []
        owner: Branch | None = branch
        while owner is not None:
            found.append([record for record in owner.epochs.records if record.step <= step])
            step, owner = min(step, owner.fork), owner.parent
        return [record for records in reversed(found) for record in records]
