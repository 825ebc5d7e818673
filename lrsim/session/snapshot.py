"""What a session shows: frozen values, consistent at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.marked_text import Line
from lrsim.common.validation import ExperimentError
from lrsim.debugger.opened_stage import OpenedStage
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.experiment.specs import Experiment
from lrsim.history.branch import Branch
from lrsim.history.compare import Comparison
from lrsim.history.kept import KeptBranch, rebuild
from lrsim.history.tree import History
from lrsim.instruments.range_test import RangeSearch
from lrsim.schedules.callback_log import Control
from lrsim.schedules.timeline import RateParts
from lrsim.session.bookmarks import Bookmark, Bookmarks
from lrsim.session.branches import Branches, BranchShown
from lrsim.session.edits import Way
from lrsim.session.judgement import Judgement
from lrsim.session.marked import Breakpoint, LogLine, Watch
from lrsim.training import engine, memory
from lrsim.training.engine import Problem
from lrsim.training.epochs import no_spread, spread_of
from lrsim.training.stops import StopReason
from lrsim.verdict.finding import Verdict
from lrsim_core import FloatArray


class Run:
    """One loaded experiment with its history."""

    def __init__(self, number: int, problem: Problem, budget: int) -> None:
        self.number = number
        self.problem = problem
        self.start_spread = no_spread() if problem.records_parameters else spread_of(problem, problem.theta)
        self.history = History(problem, budget)
        self.judgement = Judgement(self.history)
        self.branches = Branches(self.history, self.judgement)
        self.bookmarks = Bookmarks()
        self.troubles: tuple[str, ...] = ()  # what is not as it was kept


def build_run(number: int, experiment: Experiment, budget: int, branches: Sequence[KeptBranch] = ()) -> Run:
    """Load an experiment and what can be known of it beforehand, and train it to the `branches` that were kept.

    Raises
    ------
    ExperimentError
        It can't be built, or does not fit into this machine's memory.
    """
    budget = memory.affordable(budget)
    run = Run(number, engine.build(experiment, history=budget), budget)
    if branches:
        run.troubles = tuple(rebuild(run.history, branches))
    return run


@dataclass(frozen=True)
class Place:
    """Where a session stands: which run, which branch, which step. Opaque to others; `Restore` goes back."""

    run: Run
    branch: Branch
    step: int


@dataclass(frozen=True)
class Loop:
    """Steps between which playing goes round; it does once `last` is there."""

    first: int
    last: int | None = None


@dataclass(frozen=True)
class Seeking:
    """A step that takes a while to be reached, and which share of the way is done."""

    step: int
    share: float


@dataclass(frozen=True)
class Loading:
    """An experiment that is being loaded, while the run before it stands still.

    Attributes
    ----------
    command
        Id of the command that asked for it.
    name
        Of the experiment.
    done, total, unit
        How far it is; total 0 where that is not known, unit empty where nothing is.
    """

    command: int
    name: str
    done: int = 0
    total: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Refusal:
    """A command that changed nothing, and why.

    Attributes
    ----------
    error
        Names the key at fault, where it is one of the experiment.
    cancelled
        Whether it was given up by `CancelLoad`, so that nobody has to be told.
    """

    id: int
    why: str
    error: ExperimentError | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class Snapshot:
    """Everything that a view draws from, consistent at one moment.

    Attributes
    ----------
    version
        Grows with every visible change.
    run
        Changes when another experiment is loaded.
    step, tip
        The cursor, and the last recorded step of the branch.
    epoch
        Of `step`, from 1; 0 at step 0.
    rate
        In effect at the next step, NaN where an expression has none for it.
    parts
        What that rate is made of.
    lr
        The rate that a schedule starts from: `optimizer.lr` as it was last set.
    theta, before
        Parameters after the current step and before it (None at step 0).
    rate_marks
        First step with another `optimizer.lr`, set by hand or by a callback, and that rate.
    reductions
        Those of them that were a callback's doing.
    control
        The callbacks as they stand at the cursor: wait, patience, cooldown, best, threshold; None for a run without.
    multipliers
        Factor on the rate of each layer at the next step; empty for 1 in all.
    tuning
        How the rates of the layers that are in effect were found; None where they were not tuned.
    range_test
        The newest range test of this run, also while it is running; None where there was none.
    busy
        What goes on beside training: ``range_test``, ``tuning`` or ``reverse``; None for nothing.
    breakpoints
        Conditions that stop the run or log, with what became of them on its branch.
    grid
        Where epochs begin and end.
    watches
        Expressions that are followed, with what is known of them on the branch.
    fence
        Step at which going backwards ends; 0 for none.
    bookmarks
        Places of the run that have names, by their steps.
    backwards
        Whether it plays backwards.
    loop
        Steps between which playing goes round; None for none.
    seeking
        Where it is on its way to; None where it stands at a step.
    log
        What conditions wrote, the newest last.
    loading
        What is being loaded; commands that come meanwhile wait for it, but for `CancelLoad`.
    finished
        The stop rule that was reached at the tip, also where early stopping has gone back to the best step; playing
        on goes past it.
    passed
        Stop rules that training went past before the cursor.
    diverged_at, not_finite
        First step with a loss or parameter that is not finite, and which.
    branches
        Those of the run, hidden ones too.
    comparison
        Two branches held against each other; None where that was not asked for.
    stage
        The stage of the update that follows which stands open; None for none.
    lines
        A step written out with its numbers.
    message
        What was last refused, or decided by a callback, in words.
    acknowledged
        Every command with this id or a lower one has taken effect, unless it is among the refused.
    refused
        Commands that could not be carried out, oldest first; of very many the newest.
    done, undone
        Edits that undo takes back and redo does again, each list's next one last.
    """

    version: int
    run: int
    place: Place
    step: int
    tip: int
    epoch: int
    steps_per_epoch: int
    grid: EpochGrid
    playing: bool
    speed: float
    rate: float
    parts: RateParts
    lr: float
    theta: FloatArray
    before: FloatArray | None
    loss: float | None
    error: float | None
    rate_marks: tuple[tuple[int, float], ...]
    finished: StopReason | None
    passed: frozenset[StopReason]
    diverged_at: int | None
    not_finite: str | None
    verdict: Verdict
    branches: tuple[BranchShown, ...]
    comparison: Comparison | None
    stage: OpenedStage | None
    lines: tuple[Line, ...]
    message: str | None
    reductions: tuple[tuple[int, float], ...]
    control: Control | None
    multipliers: tuple[float, ...]
    tuning: str | None
    range_test: RangeSearch | None
    busy: str | None
    breakpoints: tuple[Breakpoint, ...]
    watches: tuple[Watch, ...]
    fence: int
    bookmarks: tuple[Bookmark, ...]
    backwards: bool
    loop: Loop | None
    seeking: Seeking | None
    log: tuple[LogLine, ...]
    loading: Loading | None
    acknowledged: int
    refused: tuple[Refusal, ...]
    done: tuple[Way, ...]
    undone: tuple[Way, ...]

    def refusal(self, command: int) -> Refusal | None:
        """Why the command with this id was not carried out; None where it was, or is still waiting."""
        return next((refusal for refusal in self.refused if refusal.id == command), None)


def take_snapshot(
    place: Place,
    *,
    known: Snapshot | None,
    version: int,
    playing: bool,
    speed: float,
    verdict: Verdict,
    comparison: Comparison | None,
    stage: OpenedStage | None,
    lines: tuple[Line, ...],
    message: str | None,
    range_test: RangeSearch | None,
    busy: str | None,
    breakpoints: tuple[Breakpoint, ...],
    watches: tuple[Watch, ...],
    fence: int,
    backwards: bool,
    loop: Loop | None,
    seeking: Seeking | None,
    log: tuple[LogLine, ...],
    loading: Loading | None,
    acknowledged: int,
    refused: tuple[Refusal, ...],
    done: tuple[Way, ...],
    undone: tuple[Way, ...],
) -> Snapshot:
    """What stands at a place now.

    Parameters
    ----------
    known
        The snapshot before, whose parameters are those of its place.
    """
    run, branch, step = place.run, place.branch, place.step
    history = run.history
    bad = branch.bad_at(step)
    if known is not None and known.place == place:
        theta, before, loss, error = known.theta, known.before, known.loss, known.error
    else:
        theta, before, row = _parameters(history, branch, step)
        loss, error = (None, None) if row is None else (float(row[0]), float(row[1]))
    reductions = _reductions(history, branch)
    parts = branch.course.timeline.parts(step)
    tuned = history.event(branch, MULTIPLIERS_KEY, step)
    return Snapshot(
        version=version,
        run=run.number,
        place=place,
        step=step,
        tip=branch.tip,
        epoch=branch.course.grid.epoch_of(step),
        steps_per_epoch=branch.course.grid.size_at(step),
        grid=branch.course.grid,
        playing=playing,
        speed=speed,
        rate=parts.rate,
        parts=parts,
        lr=parts.base,
        theta=theta,
        before=before,
        loss=loss,
        error=error,
        rate_marks=_rate_marks(history, branch, reductions),
        finished=branch.finished if step in (branch.tip, branch.restored) else None,
        passed=_passed(branch, step),
        diverged_at=bad[0] if bad else None,
        not_finite=bad[1] if bad else None,
        verdict=verdict,
        branches=run.branches.shown(branch),
        comparison=comparison,
        stage=stage,
        lines=lines,
        message=message,
        reductions=reductions,
        control=history.control_at(branch, step),
        multipliers=history.multipliers(branch, step),
        tuning=tuned.note or None if tuned else None,
        range_test=range_test,
        busy=busy,
        breakpoints=breakpoints,
        watches=watches,
        fence=fence,
        bookmarks=run.bookmarks.shown(branch),
        backwards=backwards,
        loop=loop,
        seeking=seeking,
        log=log,
        loading=loading,
        acknowledged=acknowledged,
        refused=refused,
        done=done,
        undone=undone,
    )


def _passed(branch: Branch, step: int) -> frozenset[StopReason]:
    beyond = {StopReason.EPOCHS} if step > branch.course.total_steps else set()
    return frozenset(beyond | (branch.passed - {StopReason.EPOCHS}))


def _reductions(history: History, branch: Branch) -> tuple[tuple[int, float], ...]:
    """First step and rate of each reduction, without those that a hand replaced before the next step."""
    newest = dict(branch.course.factors)
    return tuple((step + 1, factor * history.lr(branch, step)) for step, factor in newest.items() if factor != 1.0)


def _rate_marks(
    history: History, branch: Branch, reductions: tuple[tuple[int, float], ...]
) -> tuple[tuple[int, float], ...]:
    by_hand = [event.step for event in branch.course.events if event.step > 0 and event.key == RATE_KEY]
    return tuple(sorted([*((step + 1, history.lr(branch, step)) for step in by_hand), *reductions]))


def _parameters(history: History, branch: Branch, step: int) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
    """Parameters after and before a step, and its row; before is None where it was not recorded, both at step 0."""
    problem = history.problem
    if step == 0:
        return history.state_at(branch, 0).theta, None, None
    values = history.raw(branch, max(step - 2, 0), step)
    if values is None:
        values = history.recover(branch, max(step - 2, 0), step)
    first = len(problem.metrics)
    if not problem.records_parameters:
        return history.state_at(branch, step).theta, None, values[:first, -1]
    edits = branch.course.edits
    after = history.state_at(branch, step).theta if step in edits else values[first:, -1].copy()
    if step == 1 or step - 1 in edits:
        return after, history.state_at(branch, step - 1).theta, values[:first, -1]
    return after, values[first:, -2].copy(), values[:first, -1]
