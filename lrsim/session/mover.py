"""Moving through a run: playing, stepping, seeking, training a slice at a time, and stopping where conditions say.

Everything here happens in the thread that works.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.hits import Hit
from lrsim.debugger.explain import is_too_large
from lrsim.debugger.stages import Focus, stages_of
from lrsim.history.branch import Branch
from lrsim.schedules import callback_log
from lrsim.session.breakpoints import Breakpoints
from lrsim.session.inspector import Inspector
from lrsim.session.pace import Pace, proposed_speed
from lrsim.session.playback import Approach, back_by, round_of
from lrsim.session.snapshot import Loop, Place, Run
from lrsim.session.watches import Watches
from lrsim.training.changes import Value
from lrsim.training.engine import NO_STOPS, Stops
from lrsim.training.stops import StopReason
from lrsim_core import Status


class Mover:
    """Where a session stands in which run, and whether it trains on.

    Attributes
    ----------
    run, branch, cursor
        Where it stands.
    playing
        Whether it moves on by itself.
    pace
        How fast; as proposed for the run, also for the next one, until another speed is chosen.
    watches, breakpoints
        Expressions that are followed, and conditions that stop it, in which they may be named.
    message
        What the user has to know of what happened last; None for nothing.
    stage, focus
        Which stage of the update that follows stands open, None for none, and what of it is looked at.
    inspector
        Opens that update.
    backwards, loop
        Whether it plays backwards, and steps between which it goes round.
    way
        To a step that takes a while to be reached.
    just_finished
        Whether a stop rule or a goal was reached since this was last set to False.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.branch: Branch = run.history.root
        self.cursor = 0
        self.playing = False
        self.pace = Pace(self._proposed)
        self.watches = Watches(run.problem)
        self.breakpoints = Breakpoints(run.problem, self.watches)
        self.message: str | None = None
        self.just_finished = False
        self.stage: int | None = None
        self.focus = Focus()
        self.inspector = Inspector()
        self.backwards = False
        self.loop: Loop | None = None
        self.way = Approach()
        self._backwards: Iterator[Hit | None] | None = None
        self._to_run: deque[Branch] = deque()  # branches to train to the goal after the one at hand
        self._later: deque[tuple[int, Mapping[str, Value]]] = deque()  # changes to be made on the way to the goal
        self._goal: int | None = None  # step to go to in slices
        self._goal_watches = True  # whether divergence ends the way there

    @property
    def place(self) -> Place:
        """Where it stands, as a value to come back to."""
        return Place(self.run, self.branch, self.cursor)

    # --- moving

    def play(self) -> None:
        """Move on: to the newest step where that is still to come, else past a stop rule that has ended the run."""
        if self.branch.finished is not None and self.cursor in (self.branch.tip, self.branch.restored):
            self.branch.passed.add(self.branch.finished)
            self.branch.finished = None
        self._goal = None
        self._begin()

    def play_back(self) -> None:
        """Move back by itself through what is recorded."""
        self._goal = None
        self._begin()
        self.backwards = True

    def set_loop(self, first: int | None, last: int | None) -> None:
        """Play round between two steps, in whichever order they are given; None for neither."""
        given = [step for step in (first, last) if step is not None]
        if any(step < 0 for step in given):
            raise ExperimentError("loop", "expected steps from 0 on", min(given))
        if len(given) == 2 and first == last:
            raise ExperimentError("loop", f"expected two different steps, got step {count(given[0])} twice")
        self.loop = Loop(*sorted(given)) if given else None

    def pause(self) -> None:
        """Stand still."""
        self.playing = self.backwards = False
        self._goal = None
        self._to_run.clear()
        self._later.clear()
        self._backwards = None
        self.way.leave()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def go(self, step: int) -> None:
        """Pause and go to a step, training as far as needed."""
        self.pause()
        self.stage = None
        missing = step - self.branch.tip
        if missing > 0:
            self.branch.finished = None
            if not self.run.history.trains_quickly(missing):
                self._begin()
                self._goal, self._goal_watches = step, False
                return
            self._train(missing, NO_STOPS)
        step = min(step, self.branch.tip)
        if not self.way.begin(self.run.history, self.branch, step):
            self.cursor = step

    @property
    def heading(self) -> int:
        """Where it stands, or is on its way to."""
        seeking = self.way.shown
        return self.cursor if seeking is None else seeking.step

    def approach(self, seconds: float) -> None:
        """Go on for about so long on the way to a step that takes long to be reached."""
        reached = self.way.go_on(self.branch, seconds)
        if reached is not None:
            self.cursor = reached

    # --- within an update

    def step_into(self, n: int) -> None:
        """Go n stages on, or back: from the first one to the step itself, from there to the last stage before it."""
        self.pause()
        stages = len(stages_of(self.run.problem))
        at = n + (-1 if self.stage is None else self.stage)
        if at >= stages:
            self.go(self.cursor + 1)
        elif at >= 0:
            self.open_stage(at)
        elif self.stage is not None or self.cursor == 0:
            self.stage = None
        else:
            self.go(self.cursor - 1)
            self.open_stage(stages - 1)

    def open_stage(self, at: int) -> None:
        """Open a stage of the update that follows."""
        self.pause()
        if not 0 <= at < len(stages_of(self.run.problem)):
            raise ExperimentError("stage", f"expected 0 to {len(stages_of(self.run.problem)) - 1}", at)
        if not self.inspector.can_open(self.place):
            what = "too large to be opened" if is_too_large(self.run.problem) else "there is no rate for it"
            raise ExperimentError(f"step {count(self.cursor + 1)}", what)
        self.stage = at

    def inspect(self, sample: int | None, unit: int) -> None:
        """Look at one sample of the batch, or at all together, and at one unit."""
        self.focus = Focus(sample, unit)

    def go_epochs(self, n: int) -> None:
        """Go to the n-th epoch boundary after or before the cursor."""
        grid = self.branch.course.grid
        step = self.heading
        epochs = grid.ended(step if n > 0 else grid.next_begin(step)) + n
        self.go(grid.end_of(max(epochs, 0)))

    def run_to(self, step: int) -> None:
        """Go to a step at full speed; divergence ends it early."""
        if step <= self.branch.tip:
            self.go(max(step, 0))
        else:
            self.branch.finished = None
            self._begin()
            self._goal, self._goal_watches = step, True

    def run_each(self, branches: Sequence[Branch], step: int) -> None:
        """Train branches to a step at full speed, one after the other; divergence ends one early."""
        self.branch, *others = branches
        self.cursor = self.branch.tip
        self.run_to(step)
        self._to_run.extend(others)

    def run_with(self, step: int, later: Mapping[int, Mapping[str, Value]]) -> None:
        """Train to a step at full speed, with changes of keys made on the way, each after so many steps."""
        self.run_to(step)
        self._later.extend(sorted(later.items()))

    def _change_here(self) -> None:
        """Make the changes that are due where training stands."""
        while self._later and self._later[0][0] <= self.branch.tip:
            _, values = self._later.popleft()
            try:
                self.branch = self.run.history.change(self.branch, self.branch.tip, values)
            except ExperimentError as error:
                self.pause()
                self.message = str(error)

    def set_speed(self, steps_per_second: float) -> None:
        """Steps a second while playing."""
        if not steps_per_second > 0:
            raise ExperimentError("speed", "expected a number > 0", steps_per_second)
        self.pace.speed = steps_per_second
        self.pace.begin()

    def _begin(self) -> None:
        self.playing = True
        self.backwards = False
        self.stage = None
        self._backwards = None
        self.way.leave()
        self.pace.begin()

    def reverse(self) -> None:
        """Go back to the last place where a condition came true; what there is to test is tested a slice at a time."""
        self.pause()
        if self.cursor > 0:
            self._backwards = self.breakpoints.backwards(self.place)

    @property
    def reversing(self) -> bool:
        """Whether it is looking for the place to go back to."""
        return self._backwards is not None

    def look_back(self, seconds: float) -> None:
        """Go on looking for about so long; it stands still until the place is found, or there is none."""
        end = time.perf_counter() + seconds
        while self._backwards is not None and time.perf_counter() < end:
            try:
                hit = next(self._backwards)
            except StopIteration:
                fence = self.breakpoints.fence
                self.pause()
                self.cursor = fence if fence < self.cursor else 0
                self.message = f"No condition came true before: back at step {count(self.cursor)}"
            else:
                if hit is not None:
                    self.pause()
                    self.cursor = hit.step
                    self.message = self.breakpoints.words(self.place, hit)

    def leave_search(self) -> None:
        """Stay where it was when it began to look back, or set out for another step."""
        self._backwards = None
        self.way.leave()

    def set_fence(self, step: int) -> None:
        """Going backwards ends at this step at the latest."""
        if not 0 <= step <= self.branch.tip:
            raise ExperimentError("fence", f"expected a step from 0 to {self.branch.tip}", step)
        self.breakpoints.fence = step

    def enter(self, place: Place) -> None:
        """Stand still at a place, of this run or another one."""
        self.pause()
        self.stage = None
        if place.run is not self.run:
            self.loop = None
        as_proposed = self.pace.speed == self._proposed
        self.run, self.branch = place.run, place.branch
        self.watches.follow(self.run.problem)
        self.breakpoints.follow(self.run.problem)
        if as_proposed:
            self.pace.speed = self._proposed
        self.cursor = min(place.step, place.branch.tip)
        self.pace.relearn()

    @property
    def _proposed(self) -> float:
        return proposed_speed(self.run.problem.steps_per_epoch)

    # --- training

    def slice_of_training(self, seconds: float) -> tuple[float | None, bool]:
        """Move on by what is due, at most to where a condition comes true.

        Returns the delay until the next call, and whether anything moved.
        """
        before, tip, branch = self.cursor, self.branch.tip, self.branch
        looks = not self.backwards and (self._goal is None or self._goal_watches)
        delay, moved = self._move_on(seconds)
        reached = self.branch.tip if self.branch.tip > tip else self.cursor
        if moved and looks and self.branch is branch and reached > before:
            self._halt(before, reached)
        return (delay if self.playing else None), moved

    def _halt(self, before: int, reached: int) -> None:
        """Stand where a condition came true on the way; what was trained beyond stays recorded."""
        hit = self.breakpoints.passed(self.place, before, reached)
        if hit is None:
            return
        self.pause()
        self.cursor, self.just_finished = hit.step, True
        self.message = self.breakpoints.words(self.place, hit)

    def _move_on(self, seconds: float) -> tuple[float | None, bool]:
        unlimited = self._goal is not None
        due = self.pace.due(unlimited)
        if due == 0:
            return self.pace.delay(unlimited), False
        if self.backwards:
            steps = self.cursor if math.isinf(self.pace.speed) else due
            self.cursor, over = back_by(self.cursor, steps, self.loop, self.breakpoints.fence, self.branch.tip)
            if over:
                self.just_finished = True
                self.pause()
            return (self.pace.delay(unlimited) if self.playing else None), True
        first, last = round_of(self.loop if self._goal is None else None)
        if self.cursor >= last or self.cursor < min(first, self.branch.tip):
            self.cursor = min(first, self.branch.tip)
            return self.pace.delay(unlimited), True
        due = int(min(due, last - self.cursor))
        if self.cursor < self.branch.tip:
            # What is recorded is walked, not trained again.
            at_once = unlimited or math.isinf(self.pace.speed)
            most = self.breakpoints.most_steps
            steps = (most or self.branch.tip) if at_once else min(due, most or due)
            self.cursor = int(min(self.cursor + steps, self.branch.tip, last))
            if self.cursor == self.branch.tip and self.branch.finished is not None:
                self.just_finished = True
                self.pause()
            return (self.pace.delay(unlimited) if self.playing else None), True
        self._train_slice(due, seconds)
        return (self.pace.delay(unlimited) if self.playing else None), True

    def _train(self, steps: int, stops: Stops, early_stop: bool = False) -> Status:
        try:
            return self.run.history.advance(self.branch, steps, stops, early_stop)
        except ExperimentError as error:
            self.pause()
            self.message = str(error)
            return Status.DONE

    def _train_slice(self, due: int, seconds: float) -> None:
        branch, experiment = self.branch, self.run.problem.experiment
        limit = branch.course.total_steps
        if self._goal is not None:
            due = min(due, self._goal - branch.tip, *(step - branch.tip for step, _ in self._later))
            stops = Stops(not_finite=self._goal_watches and self._watches(StopReason.DIVERGED))
        else:
            if self._watches(StopReason.EPOCHS) and branch.tip < limit:
                due = min(due, limit - branch.tip)
            target = experiment.stop.target_error if self._watches(StopReason.TARGET_ERROR) else 0.0
            divergence = experiment.stop.divergence and self._watches(StopReason.DIVERGED)
            stops = Stops(target, experiment.stop.min_steps, divergence)
        due = min(due, self.breakpoints.most_steps or due)
        before, began = branch.tip, time.perf_counter()
        early_stop = self._goal is None and self._watches(StopReason.EARLY_STOPPING)
        status = self._train(due, stops, early_stop)
        self.pace.learn(branch.tip - before, time.perf_counter() - began, seconds)
        self.cursor = branch.tip
        self._change_here()
        if self._goal is not None:
            if branch.tip >= self._goal or status == Status.NOT_FINITE:
                self._finish(StopReason.DIVERGED if status == Status.NOT_FINITE else None)
        elif status == Status.TARGET_REACHED:
            self._finish(StopReason.TARGET_ERROR)
        elif status == Status.NOT_FINITE:
            self._finish(StopReason.DIVERGED)
        elif early_stop and branch.tip > before and self.run.history.stops_early(branch):
            self._finish(StopReason.EARLY_STOPPING)
        elif branch.tip == limit and self._watches(StopReason.EPOCHS):
            self._finish(StopReason.EPOCHS)

    def _watches(self, reason: StopReason) -> bool:
        """Whether a stop rule is still in force; once training has diverged it can't end a run again."""
        if reason == StopReason.DIVERGED and self.branch.first_bad is not None:
            return False
        return reason not in self.branch.passed

    def _finish(self, reason: StopReason | None) -> None:
        self.branch.finished = reason
        if self._goal is not None and self._to_run:
            self.branch = self._to_run.popleft()
            self.cursor = self.branch.tip
            return
        self.just_finished = True
        self.pause()
        if reason is not None:
            self._end_of_callbacks(reason)

    def _end_of_callbacks(self, reason: StopReason) -> None:
        """Say that early stopping has ended the run, and go to the best epoch where that is asked for."""
        found = self.run.history.control_at(self.branch, self.branch.tip)
        if found is None or found.early_stop is None:
            return
        said = (
            [f"Ended by {callback_log.stop_in_words(found.early_stop)}."] if reason == StopReason.EARLY_STOPPING else []
        )
        if found.restores:
            self.cursor = self.branch.restored = self.branch.course.grid.end_of(found.best_epoch)
            said.append(f"The best parameters are back, those of epoch {found.best_epoch} (step {self.cursor}).")
        self.message = " ".join(said) or self.message
