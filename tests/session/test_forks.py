"""Changes of any key in mid-run: a walk through branches ends where a fresh run with the same changes does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.specs import Experiment
from lrsim.runs import run
from lrsim.runs.result import Change
from lrsim.session.commands import SetLive
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.course import Course
from lrsim.training.loop import Line
from tests.debugger.random_experiments import experiments

CHANGES = (
    {"optimizer.lr": 0.002},
    {"optimizer.momentum": 0.9},
    {"optimizer.momentum": 0.0},
    {"optimizer.momentum": 0.5, "optimizer.nesterov": True},
    {"optimizer.beta_1": 0.5},
    {"optimizer.beta_2": 0.9, "optimizer.lr": 0.01},
    {"optimizer.rho": 0.5},
    {"optimizer.epsilon": 1e-4},
    {"optimizer.decay": 0.1},
    {"optimizer.weight_decay": 0.01},
    {"optimizer.name": "sgd"},
    {"optimizer.name": "adam", "optimizer.lr": 0.01},
    {"optimizer.name": "rmsprop"},
    {"optimizer.name": "nadam", "optimizer.beta_1": 0.8},
    {"optimizer.flavor": "torch"},
    {"training.l1": 0.01},
    {"training.l2": 0.1, "training.clip_gradient": 0.5},
    {"training.loss": "mae"},
    {"training.loss": "huber", "training.huber_delta": 0.5},
    {"training.batch_size": 1},
    {"training.batch_size": 3},
    {"training.batch_size": 10**6, "optimizer.lr": 0.01},
    {"schedule.name": "constant"},
    {"schedule.name": "cosine"},
    {"schedule.name": "step", "schedule.every": 2.0, "schedule.factor": 0.5},
    {"schedule.name": "plateau", "schedule.monitor": "loss", "schedule.patience": 0, "schedule.factor": 0.5},
)
"""What may be tried in mid-run; where one does not fit the run it is refused, and nothing changes."""


def can_be_built(experiment: Experiment) -> bool:
    try:
        engine.build(experiment)
    except ExperimentError:
        return False
    return True


class Walk(RuleBasedStateMachine):
    """A hand that goes to and fro, forks and takes back."""

    @initialize(experiment=experiments().filter(can_be_built))
    def begin(self, experiment: Experiment) -> None:
        self.session = Session(experiment, trials=0.0)
        self.problem = engine.build(experiment)

    @rule(n=st.integers(1, 9))
    def step(self, n: int) -> None:
        self.session.step(n)
        self.session.settle()

    @rule(n=st.integers(1, 9))
    def back(self, n: int) -> None:
        self.session.step_back(n)
        self.session.settle()

    @rule(share=st.floats(0, 1))
    def seek(self, share: float) -> None:
        self.session.seek(round(share * self.session.snapshot().tip))
        self.session.settle()

    @rule(share=st.floats(0, 1), values=st.sampled_from(CHANGES))
    def fork(self, share: float, values: dict[str, object]) -> None:
        self.session.fork(round(share * self.session.snapshot().tip), values)
        self.session.settle()

    @rule(values=st.sampled_from(CHANGES))
    def change_here(self, values: dict[str, object]) -> None:
        for key, value in values.items():
            self.session.send(SetLive(key, value))
        self.session.settle()

    @rule(place=st.floats(0, 1), value=st.sampled_from([0.0, 0.25, -1.0]))
    def edit(self, place: float, value: float) -> None:
        name = self.problem.network.parameter_name(round(place * (self.problem.n_parameters - 1)))
        self.session.fork(self.session.snapshot().step, {name: value})
        self.session.settle()
        index = self.problem.parameter_names.index(name)
        assert self.session.snapshot().theta[index] == np.dtype(self.problem.network.dtype).type(value)

    @rule(which=st.floats(0, 1), to=st.none() | st.floats(0, 1))
    def move_a_change_of_the_rate(self, which: float, to: float | None) -> None:
        shown = self.session.snapshot()
        made = [event for event in shown.place.branch.course.events if event.key == "optimizer.lr" and event.step]
        if not made:
            return
        event = made[round(which * (len(made) - 1))]
        moved = None if to is None else round(to * shown.tip)
        self.session.move_rate(event.step, moved)
        self.session.settle()
        after = self.session.snapshot()
        if not after.refused and moved is not None:
            assert after.place.branch.course.timeline.base(moved) == event.value

    @rule()
    def undo(self) -> None:
        self.session.undo()
        self.session.settle()

    @rule()
    def redo(self) -> None:
        self.session.redo()
        self.session.settle()

    @rule()
    def reset(self) -> None:
        self.session.reset()
        self.session.settle()

    @invariant()
    def stands_where_a_fresh_run_does(self) -> None:
        if not hasattr(self, "session"):
            return
        shown = self.session.snapshot()
        changes = [Change(*change) for change in SessionReader(self.session).live_changes(shown)]
        state = fresh(self.problem, changes, shown.step)
        place = shown.place
        kept = place.run.history.state_at(place.branch, shown.step)
        assert kept.theta.tobytes() == state.theta.tobytes()
        assert kept.slots.tobytes() == state.slots.tobytes()
        assert (kept.step, kept.updates) == (state.step, state.updates)
        assert shown.theta.tobytes() == state.theta.tobytes()
        if shown.step and not any(change.step == shown.step for change in changes):
            result = run.run(self.problem, max_steps=shown.step, changes=changes)
            assert result.steps < shown.step or result.theta.tobytes() == state.theta.tobytes()


class Nothing:
    """Keeps nothing of what goes by, as callbacks need it all the same."""

    def __init__(self, problem: engine.Problem) -> None:
        self._columns, self._dtype = len(problem.columns), problem.network.dtype
        self._all = np.empty((self._columns, 0), self._dtype)

    def stretch(self, line, most, *, figures):
        return run.loop.Stretch(most, np.empty((self._columns, most), self._dtype), figures=figures)

    def rows(self, lo, hi):
        return self._all[:, lo:hi]

    def take(self, first, rates, rows):
        self._all = np.concatenate([self._all, rows], axis=1)

    def take_epochs(self, line, figures):
        pass


def fresh(problem: engine.Problem, changes: list[Change], steps: int) -> engine.State:
    """The state of a run that has only these changes and was never looked back at, step by step."""
    control = problem.first_control()
    line = Line(problem, Course(problem), problem.start(), None if control is None else run.Controls(control))
    sink = Nothing(problem)
    while True:
        step = line.state.step
        now = {change.key: change.value for change in changes if change.step == step}
        if now:
            line.change(now)
        if step == steps:
            return line.state
        run.loop.advance(line, sink, 1)


def test_any_walk_ends_where_a_fresh_run_with_the_same_changes_does():
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=120, stateful_step_count=15, suppress_health_check=list(HealthCheck))
    )


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"training.batch_size": 0}, "training.batch_size: "),
        ({"optimizer.beta_1": 0.5}, "optimizer.beta_1: sgd does not use it"),
        ({"training.loss": "cross_entropy"}, "training.loss: "),
        ({"W": float("nan")}, "W: expected a finite number"),
        ({"W1[0,0]": 1.0}, "W1[0,0]: unknown key, and no parameter from W to b"),
        ({"optimizer.initial_accumulator": 0.5}, "optimizer.initial_accumulator: can't change in mid-run"),
        ({"optimizer.lr": 0.1, "b": "much"}, "b: expected a finite number"),
        ({"schedule.name": "plateau", "schedule.monitor": "val_loss"}, "schedule.monitor: "),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence_and_nothing_is_lost(values, why):
    session = Session(files.load("clip250"), trials=0.0)
    session.step(20)
    session.settle()
    before = session.snapshot()
    number = session.fork(10, values)
    session.settle()
    after = session.snapshot()
    assert after.refusal(number).why.startswith(why)
    assert (after.step, after.tip, after.place.branch) == (20, 20, before.place.branch)
    assert not after.done
