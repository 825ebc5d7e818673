"""Undo and redo return to where a run stood: same step, same line of training, same numbers to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lrsim.experiment import files
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_values
from lrsim.experiment.specs import Experiment
from lrsim.session import commands, journal
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

ENDLESS = {"stop.target_error": 0.0, "training.epochs": 10**9}


def changed(name: str, **values: Any) -> Experiment:
    return with_values(files.load(name), list(values.items()))


SETUPS = (
    changed("clip250", **{"training.epochs": 60}),
    changed("circle", **{"data.samples": 30, "data.test_fraction": 0.2, "training.epochs": 12}),
    changed("plane", **{"data.samples": 20, "schedule": {"name": "plateau", "monitor": "loss", "patience": 2},
                        "training.epochs": 30, "stop.early_stopping": {"monitor": "loss", "patience": 9}}),
)  # fmt: skip
"""A rate and an end alone; held-out rows; callbacks that make rates of their own and end the run."""


def look(snapshot: Snapshot) -> tuple[object, ...]:
    """All that is seen of a state, to the last bit."""
    history, branch = snapshot.place.run.history, snapshot.place.branch
    rows = history.raw(branch, 0, snapshot.tip)
    rows = history.recover(branch, 0, snapshot.tip) if rows is None else rows
    timeline = branch.course.timeline
    return (
        snapshot.run, snapshot.step, snapshot.tip, snapshot.rate, snapshot.lr, snapshot.rate_marks,
        snapshot.multipliers, snapshot.finished, snapshot.passed, snapshot.diverged_at, snapshot.control,
        snapshot.theta.tobytes(),
        branch.state.theta.tobytes(), rows.tobytes(), timeline.rates(0, snapshot.tip + 1).tobytes(),
        [record.step for record in history.epoch_records(branch, snapshot.tip)],
    )  # fmt: skip


class Walk(RuleBasedStateMachine):
    """A hand that edits, moves, takes back and does again; the model keeps looks alone."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[tuple[object, ...]] = []
        self.undone: list[tuple[object, ...]] = []
        self.gestures = 0

    @initialize(setup=st.sampled_from(SETUPS))
    def begin(self, setup: Experiment) -> None:
        self.session = Session(setup)
        self.session.set_speed(float("inf"))
        self.session.settle()

    def now(self) -> tuple[object, ...]:
        return look(self.session.snapshot())

    def edit(self, do: Callable[[], object]) -> None:
        before, edits = self.now(), len(self.session.snapshot().done)
        do()
        self.session.settle()
        if len(self.session.snapshot().done) > edits:
            self.done.append(before)
            self.undone.clear()
        else:
            assert self.now() == before

    @rule(factor=st.sampled_from([0.5, 2.0, 10.0]))
    def change_the_rate(self, factor: float) -> None:
        self.edit(lambda: self.session.set_rate(self.session.snapshot().lr * factor))

    @rule(factor=st.sampled_from([0.5, 2.0]))
    def change_a_factor(self, factor: float) -> None:
        layers = len(self.session.snapshot().place.run.problem.experiment.model.layers)
        self.edit(lambda: self.session.send(commands.SetLive(MULTIPLIERS_KEY, (factor,) * layers)))

    @rule(factors=st.lists(st.sampled_from([0.5, 3.0, 4.0]), min_size=1, max_size=4), steps=st.integers(0, 3))
    def drag(self, factors: list[float], steps: int) -> None:
        """One gesture, also while steps are taken."""
        self.gestures += 1
        before, edits = self.now(), len(self.session.snapshot().done)
        for factor in factors:
            self.session.set_rate(self.session.snapshot().lr * factor, self.gestures)
            self.session.step(steps)
            self.session.settle()
        assert len(self.session.snapshot().done) <= edits + 1
        if len(self.session.snapshot().done) > edits:
            self.done.append(before)
        self.undone.clear()

    @rule(which=st.floats(0, 1), to=st.none() | st.floats(0, 1))
    def move_a_change(self, which: float, to: float | None) -> None:
        snapshot = self.session.snapshot()
        events = snapshot.place.branch.course.events
        steps = [event.step for event in events if event.key == RATE_KEY and event.step]
        if steps:
            step = steps[round(which * (len(steps) - 1))]
            self.edit(lambda: self.session.move_rate(step, None if to is None else round(to * snapshot.tip)))

    @rule()
    def reset(self) -> None:
        self.edit(self.session.reset)

    @rule(setup=st.sampled_from(SETUPS), step=st.sampled_from([0, 0, 9]))
    def load(self, setup: Experiment, step: int) -> None:
        self.edit(lambda: self.session.load(setup, step))

    @rule(steps=st.integers(1, 90))
    def step(self, steps: int) -> None:
        self.session.step(steps)
        self.session.settle()

    @rule()
    def play(self) -> None:
        """For three slices, also to the end of the run and on past it."""
        if self.session.snapshot().tip < 900:
            self.session.play()
            for _ in range(3):
                self.session.work(0.001)
            self.session.pause()
            self.session.settle()

    @rule(share=st.floats(0, 1))
    def seek(self, share: float) -> None:
        self.session.seek(int(share * self.session.snapshot().tip))
        self.session.settle()

    @rule()
    def undo(self) -> None:
        self._turn(self.session.undo, self.done, self.undone)

    @rule()
    def redo(self) -> None:
        self._turn(self.session.redo, self.undone, self.done)

    def _turn(self, turn: Callable[[], object], source: list[Any], target: list[Any]) -> None:
        before = self.now()
        turn()
        self.session.settle()
        if not source:
            assert self.now() == before
            return
        target.append(before)
        assert self.now() == source.pop()

    @invariant()
    def as_many_edits_as_were_made(self) -> None:
        snapshot = self.session.snapshot()
        assert (len(snapshot.done), len(snapshot.undone)) == (len(self.done), len(self.undone))
        assert snapshot.refused == ()


