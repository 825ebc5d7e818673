"""What happened: branches of recorded rows, the changes made by hand, checkpoints, and seeking by replay.

A run is a tree. Training goes on at the tip of a branch; a change made in the past forks a new branch there, and
the old future stays. Any step can be reached again: the nearest checkpoint before it, then replay with the same
rates, which gives the same bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import metric_of
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.history.branch import Branch, Event, Value
from lrsim.history.recording import BLOCK_BYTES, Recording
from lrsim.schedules import callback_log
from lrsim.schedules.callback_log import Control, ControlLog
from lrsim.schedules.rates import as_far_as_known
from lrsim.training import engine, epochs
from lrsim.training.engine import NO_STOPS, Problem, State, Stops
from lrsim.training.epochs import EpochRecord, EpochSeries
from lrsim_core import FloatArray, Outcome, Status

CHECKPOINT_NANOSECONDS = 5e6
"""Checkpoints stand so close that replay from one to the next takes about this long, memory permitting."""

CALLBACK_NANOSECONDS = 1e5
"""What the end of an epoch costs where callbacks look at it, about."""

MAX_CHECKPOINTS = 4096
"""Per branch; beyond it every other one goes. Keeps a search short and the objects few."""

REPLAY_CHUNK = 1 << 16
"""Steps a kernel call during replay; bounds the array of rates."""

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
        work = 10 + 0.7 * problem.batch_size * problem.n_parameters
        self._step_nanoseconds = work
        self._interval = 1 << max(0, min(17, int(CHECKPOINT_NANOSECONDS / work).bit_length() - 1))
        self._recovered: OrderedDict[tuple[int, int, int], FloatArray] = OrderedDict()
        self._logs_epochs = len(problem.data.X_test) > 0 or not problem.records_parameters
        self.branches: list[Branch] = []
        self.root = self._add(None, 0, problem.start(), [], problem.first_control())

    def _add(
        self, parent: Branch | None, fork: int, state: State, events: list[Event], first: Control | None
    ) -> Branch:
        largest_block = min(BLOCK_BYTES, self.budget // 16)
        recording = Recording(len(self.problem.columns), self.problem.network.dtype, largest_block)
        controls = None if first is None else ControlLog(first, fork // self.problem.steps_per_epoch)
        branch = Branch(len(self.branches), parent, fork, state, events, recording, self._interval, controls)
        self.branches.append(branch)
        return branch

    # --- rates

    def event(self, branch: Branch, key: str, step: int) -> Event | None:
        """The change of `key` that is in effect once `step` steps are done."""
        events = branch.events
        for place in range(bisect_right(events, step, key=lambda event: event.step) - 1, -1, -1):
            if events[place].key == key:
                return events[place]
        return None

    def lr(self, branch: Branch, step: int) -> float:
        """`optimizer.lr` once `step` steps are done."""
        event = self.event(branch, RATE_KEY, step)
        if event is None or isinstance(event.value, tuple):
            return self.problem.experiment.optimizer.lr
        return event.value

    def multipliers(self, branch: Branch, step: int) -> tuple[float, ...]:
        """`optimizer.multipliers` once `step` steps are done; empty for 1 in all layers."""
        event = self.event(branch, MULTIPLIERS_KEY, step)
        if event is None or not isinstance(event.value, tuple):
            return self.problem.experiment.optimizer.multipliers
        return event.value

    def value(self, branch: Branch, key: str, step: int) -> Value:
        """A live key once `step` steps are done."""
        return self.lr(branch, step) if key == RATE_KEY else self.multipliers(branch, step)

    def factor(self, branch: Branch, step: int) -> float:
        """What callbacks multiply the rate by once `step` steps are done."""
        return callback_log.factor_at(branch.factors, step)

    def rates(self, branch: Branch, start: int, count: int) -> NDArray[np.float64]:
        """Learning rates of steps start + 1 to start + count.

        Raises
        ------
        ExperimentError
            An expression has no rate for one of them.
        """
        scheduled = self._scheduled(branch, start, count)
        return scheduled * callback_log.factors(branch.factors, start, count) if branch.factors else scheduled

    def _scheduled(self, branch: Branch, start: int, count: int) -> NDArray[np.float64]:
        edges = [event.step for event in branch.events if start < event.step < start + count]
        if not edges:
            return engine.rates(self.problem, self.lr(branch, start), start, count)
        edges = [start, *dict.fromkeys(edges), start + count]
        return np.concatenate(
            [engine.rates(self.problem, self.lr(branch, a), a, b - a) for a, b in zip(edges[:-1], edges[1:])]
        )

    def set_value(self, branch: Branch, key: str, value: Value, note: str = "") -> None:
        """Change `key` from the next step of the branch on; a second change at the same step replaces the first.

        A rate takes the place of all that callbacks have made of the one before.
        """
        tip = branch.tip
        branch.events = [event for event in branch.events if not (event.step == tip and event.key == key)]
        if key == RATE_KEY:
            branch.factors = tuple(mark for mark in branch.factors if mark != (tip, 1.0))
        reduced = key == RATE_KEY and self.factor(branch, tip) != 1.0
        if self.value(branch, key, tip) != value or reduced:
            branch.events = [*branch.events, Event(tip, key, value, note)]
        if reduced:
            branch.factors = (*branch.factors, (tip, 1.0))

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
        done, size = 0, self.problem.steps_per_epoch
        while done < steps:
            block, offset, room = branch.recording.room()
            since = branch.tip - branch.fork
            count = min(steps - done, room, branch.interval - since % branch.interval)
            if self._logs_epochs:
                count = min(count, branch.epochs.next_due(branch.tip, size) - branch.tip)
            if branch.controls is not None:
                count = min(count, size - branch.tip % size)
            outcome = engine.advance(
                self.problem, branch.state, as_far_as_known(partial(self.rates, branch, branch.tip), count),
                multipliers=self.multipliers(branch, branch.tip), record=block, record_at=offset, stops=stops,
            )  # fmt: skip
            branch.recording.commit(outcome.steps)
            done += outcome.steps
            self._note_bad(branch, outcome)
            if branch.tip % size == 0:
                self._end_epoch(branch)
            if (branch.tip - branch.fork) % branch.interval == 0:
                self._checkpoint(branch)
            if outcome.status != Status.DONE:
                return outcome.status
            if early_stop and self.stops_early(branch):
                break
        return Status.DONE

    def stops_early(self, branch: Branch) -> bool:
        """Whether early stopping ends training at the tip."""
        at_end = branch.tip % self.problem.steps_per_epoch == 0
        return at_end and branch.controls is not None and branch.controls.now.stops

    def _note_bad(self, branch: Branch, outcome: Outcome) -> None:
        if outcome.bad_step and branch.first_bad is None:
            step = branch.tip - outcome.steps + outcome.bad_step
            branch.first_bad = (step, engine.not_finite_name(self.problem, outcome))

    def _end_epoch(self, branch: Branch) -> None:
        size, tip = self.problem.steps_per_epoch, branch.tip
        logs = self._logs_epochs and branch.epochs.next_due(tip - 1, size) == tip
        if not logs and branch.controls is None:
            return
        rows = self.raw(branch, tip - size, tip)
        if rows is None:
            rows = self.recover(branch, tip - size, tip)
        record = epochs.examine(self.problem, branch.state.theta, tip, rows) if logs else None
        if record is not None:
            branch.epochs.add(record, size)
        if branch.controls is None:
            return
        if record is not None:
            training, validation = record.training, record.validation
        else:
            training = epochs.means(self.problem, rows)
            watches_held_out = any(metric_of(name).held_out for name in branch.controls.now.monitors)
            validation = epochs.held_out(self.problem, branch.state.theta) if watches_held_out else {}
        self._control(branch, branch.controls, epochs.by_name(training, validation))

    def _control(self, branch: Branch, controls: ControlLog, metrics: dict[str, float]) -> None:
        """Let the callbacks decide on the epoch that ends at the tip."""
        tip = branch.tip
        changed = self.event(branch, RATE_KEY, tip - 1)
        in_this_epoch = changed is not None and changed.step >= tip - self.problem.steps_per_epoch
        factor = controls.add(metrics, self.lr(branch, tip - 1), in_this_epoch).factor
        if factor != self.factor(branch, tip):
            branch.factors = (*branch.factors, (tip, factor))

    def _checkpoint(self, branch: Branch) -> None:
        branch.checkpoints[branch.tip] = branch.state.copy()
        if len(branch.checkpoints) > MAX_CHECKPOINTS:
            branch.thin_checkpoints()
        while self._checkpoint_bytes() > self.budget // 4:
            largest = max(self.branches, key=lambda item: len(item.checkpoints))
            if len(largest.checkpoints) <= 2:
                break
            largest.thin_checkpoints()
        self._keep_budget(branch)

    def _checkpoint_bytes(self) -> int:
        each = self.root.state.nbytes + 400
        return each * sum(len(branch.checkpoints) for branch in self.branches)

    @property
    def nbytes(self) -> int:
        """Bytes held by rows, summaries, checkpoints and what came back by replay."""
        recovered = sum(values.nbytes for values in list(self._recovered.values()))
        controls = sum(branch.controls.nbytes for branch in self.branches if branch.controls is not None)
        rows = sum(branch.recording.nbytes for branch in self.branches)
        return recovered + self._checkpoint_bytes() + controls + rows

    def _keep_budget(self, current: Branch) -> None:
        """Leave room for one more block of the branch at hand."""
        excess = self.nbytes + min(BLOCK_BYTES, self.budget // 16) - self.budget
        if excess <= 0:
            return
        excess -= sum(values.nbytes for values in self._recovered.values())
        self._recovered.clear()
        for branch in self.branches:
            if excess > 0 and branch is not current:
                excess -= branch.recording.release()
        while excess > 0 and (freed := current.recording.drop_oldest()):
            excess -= freed

    def release(self) -> None:
        """Let go of raw rows: for a run that is set aside; they come back by replay."""
        self._recovered.clear()
        for branch in self.branches:
            branch.recording.release()

    # --- time travel

    def state_at(self, branch: Branch, step: int) -> State:
        """A copy of the state once `step` steps (0 to the tip) were done."""
        owner = branch
        while step < owner.fork and owner.parent is not None:
            owner = owner.parent
        if step == owner.tip:
            return owner.state.copy()
        steps = sorted(owner.checkpoints)
        state = owner.checkpoints[steps[bisect_right(steps, step) - 1]].copy()
        self._replay(branch, state, step)
        return state

    def _replay(self, branch: Branch, state: State, until: int, record: FloatArray | None = None) -> None:
        """Take a state to a later step of the branch as it was taken there the first time."""
        begin = state.step
        turns = [event.step for event in branch.events if event.key == MULTIPLIERS_KEY and begin < event.step < until]
        for turn in [*turns, until]:
            while state.step < turn:
                count = min(turn - state.step, REPLAY_CHUNK)
                engine.advance(
                    self.problem, state, self.rates(branch, state.step, count),
                    multipliers=self.multipliers(branch, state.step), record=record, record_at=state.step - begin,
                )  # fmt: skip

    def control_at(self, branch: Branch, step: int) -> Control | None:
        """The callbacks once `step` steps (0 to the tip) were done; None for a run without."""
        found, changed = self._control_after_epoch(branch, step), self.event(branch, RATE_KEY, step)
        set_since = changed is not None and changed.step >= step - step % self.problem.steps_per_epoch
        return found.with_rate_set() if found is not None and set_since else found

    def _control_after_epoch(self, branch: Branch, step: int) -> Control | None:
        """As the last epoch that ended by `step` left it."""
        owner = branch
        while step < owner.fork and owner.parent is not None:
            owner = owner.parent
        return None if owner.controls is None else owner.controls.at(step // self.problem.steps_per_epoch)

    def fork(self, branch: Branch, step: int, anew: bool = False) -> Branch:
        """A new branch that begins after `step` steps of this one; changes made up to there are inherited.

        Where nothing has been trained on this branch yet it serves itself, unless it has to be one `anew`.
        """
        if step == branch.tip and branch.recording.n == 0 and not anew:
            return branch
        events = [event for event in branch.events if event.step <= step]
        return self._add(branch, step, self.state_at(branch, step), events, self._control_after_epoch(branch, step))

    # --- reading

    def pieces(self, branch: Branch, lo: int, hi: int) -> Iterator[tuple[Branch, int, int]]:
        """Owners of rows lo to hi - 1 (row k is step k + 1), oldest first."""
        if lo < branch.fork and branch.parent is not None:
            yield from self.pieces(branch.parent, lo, min(hi, branch.fork))
        if hi > branch.fork:
            yield branch, max(lo, branch.fork), hi

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
        for (number, first, last), values in list(self._recovered.items()):
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
        self._replay(branch, state, hi, values)
        self._recovered[branch.number, lo, hi] = values
        while len(self._recovered) > RECOVERED_RANGES:
            self._recovered.popitem(last=False)
        return values

    def epoch_series(self, branch: Branch, step: int) -> EpochSeries:
        """Figures taken once an epoch, up to `step`; only models that hold rows out or do not record parameters."""
        return epochs.as_series(self.problem, self._epoch_records(branch, step))

    def _epoch_records(self, branch: Branch, step: int) -> list[EpochRecord]:
        inherited = [] if branch.parent is None else self._epoch_records(branch.parent, min(step, branch.fork))
        return inherited + [record for record in list(branch.epochs.records) if record.step <= step]
