"""The tree of branches: every step of every branch can be reached again, bit for bit, whatever was let go."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_values
from lrsim.history import recording, tree
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.runs.run import Change, run
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.engine import Problem, State, Status

INPUTS = [[0.1 * k - 0.5] for k in range(9)]
SETUP = from_dict(
    {
        "data": {"source": "table", "inputs": INPUTS, "targets": [[2 * x[0] + 0.1] for x in INPUTS],
                 "test_fraction": 0.2, "split": "tail", "order": "shuffle"},
        "model": {"layers": [{"units": 1, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
        "training": {"loss": "mse", "batch_size": 3, "epochs": 10**6},
        "optimizer": {"name": "adam", "lr": 0.01},
        "schedule": {"name": "exponential", "decay_rate": 0.999},
    }
)  # fmt: skip
"""Seven samples in batches of three: the last batch of an epoch is smaller; two rows are held out."""
PROBLEM = engine.build(SETUP)
INTERVAL = 32
BUDGET = 160 << 10
ROW = 8 * len(PROBLEM.columns)
MOST_BRANCHES, MOST_STEPS = 4, 2300


class Line:
    """A branch as it must be: trained by single calls of the kernel, with all of its states kept.

    Attributes
    ----------
    held
        The live keys once so many steps are done: rate and multipliers.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.states: list[State] = [problem.start()]
        self.held: list[tuple[float, tuple[float, ...]]] = [(problem.experiment.optimizer.lr, ())]
        self.rows: list[np.ndarray] = []
        self.rates: list[float] = []

    def advance(self, steps: int) -> None:
        base, multipliers = self.held[-1]
        for _ in range(steps):
            state, row = self.states[-1].copy(), np.empty((len(self.problem.columns), 1))
            rate = engine.rates(self.problem, base, state.step, 1)
            engine.advance(self.problem, state, rate, multipliers=multipliers, record=row)
            self.states.append(state)
            self.held.append((base, multipliers))
            self.rows.append(row)
            self.rates.append(float(rate[0]))

    def up_to(self, step: int) -> Line:
        found = Line(self.problem)
        found.states, found.held = self.states[: step + 1], self.held[: step + 1]
        found.rows, found.rates = self.rows[:step], self.rates[:step]
        return found

    def epochs(self) -> list[tuple[int, list[float], list[float], float]]:
        """Step, means of loss and error, the same on the held-out rows, and the rate of each whole epoch."""
        found, size, data = [], self.problem.steps_per_epoch, self.problem.data
        for end in range(size, len(self.rows) + 1, size):
            rows = np.concatenate(self.rows[end - size : end], axis=1)
            held_out = engine.evaluate(self.problem, self.states[end].theta, data.X_test, data.Y_test)
            measured = rows[:2].copy()
            measured[:, -1] *= self.problem.last_weight
            means = [float(np.sum(row)) / (size - 1 + self.problem.last_weight) for row in measured]
            found.append((end, means, [*held_out.values()], self.rates[end - 1]))
        return found