def test_walks_return_to_the_same_state_bit_for_bit() -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip


def at(session: Session) -> tuple[int, int, float]:
    session.settle()
    snapshot = session.snapshot()
    return snapshot.step, snapshot.tip, snapshot.lr


def test_a_change_in_the_past_goes_back_to_the_old_branch_and_forward_to_the_tip_of_the_new_one() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.step(2000)
    session.seek(672)
    session.set_rate(2e-5)
    session.step(3)
    assert at(session) == (675, 675, 2e-5)
    edit = session.snapshot().done[-1].edit
    assert (edit.kind, edit.before, edit.after) == ("rate", 1e-5, 2e-5)
    session.undo()
    assert at(session) == (672, 2000, 1e-5)
    session.redo()
    assert at(session) == (675, 675, 2e-5)


def test_a_change_at_the_newest_step_goes_back_there_after_more_was_trained() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.step(100)
    session.set_rate(2e-5)
    session.step(50)
    session.settle()
    assert (session.snapshot().done[-1].edit.before, session.snapshot().done[-1].step) == (1e-5, 100)
    session.undo()
    assert at(session) == (100, 100, 1e-5)
    session.step(10)
    session.redo()
    assert at(session) == (150, 150, 2e-5)
    assert SessionReader(session).rows(session.snapshot(), 101, 101)[0].rate == 2e-5  # type: ignore[index]
    session.undo()
    assert at(session) == (110, 110, 1e-5)


def test_a_rate_that_went_up_and_down_again_before_more_was_trained_is_taken_back_to_where_nothing_was() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.set_rate(2e-5)
    session.set_rate(1e-5)
    session.step(50)
    session.undo()
    assert at(session) == (0, 0, 2e-5)
    session.undo()
    assert at(session) == (0, 0, 1e-5)


def test_a_load_comes_back_where_it_was_left() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.step(20)
    session.load(files.load("circle"), label="load circle")
    session.step(7)
    session.settle()
    circle = session.snapshot()
    session.undo()
    assert at(session) == (20, 20, 1e-5)
    assert session.snapshot().undone[-1].edit.label == "load circle"
    session.redo()
    assert at(session)[:2] == (7, 7)
    assert session.snapshot().run == circle.run
    assert session.snapshot().theta.tobytes() == circle.theta.tobytes()


def test_runs_have_numbers_of_their_own_also_after_an_undo() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.load(files.load("circle"))
    session.undo()
    session.settle()
    first = session.snapshot().run
    session.load(files.load("xor"))
    session.settle()
    assert session.snapshot().run not in (first, 2)


def test_an_undo_while_it_plays_plays_on_from_there() -> None:
    session = Session(changed("clip250", **ENDLESS))
    session.step(10)
    session.play()
    session.set_rate(2e-5)
    for _ in range(3):
        session.work()
    session.undo()
    session.work()
    assert session.snapshot().playing
    assert session.snapshot().lr == 1e-5


def test_only_so_many_edits_are_kept() -> None:
    session = Session(changed("clip250", **ENDLESS))
    for k in range(journal.MOST_EDITS + 20):
        session.set_rate(1e-5 * (k + 2))
        session.step()
    session.settle()
    assert len(session.snapshot().done) == journal.MOST_EDITS
    for _ in range(journal.MOST_EDITS + 5):
        session.undo()
    assert at(session) == (20, 20, 1e-5 * 21)


def test_runs_that_undo_keeps_count_against_the_memory_for_the_history() -> None:
    budget = 2 << 20
    session = Session(changed("clip250", **ENDLESS), memory_budget=budget)
    for k in range(12):
        session.step(30_000)
        session.load(changed("clip250", **ENDLESS, **{"optimizer.lr": 1e-6 * (k + 1)}))
        session.settle()
    snapshot = session.snapshot()
    runs = {way.run for way in snapshot.done}
    assert 1 <= len(runs) < 12
    assert snapshot.place.run.history.budget < budget
    session.undo()
    assert at(session)[:2] == (30_000, 30_000)


@pytest.mark.parametrize("count", [1, 2])
def test_a_drag_that_returns_to_where_it_began_is_no_edit(count: int) -> None:
    session = Session(changed("clip250", **ENDLESS))
    for _ in range(count):
        session.set_rate(3e-5, gesture=1)
    session.set_rate(1e-5, gesture=1)
    session.settle()
    assert session.snapshot().done == ()


def test_two_gestures_are_two_edits() -> None:
    session = Session(changed("clip250", **ENDLESS))
    for gesture in (1, 1, 2, 2):
        session.send(commands.SetLive(RATE_KEY, session.snapshot().lr * 2, gesture))
        session.settle()
    assert [way.edit.after for way in session.snapshot().done] == [4e-5, 16e-5]
