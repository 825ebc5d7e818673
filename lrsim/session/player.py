"""What a hand does to the runs of a session: live values, branches, loads, undo, and searches beside training.

Everything here happens in the thread that works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.experiment.specs import Experiment
from lrsim.history.branch import Branch
from lrsim.history.compare import Comparison, compare
from lrsim.history.file import Kept
from lrsim.history.labels import change_words, label
from lrsim.session.background import Background
from lrsim.session.branches import parting
from lrsim.session.edits import Edit, EditKind
from lrsim.session.journal import Journal, Standing
from lrsim.session.loading import Loader
from lrsim.session.mover import Mover
from lrsim.session.snapshot import Place, build_run
from lrsim.training import changes
from lrsim.training.changes import Value

MOST_LETTERS = 80
"""Of the name of a branch."""


class Player(Mover):
    """Moves through a run, and changes it or takes another one in a way that can be taken back.

    Attributes
    ----------
    background
        What goes on beside training.
    journal
        What was done to the runs and can be taken back.
    loader
        What is being loaded; None for nothing.
    comparison
        Two branches of the run held against each other; None for none.

    Raises
    ------
    ExperimentError
        The experiment can't be built.
    """

    def __init__(self, experiment: Experiment, memory_budget: int) -> None:
        self.memory_budget = memory_budget
        self._runs = 1  # that were begun
        super().__init__(build_run(self._runs, experiment, memory_budget))
        self.background = Background()
        self.loader: Loader | None = None
        self.comparison: Comparison | None = None
        self.journal = Journal()

    # --- changing

    def set_live(self, key: str, value: Value, gesture: int = 0) -> None:
        """Use another value of a live key from the next step on; in the past this forks a new branch there.

        Changes of one `gesture` other than 0 are taken back together.
        """
        history, branch, step = self.run.history, self.branch, self.cursor
        clean = changes.checked(branch.course.problem_at(step), {key: value})[key]
        reduced = key == RATE_KEY and history.factor(branch, step) != 1.0
        if clean == history.value(branch, key, step) and not reduced:
            return
        if key == RATE_KEY and isinstance(clean, float):
            edit = Edit(EditKind.RATE, history.lr(branch, step), clean, gesture=gesture)
        elif key == MULTIPLIERS_KEY:
            edit = Edit(EditKind.LAYERS, gesture=gesture)
        else:
            edit = Edit(EditKind.CHANGE, gesture=gesture, changes=change_words({key: clean}))
        before = Standing.at(self.place)
        self.branch = history.change(branch, step, {key: clean})
        self.journal.note(edit, before, self.place)

    def fork(self, step: int, values: Mapping[str, Value]) -> None:
        """Begin a new branch at a recorded step with other values of keys or parameters from there on."""
        step = min(max(step, 0), self.branch.tip)
        history, before = self.run.history, Standing.at(self.place)
        branch = history.change(self.branch, step, values, anew=True)
        words = change_words(changes.checked(self.branch.course.problem_at(step), values))
        edit = Edit(EditKind.FORK, changes=words)
        self.pause()
        self.cursor, self.branch, self.stage = step, branch, None
        self.journal.note(edit, before, self.place)

    def move_rate(self, step: int, to: int | None) -> None:
        """Have the change of the rate after `step` steps made after `to` steps, or not at all; the rest comes again."""
        history, old, before = self.run.history, self.branch, Standing.at(self.place)
        event = next((each for each in old.course.events if (each.step, each.key) == (step, RATE_KEY)), None)
        if event is None or step == 0:
            raise ExperimentError("rate", f"was not changed by hand after step {count(step)}")
        to = None if to is None else min(max(to, 0), old.tip)
        if to == step:
            return
        begin = step if to is None else min(step, to)
        later = {each: old.course.changes_at(each) for each in sorted({event.step for event in old.course.events})}
        course = old.course.up_to(begin).without(step, RATE_KEY)
        later[step] = {key: value for key, value in later[step].items() if key != RATE_KEY}
        if to == begin:
            course = course.with_value(to, RATE_KEY, event.value, event.note)
        elif to is not None:
            later[to] = later.get(to, {}) | {RATE_KEY: event.value}
        self.pause()
        self.branch, self.cursor, self.stage = history.begin(old, begin, course), begin, None
        edit = Edit(EditKind.MOVE, moved=(step + 1, None if to is None else to + 1))
        self.journal.note(edit, before, self.place)
        self.run_with(old.tip, {each: values for each, values in later.items() if each > begin and values})

    # --- branches

    def _branch(self, number: int) -> Branch:
        branches = self.run.history.branches
        if not 0 <= number < len(branches):
            raise ExperimentError("branch", "there is no such branch", number)
        return branches[number]

    def go_to(self, number: int, step: int) -> None:
        """Pause and show a step of a branch."""
        self.enter(Place(self.run, self._branch(number), max(step, 0)))

    def go_to_bookmark(self, name: str) -> None:
        """Pause and show the place of a name; on the branch at hand where that goes through it."""
        branch, step = self.run.bookmarks.find(name)
        shown = next(each for each in self.run.bookmarks.shown(self.branch) if each.name == " ".join(name.split()))
        self.enter(Place(self.run, self.branch if shown.here else branch, step))

    def name_branch(self, number: int, name: str) -> None:
        """Call a branch by a name; no two have the same."""
        branch, name = self._branch(number), " ".join(name.split())
        if name and any(each.name == name for each in self.run.history.branches if each is not branch):
            raise ExperimentError("name of the branch", "another one has it already", name)
        before = Standing.at(self.place)
        branch.name = name[:MOST_LETTERS]
        self.journal.note(Edit(EditKind.NAME, changes=branch.name), before, self.place)

    def hide_branch(self, number: int, hidden: bool) -> None:
        """Put a branch out of sight, or show it again."""
        branch = self._branch(number)
        if hidden and branch is self.branch:
            raise ExperimentError("branch", "the one at hand stays in sight, go to another one first")
        before = Standing.at(self.place)
        branch.hidden = hidden
        kind = EditKind.HIDE if hidden else EditKind.SHOW
        self.journal.note(Edit(kind, changes=branch.name or label(branch)), before, self.place)

    def compare(self, first: int, second: int) -> None:
        """Hold two branches against each other."""
        one, other = self._branch(first), self._branch(second)
        self.comparison = compare(self.run.history, one, other, parting(one, other))

    def try_rates(self, steps: int, factors: Sequence[float]) -> None:
        """Begin a branch for each factor of the present rate, and train each for so many steps, one after the other."""
        if steps < 1:
            raise ExperimentError("steps", "expected at least 1", steps)
        history, step, before = self.run.history, self.cursor, Standing.at(self.place)
        rate = self.branch.course.timeline.parts(step).held
        self.pause()
        begun = [history.change(self.branch, step, {RATE_KEY: rate * factor}, anew=True) for factor in factors]
        self.journal.note(Edit(EditKind.TRY), before, Place(self.run, begun[0], step))
        self.run_each(begun, step + steps)

    def reset(self) -> None:
        """Back to step 0 with the values of all keys that are in effect now."""
        history, before = self.run.history, Standing.at(self.place)
        values = self.branch.course.changed_keys(self.cursor)
        self.pause()
        self.cursor, self.stage = 0, None
        self.branch = history.change(self.branch, 0, values)
        if not before.is_same_as(Standing.at(self.place)):
            self.journal.note(Edit(EditKind.RESET), before, self.place)

    def begin_load(
        self, command: int, experiment: Experiment, tell: Callable[[], None], kept: Kept | None = None
    ) -> None:
        """Load an experiment beside what goes on; `tell` is called, in another thread, when there is something new."""
        build = partial(
            build_run, self._runs + 1, experiment, self.memory_budget, () if kept is None else kept.branches
        )
        self.loader = Loader(command, experiment.name, build, tell)

    def leave_load(self) -> None:
        """Give up what is being loaded."""
        if self.loader is not None:
            self.loader.leave()
            self.loader = None

    def load(self, step: int, label: str, kept: Kept | None = None) -> None:
        """Go to what was loaded and train it to `step`; `label` is what undo calls it."""
        loader, self.loader = self.loader, None
        assert loader is not None
        run = loader.run()
        self._runs += 1
        before = Standing.at(self.place)
        self._leave_for(Place(run, run.history.root, 0))
        self.journal.note(Edit(EditKind.LOAD, label=label), before, self.place)
        self._share_memory()
        if kept is not None:
            self._take_over(kept)
        if step:
            self.run_to(step)

    def _take_over(self, kept: Kept) -> None:
        """Stand where a session stood that was kept, with its conditions, watches and bookmarks."""
        history, troubles = self.run.history, list(self.run.troubles)
        self.branch, self.cursor = history.branches[kept.branch], kept.step
        self.breakpoints.fence = min(max(kept.fence, 0), self.branch.tip)
        for mark in kept.bookmarks:
            troubles += _tried(self.run.bookmarks.put, mark.name, history.branches[mark.branch], mark.step)
        self.breakpoints.clear()
        self.watches.clear()
        for watch in kept.watches:
            troubles += _tried(self.watches.put, None, watch.name, watch.text)
        for point in kept.conditions:
            troubles += _tried(self.breakpoints.put, None, point.text, point.hits, point.log, point.enabled)
        self.message = f"Opened, but {'; '.join(troubles[:3])}" if troubles else None

    def undo(self) -> None:
        """Go back to where the newest edit was made, and to the line of training that it left."""
        self._turn_to(self.journal.undo(Standing.at(self.place)))

    def redo(self) -> None:
        """Go on to where the run stood when the edit was taken back."""
        self._turn_to(self.journal.redo(Standing.at(self.place)))

    def _turn_to(self, standing: Standing | None) -> None:
        """Stand there; what plays goes on in the same run."""
        if standing is None:
            return
        plays = self.playing and self._goal is None and standing.place.run is self.run
        self.restore(standing.bring_back())
        self._share_memory()
        if plays:
            self._begin()

    def restore(self, place: Place) -> None:
        """Go back to where `place` was taken."""
        if place.run is self.run:
            self.enter(place)
        else:
            self._leave_for(place)

    def _leave_for(self, place: Place) -> None:
        """Set this run aside and go to another one."""
        self.run.history.release()
        self.background.forget()
        self.comparison = None
        self.enter(place)

    def _share_memory(self) -> None:
        """Leave the run at hand what the runs do not take which only undo leads back to."""
        taken = self.journal.make_room(self.run, self.memory_budget)
        self.run.history.budget = max(self.memory_budget - taken, self.memory_budget // 4)

    # --- beside training

    def tune(self) -> None:
        """Pause and begin the search for each layer's rate."""
        self.pause()
        self.background.tune(self.place)

    def work_in_background(self, seconds: float) -> bool:
        """Go on with what is done beside training, for about so long; whether there is something new to show."""
        background, before = self.background, Standing.at(self.place)
        busy, search = background.busy, background.range_test
        tuned = background.work(self.place, self.playing, seconds)
        if tuned:
            self.branch = tuned.branch
            self.journal.note(Edit(EditKind.LAYERS), before, self.place)
        self.message = background.message or self.message
        return background.busy != busy or background.range_test is not search


def _tried(put: Callable[..., None], *given: object) -> list[str]:
    """What was wrong with it, if anything."""
    try:
        put(*given)
    except ExperimentError as error:
        return [str(error)]
    return []