class Tree(RuleBasedStateMachine):
    """Acts on a history with hardly any memory, and on lines that keep everything."""

    @initialize()
    def begin(self) -> None:
        self.history = History(PROBLEM, BUDGET)
        self.lines = [Line(PROBLEM)]
        self.branch: Branch = self.history.root
        self.advance(900)

    @property
    def line(self) -> Line:
        return self.lines[self.branch.number]

    @rule(steps=st.sampled_from([700, 333, 40, 7, 2, 1]))
    @precondition(lambda self: self.branch.tip < MOST_STEPS)
    def advance(self, steps: int) -> None:
        assert self.history.advance(self.branch, steps) == Status.DONE
        self.line.advance(steps)
        if steps > 2 * self.branch.interval:  # memory is looked at at checkpoints
            assert self.history.nbytes <= BUDGET + self.branch.interval * ROW

    @rule(value=st.sampled_from([0.01, 0.05, 0.002, 0.0]))
    def set_rate(self, value: float) -> None:
        self.history.set_value(self.branch, RATE_KEY, value)
        self.line.held[-1] = (value, self.line.held[-1][1])

    @rule(value=st.sampled_from([(), (0.5, 2.0), (0.0, 1.0), (1.0, 1.0)]))
    def set_multipliers(self, value: tuple[float, ...]) -> None:
        self.history.set_value(self.branch, MULTIPLIERS_KEY, value)
        self.line.held[-1] = (self.line.held[-1][0], value)

    @rule(share=st.floats(0, 1), anew=st.booleans())
    @precondition(lambda self: len(self.history.branches) < MOST_BRANCHES)
    def fork(self, share: float, anew: bool) -> None:
        old, step = self.branch, int(share * self.branch.tip)
        itself = step == old.tip == old.fork and not anew
        self.branch = self.history.fork(old, step, anew)
        assert (self.branch is old) == itself
        if not itself:
            owner = next(self.history.pieces(old, step - 1, step))[0] if step else self.history.root
            assert (self.branch.fork, self.branch.tip, self.branch.parent) == (step, step, owner)
            self.lines.append(self.lines[old.number].up_to(step))

    @rule(share=st.floats(0, 1))
    def go_to_another_branch(self, share: float) -> None:
        self.branch = self.history.branches[int(share * (len(self.history.branches) - 1))]

    @rule(share=st.floats(0, 1))
    def seek(self, share: float) -> None:
        step = int(share * self.branch.tip)
        found, wanted = self.history.state_at(self.branch, step), self.line.states[step]
        assert found.step == step
        assert found.theta.tobytes() == wanted.theta.tobytes()
        assert found.slots.tobytes() == wanted.slots.tobytes()

    @rule(a=st.floats(0, 1), b=st.floats(0, 1))
    def read_rows(self, a: float, b: float) -> None:
        lo, hi = sorted((int(a * self.branch.tip), int(b * self.branch.tip)))
        found = self.history.raw(self.branch, lo, hi)
        if found is None:
            self.history.recover(self.branch, lo, hi)
            found = self.history.raw(self.branch, lo, hi)
            assert found is not None
        assert found.shape == (len(PROBLEM.columns), hi - lo)
        assert np.ascontiguousarray(found.T).tobytes() == b"".join(row.tobytes() for row in self.line.rows[lo:hi])
        if hi > lo:
            assert self.history.rates(self.branch, lo, hi - lo).tolist() == self.line.rates[lo:hi]

    @rule(share=st.floats(0, 1))
    def read_epochs(self, share: float) -> None:
        step = int(share * self.branch.tip)
        found = [
            (record.step, [*record.training.values()], [*record.validation.values()], record.rate)
            for record in self.history.epoch_records(self.branch, step)
        ]
        assert found == [epoch for epoch in self.line.epochs() if epoch[0] <= step]

    @rule()
    def set_aside(self) -> None:
        self.history.release()
        assert self.history.nbytes < BUDGET

    @invariant()
    def the_tip_is_at_hand(self) -> None:
        assert self.branch.tip == len(self.line.rows)
        assert self.branch.state.theta.tobytes() == self.line.states[-1].theta.tobytes()

    @rule(share=st.floats(0, 1))
    def read_live_keys(self, share: float) -> None:
        step = int(share * self.branch.tip)
        found = self.history.value(self.branch, RATE_KEY, step), self.history.value(self.branch, MULTIPLIERS_KEY, step)
        assert found == self.line.held[step]


def test_any_step_of_any_branch_equals_a_fresh_run(monkeypatch):
    monkeypatch.setattr(tree, "CHECKPOINT_NANOSECONDS", INTERVAL * PROBLEM.step_nanoseconds)
    few = settings(
        max_examples=6,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    )
    run_state_machine_as_test(Tree, settings=few)


def long_run(budget: int, monkeypatch) -> tuple[History, Line]:
    """Of 2,400 steps, which do not fit into the budget."""
    monkeypatch.setattr(tree, "CHECKPOINT_NANOSECONDS", INTERVAL * PROBLEM.step_nanoseconds)
    history, line = History(PROBLEM, budget), Line(PROBLEM)
    for rate in (0.01, 0.05, 0.02):
        history.set_value(history.root, RATE_KEY, rate)
        line.held[-1] = (rate, ())
        history.advance(history.root, 800)
        line.advance(800)
    return history, line


def test_with_hardly_any_memory_rows_and_checkpoints_go_and_come_back(monkeypatch):
    monkeypatch.setattr(recording, "HEAD_BYTES", 0)
    history, line = long_run(64 << 10, monkeypatch)
    root = history.root
    assert root.interval > INTERVAL, "every other checkpoint has gone"
    assert history.raw(root, 0, 100) is None
    assert history.raw(root, 2390, 2400) is not None
    assert history.nbytes <= (64 << 10) + root.interval * ROW
    for step in (0, 1, 799, 800, 801, 1234, 2399, 2400):
        assert history.state_at(root, step).slots.tobytes() == line.states[step].slots.tobytes()
    rows = history.recover(root, 700, 900)
    assert np.ascontiguousarray(rows.T).tobytes() == b"".join(row.tobytes() for row in line.rows[700:900])


