"""What happened: branches of recorded rows, the changes made by hand, checkpoints, and seeking by replay.

A run is a tree. Training goes on at the tip of a branch; a change made in the past forks a new branch there, and
the old future stays. Any step can be reached again: the nearest checkpoint before it, then replay with the same
rates, which gives the same bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim import engine, epochs
from lrsim.engine import NO_STOPS, Outcome, Problem, State, Status, Stops
from lrsim.epochs import EpochLog, EpochRecord, EpochSeries
from lrsim.recording import BLOCK_BYTES, Bins, Recording, merge, thin
from lrsim_core import FloatArray

CHECKPOINT_NANOSECONDS = 5e6
"""Checkpoints stand so close that replay from one to the next takes about this long, memory permitting."""

MAX_CHECKPOINTS = 4096
"""Per branch; beyond it every other one goes. Keeps a search short and the objects few."""

REPLAY_CHUNK = 1 << 16
"""Steps a kernel call during replay; bounds the array of rates."""

RAW_ROWS = 1 << 18
"""Ranges of up to this many rows are drawn from raw rows, wider ones from the summary."""

RECOVERED_RANGES = 6
"""Ranges that came back by replay and are kept, newest last."""


@dataclass(frozen=True)
class Event:
    """A change by hand: from step + 1 on, `key` has `value`."""

    step: int
    key: str
    value: float


@dataclass(frozen=True)
class Series:
    """Columns over steps, thinned to bins.

    Attributes
    ----------
    x
        Steps, shape (p,): the step itself, or the middle of the bin.
    low, high
        For each column its minimum and maximum over each bin, shape (p,); NaN where nothing was finite.
    bad
        For each column the first steps of the bins that hold values which are not finite.
    exact
        Whether each bin is one row.
    wanted
        Rows [first, last) that replay would have to bring back for a finer picture; None when it is as fine as asked.
    """

    x: NDArray[np.float64]
    low: dict[str, NDArray[np.float64]]
    high: dict[str, NDArray[np.float64]]
    bad: dict[str, NDArray[np.int64]]
    exact: bool
    wanted: tuple[int, int] | None = None


class Branch:
    """One line of training from where it left its parent.

    Attributes
    ----------
    fork
        Step at which it begins; steps up to it are the parent's.
    events
        All changes that hold on this branch, the inherited ones included, in the order of their steps.
    state
        At the tip.
    first_bad
        Step and name (a parameter or ``loss``) of the first value that was not finite; None if there is none.
    finished
        The stop rule that was reached at the tip; None while training may go on.
    passed
        Stop rules that training went past; they are no longer in force.
    """

    def __init__(self, number: int, parent: Branch | None, fork: int, state: State, events: list[Event],
                 recording: Recording, interval: int) -> None:  # fmt: skip
        self.number = number
        self.parent = parent
        self.fork = fork
        self.state = state
        self.events = events
        self.recording = recording
        self.interval = interval
        self.checkpoints: dict[int, State] = {fork: state.copy()}
        self.first_bad: tuple[int, str] | None = None
        self.finished: str | None = None
        self.passed: set[str] = set()
        self.epochs: EpochLog = EpochLog(parent.epochs.stride if parent else 1)

    @property
    def tip(self) -> int:
        return self.fork + self.recording.n

    def bad_at(self, step: int) -> tuple[int, str] | None:
        """`first_bad`, once `step` has reached it."""
        return self.first_bad if self.first_bad is not None and self.first_bad[0] <= step else None

    def thin_checkpoints(self) -> None:
        """Drop every other checkpoint and set the next ones twice as far apart."""
        self.interval *= 2
        kept = {step: state for step, state in self.checkpoints.items() if (step - self.fork) % self.interval == 0}
        self.checkpoints = kept


class History:
    """All branches of one run.

    Parameters
    ----------
    budget
        Bytes that raw rows, summaries and checkpoints may take together; raw rows give way first.
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
        self.root = self._add(None, 0, problem.start(), [])

    def _add(self, parent: Branch | None, fork: int, state: State, events: list[Event]) -> Branch:
        largest_block = min(BLOCK_BYTES, self.budget // 16)
        recording = Recording(len(self.problem.columns), self.problem.network.dtype, largest_block)
        branch = Branch(len(self.branches), parent, fork, state, events, recording, self._interval)
        self.branches.append(branch)
        return branch

    # --- rates

    def lr(self, branch: Branch, step: int) -> float:
        """`optimizer.lr` once `step` steps are done."""
        place = bisect_right(branch.events, step, key=lambda event: event.step)
        return branch.events[place - 1].value if place else self.problem.experiment.optimizer.lr

    def rates(self, branch: Branch, start: int, count: int) -> NDArray[np.float64]:
        """Learning rates of steps start + 1 to start + count."""
        edges = [event.step for event in branch.events if start < event.step < start + count]
        if not edges:
            return engine.rates(self.problem, self.lr(branch, start), start, count)
        edges = [start, *dict.fromkeys(edges), start + count]
        return np.concatenate(
            [engine.rates(self.problem, self.lr(branch, a), a, b - a) for a, b in zip(edges[:-1], edges[1:])]
        )

    def set_value(self, branch: Branch, key: str, value: float) -> None:
        """Change `key` from the next step of the branch on; a second change at the same step replaces the first."""
        tip = branch.tip
        branch.events = [event for event in branch.events if not (event.step == tip and event.key == key)]
        if self.lr(branch, tip) != value:
            branch.events = [*branch.events, Event(tip, key, value)]

    # --- training

    def advance(self, branch: Branch, steps: int, stops: Stops = NO_STOPS) -> Status:
        """Train on at the tip, recording every row, until done or stopped."""
        done = 0
        while done < steps:
            block, offset, room = branch.recording.room()
            since = branch.tip - branch.fork
            count = min(steps - done, room, branch.interval - since % branch.interval)
            if self._logs_epochs:
                count = min(count, branch.epochs.next_due(branch.tip, self.problem.steps_per_epoch) - branch.tip)
            outcome = engine.advance(
                self.problem, branch.state, self.rates(branch, branch.tip, count),
                record=block, record_at=offset, stops=stops,
            )  # fmt: skip
            branch.recording.commit(outcome.steps)
            done += outcome.steps
            self._note_bad(branch, outcome)
            self._log_epoch(branch)
            if (branch.tip - branch.fork) % branch.interval == 0:
                self._checkpoint(branch)
            if outcome.status != Status.DONE:
                return outcome.status
        return Status.DONE

    def _note_bad(self, branch: Branch, outcome: Outcome) -> None:
        if outcome.bad_step and branch.first_bad is None:
            step = branch.tip - outcome.steps + outcome.bad_step
            branch.first_bad = (step, engine.not_finite_name(self.problem, outcome))

    def _log_epoch(self, branch: Branch) -> None:
        size, tip = self.problem.steps_per_epoch, branch.tip
        if not self._logs_epochs or branch.epochs.next_due(tip - 1, size) != tip:
            return
        rows = self.raw(branch, tip - size, tip)
        if rows is None:
            rows = self.recover(branch, tip - size, tip)
        branch.epochs.add(epochs.examine(self.problem, branch.state.theta, tip, rows), size)

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
        return recovered + self._checkpoint_bytes() + sum(branch.recording.nbytes for branch in self.branches)

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
        while state.step < step:
            count = min(step - state.step, REPLAY_CHUNK)
            engine.advance(self.problem, state, self.rates(branch, state.step, count))
        return state

    def fork(self, branch: Branch, step: int) -> Branch:
        """A new branch that begins after `step` steps of this one; changes made up to there are inherited."""
        if step == branch.tip and branch.recording.n == 0:
            return branch
        events = [event for event in branch.events if event.step <= step]
        return self._add(branch, step, self.state_at(branch, step), events)

    # --- reading

    def _pieces(self, branch: Branch, lo: int, hi: int) -> Iterator[tuple[Branch, int, int]]:
        """Owners of rows lo to hi - 1 (row k is step k + 1), oldest first."""
        if lo < branch.fork and branch.parent is not None:
            yield from self._pieces(branch.parent, lo, min(hi, branch.fork))
        if hi > branch.fork:
            yield branch, max(lo, branch.fork), hi

    def raw(self, branch: Branch, lo: int, hi: int) -> FloatArray | None:
        """Rows lo to hi - 1, shape (columns, hi - lo), where they are at hand; None where replay must bring them."""
        if lo >= hi:
            return np.empty((len(self.problem.columns), 0), self.problem.network.dtype)
        parts = []
        for owner, first, last in self._pieces(branch, lo, hi):
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
        """Whether so many steps take no longer than about a tenth of a second."""
        return steps * self._step_nanoseconds < 1e8

    def recover(self, branch: Branch, lo: int, hi: int) -> FloatArray:
        """Rows lo to hi - 1 by replay; kept for a while."""
        lo, hi = max(lo, 0), min(hi, branch.tip)
        state = self.state_at(branch, lo)
        values = np.empty((len(self.problem.columns), hi - lo), self.problem.network.dtype)
        engine.advance(self.problem, state, self.rates(branch, lo, hi - lo), record=values)
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

    def series(self, branch: Branch, tip: int, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        """Columns for steps lo to hi, in at most about `points` bins.

        Bins are powers of two and start at multiples of their size, so that a growing run does not flicker.
        Step 0 is the start; it has parameters, no loss and no error.
        """
        lo, hi = max(lo, 0), min(hi, tip)
        first, last = max(lo - 1, 0), hi
        size = 1 << max(0, (max(last - first, 1) - 1) // max(points, 1)).bit_length()
        first -= first % size
        last = min(tip, -(-last // size) * size)
        values = self.raw(branch, first, last) if last - first <= RAW_ROWS else None
        wanted = None
        if values is not None:
            parts = [(first, thin(values, size))]
        else:
            parts = [
                self._summary(owner, start - owner.fork, end - owner.fork, size)
                for owner, start, end in self._pieces(branch, first, last)
            ]
            finest = max(part.size for _, part in parts)
            rows = last - first
            wanted = (first, last) if finest > size and rows <= RAW_ROWS and self.is_quick(rows) else None
        return self._as_series(columns, parts, last, lo == 0, wanted)

    def _summary(self, owner: Branch, start: int, end: int, size: int) -> tuple[int, Bins]:
        """First row and bins of a stretch of one branch; `start` and `end` count from its fork."""
        bins = owner.recording.bins()
        count = max(1, size // bins.size)
        wide = bins.size * count
        a, b = start // wide * count, -(-end // bins.size)
        part = Bins(bins.size, bins.low[:, a:b], bins.high[:, a:b], bins.bad[:, a:b])
        return owner.fork + start // wide * wide, merge(part, count)

    def _as_series(self, columns: Sequence[str], parts: list[tuple[int, Bins]], last: int, from_start: bool,
                   wanted: tuple[int, int] | None) -> Series:  # fmt: skip
        start = np.concatenate([row + 1.0 + part.size * np.arange(part.low.shape[1]) for row, part in parts])
        ends = np.concatenate([row + part.size * np.arange(1.0, part.low.shape[1] + 1) for row, part in parts])
        x = (start + np.minimum(ends, max(last, 1))) / 2
        low, high, bad = {}, {}, {}
        names = list(self.problem.columns)
        for name in columns:
            row = names.index(name)
            low[name] = np.concatenate([part.low[row] for _, part in parts])
            high[name] = np.concatenate([part.high[row] for _, part in parts])
            bad[name] = start[np.concatenate([part.bad[row] for _, part in parts]) != 0].astype(np.int64)
        if from_start:
            x, measured = np.concatenate([[0.0], x]), len(self.problem.metrics)
            for name in columns:
                row = names.index(name)
                value = float(self.problem.theta[row - measured]) if row >= measured else np.nan
                low[name] = np.concatenate([[value], low[name]])
                high[name] = np.concatenate([[value], high[name]])
        return Series(x, low, high, bad, all(part.size == 1 for _, part in parts), wanted)
