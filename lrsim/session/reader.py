"""The read-only door of a session: what it tells on request, from any thread, without waiting for training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from lrsim.common.marked_text import Line
from lrsim.common.numbers import Floats
from lrsim.experiment.document import LiveChange
from lrsim.experiment.specs import Experiment
from lrsim.history import series
from lrsim.history.branch import Branch
from lrsim.history.file import Kept, KeptBookmark, KeptCondition, KeptWatch, kept_run
from lrsim.history.kept import keep
from lrsim.history.path import Known, Path, path, state_beside, stretch
from lrsim.history.series import SampleErrors, Series
from lrsim.history.steps import Row, table_rows
from lrsim.instruments.along import Along, along
from lrsim.instruments.moment import Moment, moment_at
from lrsim.instruments.stability import Stability, stability
from lrsim.schedules.timeline import RateTimeline
from lrsim.session.branches import BranchShown
from lrsim.session.marked import Watch
from lrsim.session.session import WATCHES, Session
from lrsim.session.snapshot import Snapshot
from lrsim.session.watch_series import value_of, watch_series
from lrsim.session.watches import exact_steps
from lrsim.training import engine, loop
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochSeries
from lrsim_core import FloatArray

READ_STEPS = 50
"""So many steps before and after one whose value is read are brought back with it."""


class SessionReader:
    """Reads a session and can't change it; rows that are no longer held are asked for, and whoever works brings them
    back."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def snapshot(self) -> Snapshot:
        """The newest published state."""
        return self._session.snapshot()

    @property
    def problem(self) -> Problem:
        """Of the run that the newest snapshot shows."""
        return self._session.snapshot().place.run.problem

    @staticmethod
    def problem_of(snapshot: Snapshot) -> Problem:
        """Of the run that a snapshot shows."""
        return snapshot.place.run.problem

    @staticmethod
    def start_spread(snapshot: Snapshot) -> Floats:
        """Quantiles of the weights of each layer at step 0, shape (layers, 5); empty where each weight is recorded."""
        return snapshot.place.run.start_spread

    def series(self, snapshot: Snapshot, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        """Columns for steps lo to hi of the snapshot's branch, thinned to about `points` bins of minimum and maximum.

        Where a finer picture needs rows that are no longer held, replay is asked for and a later call has it.
        """
        history, branch = snapshot.place.run.history, snapshot.place.branch
        found = series.series(history, branch, snapshot.tip, columns, lo, hi, points)
        if found.wanted is not None:
            self._session.recall("series", snapshot.place, *found.wanted)
        return found

    def sample_errors(self, snapshot: Snapshot, lo: int, hi: int) -> SampleErrors | None:
        """Errors of steps lo to hi (from 1) with the one sample that each saw; None while replay brings them."""
        history, branch = snapshot.place.run.history, snapshot.place.branch
        lo, hi = max(lo, 1), min(hi, snapshot.tip)
        found = series.sample_errors(history, branch, lo, hi)
        if found is None:
            self._session.recall("samples", snapshot.place, lo - 1, hi)
        return found

    def epochs(self, snapshot: Snapshot) -> EpochSeries:
        """Figures taken once an epoch, up to the tip."""
        return snapshot.place.run.history.epoch_series(snapshot.place.branch, snapshot.tip)

    def rate_line(self, snapshot: Snapshot) -> RateTimeline:
        """The rate of each step of the snapshot's branch, also of those to come as things stand at its tip."""
        return snapshot.place.branch.course.timeline

    @staticmethod
    def experiment_at(snapshot: Snapshot) -> Experiment:
        """What the run has become at the snapshot's step, all changes but those of parameters included."""
        return snapshot.place.branch.course.experiment_at(snapshot.step)

    @staticmethod
    def _branch(snapshot: Snapshot, number: int) -> Branch:
        return snapshot.place.run.history.branches[number]

    def branch_series(
        self, snapshot: Snapshot, shown: BranchShown, columns: Sequence[str], lo: int, hi: int, points: int
    ) -> Series:
        """As `series`, of another branch of the run, up to its tip; no finer than what is at hand."""
        history, branch = snapshot.place.run.history, self._branch(snapshot, shown.number)
        return series.series(history, branch, shown.tip, columns, lo, min(hi, shown.tip), points)

    def branch_epochs(self, snapshot: Snapshot, shown: BranchShown) -> EpochSeries:
        """As `epochs`, of another branch of the run."""
        return snapshot.place.run.history.epoch_series(self._branch(snapshot, shown.number), shown.tip)

    def branch_rate_line(self, snapshot: Snapshot, shown: BranchShown) -> RateTimeline:
        """As `rate_line`, of another branch of the run."""
        return self._branch(snapshot, shown.number).course.timeline

    @staticmethod
    def path(snapshot: Snapshot, most: int, known: Known) -> Path:
        """The way of the parameters to the snapshot's step, in about `most` points, more of them with each call.

        `known` keeps what was found by training again: of one run, for one thread.
        """
        place = snapshot.place
        return path(place.run.history, place.branch, snapshot.step, snapshot.theta, most, known)

    @staticmethod
    def stretch(snapshot: Snapshot, first: int, last: int, places: NDArray[np.int64]) -> FloatArray:
        """Some parameters after each step from `first` to `last` of the snapshot's branch, shape (steps, places)."""
        return stretch(snapshot.place.branch, first, last, places)

    def branch_path(self, snapshot: Snapshot, shown: BranchShown, most: int, known: Known) -> Path:
        """As `path`, of another branch of the run, up to its tip."""
        branch = self._branch(snapshot, shown.number)
        theta = state_beside(branch, shown.tip).theta
        return path(snapshot.place.run.history, branch, shown.tip, theta, most, known)

    @staticmethod
    def along_last_update(snapshot: Snapshot) -> Along | None:
        """The loss along the step that the snapshot shows, from the state before it; None at step 0."""
        branch, step = snapshot.place.branch, snapshot.step
        return along(moment_at(branch.course, state_beside(branch, step - 1))) if step else None

    @staticmethod
    def problem_at(snapshot: Snapshot) -> Problem:
        """What is trained at the snapshot's step, changes in mid-run included."""
        return snapshot.place.branch.course.problem_at(snapshot.step)

    def live_changes(self, snapshot: Snapshot) -> list[LiveChange]:
        """What was changed by hand on the way to the snapshot's step, in the order of the steps."""
        events = snapshot.place.branch.course.events
        found = [LiveChange(event.step, event.key, event.value) for event in events if event.step <= snapshot.step]
        return sorted(found, key=lambda change: change.step)

    @staticmethod
    def kept(snapshot: Snapshot) -> Kept:
        """The session as it stands, for a file; any thread may ask while another one trains."""
        run = snapshot.place.run
        return replace(
            kept_run(run.problem.experiment, keep(run.history)),
            branch=snapshot.place.branch.number,
            step=snapshot.step,
            fence=snapshot.fence,
            watches=tuple(KeptWatch(each.name if each.has_name else "", each.text) for each in snapshot.watches),
            conditions=tuple(
                KeptCondition(each.text, each.hits, each.log, each.enabled) for each in snapshot.breakpoints
            ),
            bookmarks=tuple(KeptBookmark(each.name, each.branch, each.step) for each in snapshot.bookmarks),
        )

    def rows(self, snapshot: Snapshot, lo: int, hi: int) -> list[Row] | None:
        """Steps lo to hi (from 1) for the iteration table; None while replay brings them back."""
        history, branch = snapshot.place.run.history, snapshot.place.branch
        lo, hi = max(lo, 1), min(hi, snapshot.tip)
        if lo > hi:
            return []
        rows = table_rows(history, branch, lo, hi)
        if rows is None:
            self._session.recall("rows", snapshot.place, max(lo - 500, 0), min(hi + 500, snapshot.tip))
        return rows

    def moment(self, snapshot: Snapshot) -> Moment:
        """The state that the snapshot shows, with all that its next step will use; it may have to be trained again."""
        branch, step = snapshot.place.branch, snapshot.step
        if not step:
            return moment_at(branch.course, state_beside(branch, 0))
        state = state_beside(branch, step - 1)
        previous = state.theta.copy()
        loop.replay(branch.course, state, step)
        branch.course.enter(state)
        return moment_at(branch.course, state, previous)

    @staticmethod
    def stability(snapshot: Snapshot, step: int, start: Floats | None = None) -> Stability:
        """Curvature against the rate once so many steps of the snapshot's branch were done; it may be trained again.

        `start` is where the search for the sharpest direction begins, shape (n_parameters,).
        """
        branch = snapshot.place.branch
        return stability(moment_at(branch.course, state_beside(branch, step)), start)

    def watch_series(self, snapshot: Snapshot, watches: Sequence[Watch], lo: int, hi: int, points: int) -> Series:
        """Watches of a snapshot for steps lo to hi, thinned to bins; every value once replay has brought it back."""
        most = min((exact_steps(watch.nanoseconds) for watch in watches), default=0)
        found = watch_series(watches, snapshot.tip, lo, hi, points, most)
        if found.wanted is not None:
            self._session.recall(WATCHES, snapshot.place, *found.wanted)
        return found

    def watch_value(self, snapshot: Snapshot, watch: Watch, step: int) -> float | None:
        """Of a watch at a step (from 1); None while replay brings it."""
        if step == snapshot.step and watch.value is not None:
            return watch.value
        found = value_of(watch, step)
        if found is None and watch.curve is not None:
            self._session.recall(
                WATCHES, snapshot.place, max(step - READ_STEPS, 0), min(step + READ_STEPS, snapshot.tip)
            )
        return found

    @staticmethod
    def samples_of(snapshot: Snapshot, step: int) -> NDArray[np.intp]:
        """Training rows that a step (from 1) of the snapshot's branch was computed on."""
        return snapshot.place.branch.course.problem_of(step).batch(step)

    def predict(self, snapshot: Snapshot, X: FloatArray, theta: FloatArray | None = None) -> FloatArray:
        """Outputs (n, outputs) of the snapshot's model for inputs (n, inputs), at its parameters or at `theta`."""
        return engine.predict(self.problem_of(snapshot), snapshot.theta if theta is None else theta, X)

    def layer_outputs(self, snapshot: Snapshot, X: FloatArray) -> list[FloatArray]:
        """Outputs of every layer, shape (n, units), for inputs (n, inputs) in the units of the model."""
        problem = self.problem_of(snapshot)
        return engine.layer_outputs(problem, snapshot.theta, np.ascontiguousarray(X, problem.network.dtype))

    def explain(self, snapshot: Snapshot) -> tuple[Line, ...]:
        """A step written out with its numbers: the current one, or one that was just now where that takes long."""
        return snapshot.lines
