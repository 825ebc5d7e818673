"""The sole owner of what changes: commands in, snapshots out.

Commands may come from any thread. They are queued and take effect between two slices of training, in whichever
thread calls `work`. Reading (`snapshot`, `series`, `rows`) never waits for training.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence

from lrsim.common.validation import ExperimentError
from lrsim.debugger import explain
from lrsim.experiment.keys import LIVE_KEYS, MULTIPLIERS_KEY, RATE_KEY, with_value
from lrsim.experiment.specs import Experiment
from lrsim.history.series import Series
from lrsim.history.steps import Row
from lrsim.schedules import callback_log
from lrsim.session.background import Trials
from lrsim.session.pace import Pace
from lrsim.session.reader import Reading
from lrsim.session.snapshot import Place, Run, Snapshot, take_snapshot
from lrsim.training import engine
from lrsim.training.engine import NO_STOPS, Stops
from lrsim.training.stops import StopReason
from lrsim_core import Status

__all__ = ["Place", "Row", "Series", "Session", "Snapshot"]

MEMORY_BUDGET = 512 << 20
DESCRIPTION_SECONDS = 0.1
DESCRIPTION_SHARE = 20
"""Verdict and explanation are made anew so seldom while playing that they take one part in so many of the time."""
DEFAULT_SPEED = 30.0


class Session(Reading):
    """Training that can be played, steered and taken back.

    Parameters
    ----------
    experiment
        What to begin with.
    memory_budget
        Bytes that the history may hold.

    Raises
    ------
    ExperimentError
        The experiment can't be built.
    """

    def __init__(self, experiment: Experiment, *, memory_budget: int = MEMORY_BUDGET) -> None:
        super().__init__()
        self.memory_budget = memory_budget
        self._commands: deque[Callable[[], None]] = deque()
        self._run = Run(1, engine.build(experiment), memory_budget)
        self._branch = self._run.history.root
        self._cursor = 0
        self._playing = False
        self._goal: int | None = None  # step to go to in slices
        self._goal_watches = True  # whether divergence ends the way there
        self._pace = Pace(DEFAULT_SPEED)
        self._message: str | None = None
        self._trials = Trials()
        self._verdict = self._run.judgement.at(self._branch, 0, None)
        self._lines = explain.lines_at(self._run.history, self._branch, 0)
        self._described = (-1, -1)
        self._next_description = -math.inf
        self._version = 0
        self._snapshot = self._take_snapshot()

    # --- commands

    def _queue(self, apply: Callable[[], None]) -> None:
        self._commands.append(apply)
        if self.wake is not None:
            self.wake()

    def play(self) -> None:
        """Train on, past a stop rule that has just ended the run."""
        self._queue(self._play)

    def pause(self) -> None:
        """Stop after the slice at hand."""
        self._queue(self._pause)

    def toggle(self) -> None:
        """Play or pause."""
        self._queue(lambda: self._pause() if self._playing else self._play())

    def step(self, n: int = 1) -> None:
        """Pause and take n steps: recorded ones are walked, new ones are trained."""
        self._queue(lambda: self._go(self._cursor + max(n, 0)))

    def step_back(self, n: int = 1) -> None:
        """Pause and go n steps back."""
        self._queue(lambda: self._go(max(self._cursor - max(n, 0), 0)))

    def step_epochs(self, n: int) -> None:
        """Pause and go to the n-th epoch boundary after (or, negative, before) the cursor."""

        def apply() -> None:
            size = self._run.problem.steps_per_epoch
            epochs = self._cursor // size + n if n > 0 else -(-self._cursor // size) + n
            self._go(max(epochs, 0) * size)

        self._queue(apply)

    def seek(self, step: int) -> None:
        """Pause and show a recorded step (0 to the tip); further ones mean the tip."""
        self._queue(lambda: self._go(min(max(step, 0), self._branch.tip)))

    def run_to(self, step: int) -> None:
        """Go to a step at full speed, training as far as needed; divergence ends it early."""

        def apply() -> None:
            if step <= self._branch.tip:
                self._go(max(step, 0))
            else:
                self._begin()
                self._goal, self._goal_watches = step, True

        self._queue(apply)

    def set_speed(self, steps_per_second: float) -> None:
        """Steps a second while playing; inf is as fast as the machine can."""

        def apply() -> None:
            if not steps_per_second > 0:
                self._message = f"speed: expected a number > 0, got {steps_per_second}"
                return
            self._pace.speed = steps_per_second
            self._pace.begin()

        self._queue(apply)

    def set_rate(self, value: float) -> None:
        """Use another learning rate from the next step on; in the past this forks a new branch there."""

        def apply() -> None:
            if isinstance(value, bool) or not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                self._message = f"{RATE_KEY}: expected a number > 0, got {value}"
                return
            history = self._run.history
            if value == history.lr(self._branch, self._cursor) and history.factor(self._branch, self._cursor) == 1.0:
                return
            try:
                engine.rates(self._run.problem, float(value), self._cursor, 1)
            except ExperimentError as error:
                self._message = str(error)
                return
            self._to_new_branch()
            history.set_value(self._branch, RATE_KEY, float(value))

        self._queue(apply)

    def set_multipliers(self, values: Sequence[float]) -> None:
        """Multiply the rate of each layer from the next step on; in the past this forks a new branch there."""

        def apply() -> None:
            try:
                checked = with_value(self._run.problem.experiment, MULTIPLIERS_KEY, list(values)).optimizer.multipliers
            except ExperimentError as error:
                self._message = str(error)
                return
            if checked != self._run.history.multipliers(self._branch, self._cursor):
                self._to_new_branch()
                self._run.history.set_value(self._branch, MULTIPLIERS_KEY, checked)

        self._queue(apply)

    def find_rates(self, lowest: float = 1e-7, highest: float = 10.0, points: int = 100) -> None:
        """Begin a range test on a copy of what stands at the cursor; its result comes as `Snapshot.range_test`."""

        def apply() -> None:
            try:
                self._trials.find_rates(self._place(), lowest, highest, points)
            except (TypeError, ValueError) as error:
                self._message = f"range test: {error}"

        self._queue(apply)

    def auto_tune(self) -> None:
        """Pause, find a rate for each layer from the training set alone, and use these from the next step on.

        This begins a new branch, so that `restore` takes it back. `Snapshot.tuning` says how the rates were found.
        """

        def apply() -> None:
            self._pause()
            try:
                self._trials.tune(self._place())
            except ExperimentError as error:
                self._message = str(error)

        self._queue(apply)

    def cancel(self) -> None:
        """End what goes on beside training; a range test keeps what it has found."""
        self._queue(self._trials.cancel)

    def reset(self) -> None:
        """Back to step 0 with the rate that is in effect now; what was trained stays reachable by `restore`."""

        def apply() -> None:
            values = {key: self._run.history.value(self._branch, key, self._cursor) for key in LIVE_KEYS}
            self._pause()
            self._cursor = 0
            self._to_new_branch()
            for key, value in values.items():
                self._run.history.set_value(self._branch, key, value)

        self._queue(apply)

    def load(self, experiment: Experiment, done: Callable[[ExperimentError | None], None] | None = None) -> None:
        """Begin another experiment; one that can't be built leaves everything as it is and says why.

        `done` is told the outcome, None or what was wrong, in the thread that works.
        """

        def apply() -> None:
            refusal = None
            try:
                problem = engine.build(experiment)
            except ExperimentError as error:
                refusal, self._message = error, str(error)
            else:
                self._set_aside()
                self._enter(Place(run := Run(self._run.number + 1, problem, self.memory_budget), run.history.root, 0))
            if done is not None:
                done(refusal)

        self._queue(apply)

    def restore(self, place: Place) -> None:
        """Go back to where `place` was taken: another run, branch and step."""

        def apply() -> None:
            if place.run is not self._run:
                self._set_aside()
            self._enter(place)

        self._queue(apply)

    # --- what commands do, in the thread that works

    def _set_aside(self) -> None:
        self._run.history.release()
        self._trials.forget()

    def _enter(self, place: Place) -> None:
        self._pause()
        with self._requests_lock:
            self._requests.clear()
        self._run, self._branch = place.run, place.branch
        self._cursor = min(place.step, place.branch.tip)
        self._pace.relearn()

    def _begin(self) -> None:
        self._playing = True
        self._pace.begin()

    def _play(self) -> None:
        if self._branch.finished is not None:
            self._branch.passed.add(self._branch.finished)
            self._branch.finished = None
        self._goal = None
        self._begin()

    def _pause(self) -> None:
        self._playing = False
        self._goal = None

    def _go(self, step: int) -> None:
        self._pause()
        missing = step - self._branch.tip
        if missing > 0:
            self._branch.finished = None
            if not self._run.history.trains_quickly(missing):
                self._begin()
                self._goal, self._goal_watches = step, False
                return
            self._train(missing, NO_STOPS)
        self._cursor = min(step, self._branch.tip)

    def _to_new_branch(self) -> None:
        if self._cursor < self._branch.tip:
            self._branch = self._run.history.fork(self._branch, self._cursor)

    def _place(self) -> Place:
        return Place(self._run, self._branch, self._cursor)

    def _train(self, steps: int, stops: Stops, early_stop: bool = False) -> Status:
        try:
            return self._run.history.advance(self._branch, steps, stops, early_stop)
        except ExperimentError as error:
            self._pause()
            self._message = str(error)
            return Status.DONE

    # --- work

    def work(self, seconds: float = 0.004) -> float | None:
        """Apply the queued commands and, when playing, train one slice.

        Parameters
        ----------
        seconds
            How long a slice of training may take, about.

        Returns
        -------
        float or None
            Seconds until the next call is due; None: nothing to do until a command comes.
        """
        changed = self._apply_commands()
        changed |= self._answer_request()
        delay: float | None = None
        if self._playing:
            delay, moved = self._slice_of_training(seconds)
            changed |= moved
        if self._trials.busy:
            tuned = self._trials.work(self._place(), self._playing, seconds)
            self._branch = tuned.branch if tuned else self._branch
            self._message = self._trials.message or self._message
            changed, delay = True, 0.0
        if self._describe() or changed:
            self._snapshot = self._take_snapshot()
        if self._commands or self._requests:
            return 0.0
        return delay

    def settle(self) -> None:
        """Work until nothing is left to do; for callers without a worker thread."""
        while (delay := self.work()) is not None:
            time.sleep(delay)
        self._next_description = -math.inf
        self.work()

    def _apply_commands(self) -> bool:
        changed = False
        while self._commands:
            self._message = None
            self._commands.popleft()()
            self._next_description = -math.inf
            changed = True
        return changed

    def _answer_request(self) -> bool:
        with self._requests_lock:
            if not self._requests:
                return False
            asker = next(iter(self._requests))
            branch, lo, hi = self._requests.pop(asker)
        if branch in self._run.history.branches:
            self._run.history.recover(branch, lo, hi)
        return True

    def _slice_of_training(self, seconds: float) -> tuple[float | None, bool]:
        """Move on by what is due; returns the delay until the next call, and whether anything moved."""
        unlimited = self._goal is not None
        due = self._pace.due(unlimited)
        if due == 0:
            return self._pace.delay(unlimited), False
        if self._cursor < self._branch.tip:
            # What is recorded is walked, not trained again.
            at_once = unlimited or math.isinf(self._pace.speed)
            self._cursor = self._branch.tip if at_once else min(self._cursor + due, self._branch.tip)
            return self._pace.delay(unlimited), True
        self._train_slice(due, seconds)
        return (self._pace.delay(unlimited) if self._playing else None), True

    def _train_slice(self, due: int, seconds: float) -> None:
        branch, experiment = self._branch, self._run.problem.experiment
        limit = self._run.problem.total_steps
        if self._goal is not None:
            due = min(due, self._goal - branch.tip)
            stops = Stops(not_finite=self._goal_watches and self._watches(StopReason.DIVERGED))
        else:
            if self._watches(StopReason.EPOCHS) and branch.tip < limit:
                due = min(due, limit - branch.tip)
            target = experiment.stop.target_error if self._watches(StopReason.TARGET_ERROR) else 0.0
            divergence = experiment.stop.divergence and self._watches(StopReason.DIVERGED)
            stops = Stops(target, experiment.stop.min_steps, divergence)
        before, began = branch.tip, time.perf_counter()
        early_stop = self._goal is None and self._watches(StopReason.EARLY_STOPPING)
        status = self._train(due, stops, early_stop)
        self._pace.learn(branch.tip - before, time.perf_counter() - began, seconds)
        self._cursor = branch.tip
        if self._goal is not None:
            if branch.tip >= self._goal or status == Status.NOT_FINITE:
                self._finish(StopReason.DIVERGED if status == Status.NOT_FINITE else None)
        elif status == Status.TARGET_REACHED:
            self._finish(StopReason.TARGET_ERROR)
        elif status == Status.NOT_FINITE:
            self._finish(StopReason.DIVERGED)
        elif early_stop and branch.tip > before and self._run.history.stops_early(branch):
            self._finish(StopReason.EARLY_STOPPING)
        elif branch.tip == limit and self._watches(StopReason.EPOCHS):
            self._finish(StopReason.EPOCHS)

    def _watches(self, reason: StopReason) -> bool:
        """Whether a stop rule is still in force; once training has diverged it can't end a run again."""
        if reason is StopReason.DIVERGED and self._branch.first_bad is not None:
            return False
        return reason not in self._branch.passed

    def _finish(self, reason: StopReason | None) -> None:
        self._branch.finished = reason
        self._next_description = -math.inf
        self._pause()
        if reason in (StopReason.EARLY_STOPPING, StopReason.EPOCHS):
            self._end_of_callbacks(reason)

    def _end_of_callbacks(self, reason: StopReason) -> None:
        """Say that early stopping has ended the run, and go to the best epoch where that is asked for."""
        found = self._run.history.control_at(self._branch, self._branch.tip)
        if found is None or found.early_stop is None:
            return
        said = (
            [f"Ended by {callback_log.stop_in_words(found.early_stop)}."] if reason is StopReason.EARLY_STOPPING else []
        )
        if found.restores:
            self._cursor = self._branch.restored = found.best_epoch * self._run.problem.steps_per_epoch
            said.append(f"The best parameters are back, those of epoch {found.best_epoch} (step {self._cursor}).")
        self._message = " ".join(said) or self._message

    # --- what is shown

    def _describe(self) -> bool:
        """Judge and explain anew where something has changed, but not more often than needed; True if it was done."""
        at = (id(self._branch), self._cursor)
        now = time.perf_counter()
        if (at == self._described and self._next_description != -math.inf) or now < self._next_description:
            return False
        finished = self._branch.finished if self._cursor == self._branch.tip else None
        self._verdict = self._run.judgement.at(self._branch, self._cursor, finished)
        self._lines = explain.lines_at(self._run.history, self._branch, self._cursor)
        self._described = at
        took = time.perf_counter() - now
        self._next_description = now + max(DESCRIPTION_SECONDS, DESCRIPTION_SHARE * took)
        return True

    def _take_snapshot(self) -> Snapshot:
        self._version += 1
        return take_snapshot(
            self._place(),
            version=self._version,
            playing=self._playing,
            speed=self._pace.speed,
            verdict=self._verdict,
            lines=self._lines,
            message=self._message,
            range_test=self._trials.range_test,
            busy=self._trials.busy,
        )
