"""The tree of branches: every step of every branch can be reached again, bit for bit, whatever was let go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_values
from lrsim.history import tree
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.runs.run import Change, run
from lrsim.training import engine
from lrsim.training.engine import Problem, State, Status, Stops

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
BUDGET = 256 << 10
ROW = 8 * len(PROBLEM.columns)
MOST_BRANCHES, MOST_STEPS = 6, 1500


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
            means = [float(np.sum(row)) / size for row in rows[:2]]
            found.append((end, means, [*held_out.values()], self.rates[end - 1]))
        return found


class Tree(RuleBasedStateMachine):
    """Acts on a history with hardly any memory, and on lines that keep everything."""

    @initialize()
    def begin(self) -> None:
        self.history = History(PROBLEM, BUDGET)
        self.lines = [Line(PROBLEM)]
        self.branch: Branch = self.history.root

    @property
    def line(self) -> Line:
        return self.lines[self.branch.number]

    @rule(steps=st.one_of(st.integers(1, 10), st.integers(50, 700)))
    @precondition(lambda self: self.branch.tip < MOST_STEPS)
    def advance(self, steps: int) -> None:
        assert self.history.advance(self.branch, steps) == Status.DONE
        self.line.advance(steps)

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
            assert (self.branch.fork, self.branch.tip, self.branch.parent) == (step, step, old)
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
    def the_budget_is_kept(self) -> None:
        """But for the rows since the last checkpoint, where it is looked at."""
        assert self.history.nbytes <= BUDGET + 2 * INTERVAL * ROW

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
    few = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Tree, settings=few)
