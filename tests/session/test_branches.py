"""The branches of a run: where they part, what they are called, going between them, hiding, comparing, three rates."""

from __future__ import annotations

import pytest

from lrsim.experiment import files
from lrsim.session import commands
from lrsim.session.session import Session
from lrsim.verdict.codes import VerdictCode


@pytest.fixture
def session() -> Session:
    """Three branches: the first run to 60, one from 30 and one from 20 at rates of their own."""
    found = Session(files.load("clip250"), trials=0.0)
    found.run_to(60)
    found.settle()
    for step, rate, end in ((30, 1e-6, 60), (20, 1.0, 50)):
        found.fork(step, {"optimizer.lr": rate})
        found.run_to(end)
        found.settle()
    return found


def send(session: Session, command: commands.Command) -> str | None:
    number = session.send(command)
    session.settle()
    refusal = session.snapshot().refusal(number)
    return None if refusal is None else refusal.why


def test_each_branch_says_where_it_began_and_what_sets_it_apart(session):
    shown = session.snapshot().branches
    assert [(each.number, each.parent, each.fork, each.tip, each.parts) for each in shown] == [
        (0, None, 0, 60, 20),
        (1, 0, 30, 60, 20),
        (2, 0, 20, 50, 50),
    ]
    assert [each.label for each in shown] == ["first run", "lr 1e-06 from step 30", "lr 1 from step 20"]
    assert [each.current for each in shown] == [False, False, True]


def test_what_became_of_the_others_is_told(session):
    ends = [each.end for each in session.snapshot().branches]
    assert None not in ends[:2]
    send(session, commands.GoTo(0, 60))
    assert session.snapshot().branches[2].end == VerdictCode.OSCILLATING


def test_going_to_a_branch_shows_its_own_past(session):
    theta = session.snapshot().theta.tobytes()
    assert send(session, commands.GoTo(1, 55)) is None
    shown = session.snapshot()
    assert (shown.step, shown.tip, shown.place.branch.number, shown.lr) == (55, 60, 1, 1e-6)
    assert send(session, commands.GoTo(2, 10**9)) is None
    assert (session.snapshot().step, session.snapshot().theta.tobytes()) == (50, theta)
    assert send(session, commands.GoTo(7, 1)) == "branch: there is no such branch, got 7"


def test_a_name_takes_the_place_of_the_label_and_undo_takes_it_back(session):
    assert send(session, commands.NameBranch(1, "  slow  one ")) is None
    assert session.snapshot().branches[1].title == "slow one"
    why = send(session, commands.NameBranch(2, "slow one"))
    assert why == 'name of the branch: another one has it already, got "slow one"'
    session.undo()
    session.settle()
    assert session.snapshot().branches[1].title == "lr 1e-06 from step 30"
    session.redo()
    session.settle()
    assert session.snapshot().branches[1].title == "slow one"


def test_a_hidden_branch_comes_back_by_undo_and_the_one_at_hand_stays(session):
    assert send(session, commands.HideBranch(1)) is None
    assert [each.hidden for each in session.snapshot().branches] == [False, True, False]
    assert send(session, commands.HideBranch(2)).startswith("branch: the one at hand stays in sight")
    session.undo()
    session.settle()
    assert not any(each.hidden for each in session.snapshot().branches)


def test_two_branches_are_held_against_each_other_at_the_last_step_of_both(session):
    assert send(session, commands.Compare(0, 2)) is None
    found = session.snapshot().comparison
    assert (found.first, found.second, found.parts_at, found.step) == (0, 2, 21, 50)
    history = session.snapshot().place.run.history
    states = [history.state_at(history.branches[number], 50).theta for number in (0, 2)]
    told = {each.name: (each.first, each.second) for each in found.differences}
    assert told == {name: (float(states[0][k]), float(states[1][k])) for k, name in enumerate("Wb")}
    assert found.losses == tuple(float(history.rows(history.branches[n], 49, 50)[0, 0]) for n in (0, 2))
    send(session, commands.Compare(1, 1))
    assert session.snapshot().comparison.parts_at is None


def test_three_rates_are_tried_from_here_and_one_undo_takes_them_back(session):
    before = session.snapshot()
    assert send(session, commands.TryRates(40)) is None
    shown = session.snapshot()
    assert [(each.fork, each.tip) for each in shown.branches[3:]] == [(50, 90)] * 3
    history = shown.place.run.history
    rates = [each.course.timeline.rate(60) for each in history.branches[3:]]
    assert rates == pytest.approx([1 / 3, 1.0, 3.0])
    session.undo()
    session.settle()
    after = session.snapshot()
    assert (after.place.branch, after.step) == (before.place.branch, before.step)
    assert send(session, commands.TryRates(0)) == "steps: expected at least 1, got 0"