def test_a_branch_keeps_the_state_at_its_fork_however_few_it_keeps(monkeypatch):
    monkeypatch.setattr(tree, "CHECKPOINT_NANOSECONDS", INTERVAL * PROBLEM.step_nanoseconds)
    history, line = History(PROBLEM, 64 << 10), Line(PROBLEM)
    history.advance(history.root, 101)
    branch = history.fork(history.root, 101, anew=True)
    history.advance(branch, 2300)
    line.advance(2401)
    assert branch.interval > INTERVAL, "every other checkpoint has gone"
    for step in (101, 102, 500, 2000):
        assert history.state_at(branch, step).theta.tobytes() == line.states[step].theta.tobytes()


def test_rows_that_come_back_keep_to_the_budget_too(monkeypatch):
    """Raw rows give way to those that somebody looks at."""
    budget = 160 << 10
    history, _ = long_run(budget, monkeypatch)
    for first in range(0, 1800, 300):
        history.recover(history.root, first, first + 300)
        assert history.raw(history.root, first, first + 300) is not None
        assert history.nbytes <= budget


def test_few_ranges_that_came_back_are_kept(monkeypatch):
    monkeypatch.setattr(recording, "HEAD_BYTES", 0)
    history, _ = long_run(1 << 24, monkeypatch)
    history.release()
    for first in range(0, 700, 100):
        history.recover(history.root, first, first + 100)
    assert history.raw(history.root, 0, 100) is None
    assert all(history.raw(history.root, first, first + 100) is not None for first in range(100, 700, 100))


def test_a_fork_past_the_first_bad_value_knows_of_it():
    session = Session(SETUP)
    session.set_rate(1e200)
    session.step(10)
    session.settle()
    bad = session.snapshot().diverged_at, session.snapshot().not_finite
    assert bad == (2, "W1[0,0]")
    session.step(10)
    session.seek(5)
    session.set_rate(0.001)
    session.settle()
    assert session.snapshot().tip == 5, "a fork"
    assert (session.snapshot().diverged_at, session.snapshot().not_finite) == bad
    session.step(1)
    session.settle()
    assert (session.snapshot().diverged_at, session.snapshot().not_finite) == bad


CALLBACKS = [("schedule.name", "plateau"), ("schedule.patience", 2), ("schedule.factor", 0.5),
             ("schedule.monitor", "val_loss"), ("schedule.min_delta", 1e-3),
             ("stop.early_stopping", {"monitor": "val_loss", "patience": 30})]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    forks=st.lists(st.tuples(st.integers(1, 200), st.floats(0, 1), st.sampled_from([0.1, 0.02, 0.005])), max_size=4),
    last=st.integers(1, 300),
)
def test_callbacks_decide_on_a_branch_as_in_a_run_of_its_own(forks, last):
    problem = engine.build(with_values(SETUP, CALLBACKS))
    history, changes = History(problem, 1 << 20), []
    branch = history.root
    for steps, share, rate in forks:
        history.advance(branch, steps)
        step = int(share * branch.tip)
        branch = history.fork(branch, step)
        history.set_value(branch, RATE_KEY, rate)
        changes = [change for change in changes if change.step < step] + [Change(step, RATE_KEY, rate)]
    history.advance(branch, last, early_stop=True)
    result = run(problem, changes=changes, max_steps=branch.tip, every_epoch=True)
    if result.steps < branch.tip:  # its branch had gone on past where early stopping ends a run
        assert result.stop_reason == "early_stopping"
        assume(all(change.step != result.steps for change in changes))  # which such a run does not reach
    assert history.state_at(branch, result.steps).theta.tobytes() == result.theta.tobytes()
    assert history.control_at(branch, result.steps) == result.control
    records = history.epoch_records(branch, result.steps)
    assert [record.rate for record in records] == result.figures.rates.tolist()
    assert [record.validation["loss"] for record in records] == result.figures.validation["loss"].tolist()


def test_a_tree_grows_as_deep_as_it_has_to_and_is_read_all_the_same():
    """Changes at the newest step one after another, then a change at every step."""
    history = History(PROBLEM, 1 << 20)
    branch = history.root
    history.advance(branch, 1)
    for _ in range(50):
        branch = history.fork(branch, 1, anew=True)
    assert branch.parent is history.root
    for step in range(1, 2001):
        history.advance(branch, 1)
        branch = history.fork(branch, step + 1, anew=True)
    assert len(list(history.pieces(branch, 0, branch.tip))) == 2001
    assert history.raw(branch, 0, branch.tip).shape[1] == branch.tip == 2001
    assert history.epoch_records(branch, branch.tip)[-1].step == 2001
    assert history.state_at(branch, 1500).step == 1500
