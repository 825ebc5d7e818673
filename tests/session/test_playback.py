"""Playing backwards and round, and places that have names."""

from __future__ import annotations

import time

import pytest

from lrsim.experiment import files
from lrsim.session import commands
from lrsim.session.bookmarks import free_name
from lrsim.session.session import Session
from lrsim.session.snapshot import Loop, Snapshot


@pytest.fixture
def session() -> Session:
    found = Session(files.load("clip250"), trials=0.0)
    found.set_speed(2000.0)
    found.step(100)
    found.settle()
    return found


def after(found: Session) -> Snapshot:
    found.settle()
    return found.snapshot()


def steps_of(found: Session, wanted: int) -> list[int]:
    """The places that it goes through by itself, until so many."""
    seen: list[int] = []
    while len(seen) < wanted:
        delay = found.work()
        if not seen or found.snapshot().step != seen[-1]:
            seen.append(found.snapshot().step)
        if delay is None:
            return seen
        time.sleep(delay)
    return seen


def refusal(found: Session, command: commands.Command) -> str:
    sent = found.send(command)
    told = after(found).refusal(sent)
    return "" if told is None else told.why


def test_it_plays_backwards_to_the_start_and_nothing_is_trained(session):
    session.play_back()
    seen = steps_of(session, 10**6)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) > 3
    shown = session.snapshot()
    assert (shown.step, shown.tip, shown.playing, shown.backwards) == (0, 100, False, False)


def test_playing_backwards_ends_at_the_fence_and_takes_no_notice_of_conditions(session):
    session.send(commands.SetFence(30))
    session.set_breakpoint("step == 60")
    session.play_back()
    assert after(session).step == 30
    session.set_speed(float("inf"))
    session.play_back()
    assert after(session).step == 0


def test_space_pauses_and_then_plays_on(session):
    session.play_back()
    session.work()
    assert (session.snapshot().playing, session.snapshot().backwards) == (True, True)
    session.toggle()
    session.work()
    assert (session.snapshot().playing, session.snapshot().backwards) == (False, False)


@pytest.mark.parametrize("back", [False, True])
def test_playing_goes_round_between_two_steps(session, back):
    session.set_loop(80, 40)
    session.seek(60)
    session.work()
    assert session.snapshot().loop == Loop(40, 80)
    (session.play_back if back else session.play)()
    seen = steps_of(session, 200)
    assert {40 <= step <= 80 for step in seen} == {True}
    turns = [(a, b) for a, b in zip(seen, seen[1:]) if (b > a) == back]
    assert len(turns) >= 2
    assert session.snapshot().tip == 100


def test_a_loop_beyond_what_is_recorded_trains_to_its_end_first(session):
    session.set_loop(90, 130)
    session.play()
    seen = steps_of(session, 80)
    assert max(seen) <= 130
    assert min(seen[seen.index(max(seen)) :]) < 110
    assert session.snapshot().tip == 130
    session.pause()
    session.set_loop()
    session.play()
    steps_of(session, 20)
    session.pause()
    assert after(session).tip > 130


def test_from_outside_a_loop_playing_goes_into_it(session):
    session.set_loop(20, 40)
    session.play()
    assert max(steps_of(session, 30)[1:]) <= 40
    session.pause()
    session.set_loop(200, 300)
    session.seek(50)
    session.play()
    assert max(steps_of(session, 200)) <= 300


def test_a_loop_that_is_none_is_refused(session):
    assert "two different steps" in refusal(session, commands.SetLoop(5, 5))
    assert "from 0 on" in refusal(session, commands.SetLoop(-1, 5))
    session.set_loop(5)
    session.play()
    assert steps_of(session, 3)[-1] > 100


def test_a_loop_ends_with_its_run(session):
    session.set_loop(20, 40)
    session.load(files.load("clip250-corrected"))
    assert after(session).loop is None


def test_bookmarks_lead_back_also_to_another_branch(session):
    session.seek(40)
    session.set_bookmark("a")
    session.seek(90)
    session.set_bookmark("late swing")
    session.fork(60, {"optimizer.lr": 1e-6})
    session.step(50)
    shown = after(session)
    branch = shown.place.branch
    assert [(each.name, each.step, each.here) for each in shown.bookmarks] == [
        ("a", 40, True),
        ("late swing", 90, False),
    ]
    session.go_to_bookmark("a")
    shown = after(session)
    assert (shown.step, shown.place.branch) == (40, branch)
    session.go_to_bookmark("late  swing")
    shown = after(session)
    assert (shown.step, shown.place.branch is branch) == (90, False)
    session.load(files.load("spiral"))
    assert after(session).bookmarks == ()
    session.undo()
    assert len(after(session).bookmarks) == 2
    session.send(commands.RemoveBookmark("a"))
    assert [each.name for each in after(session).bookmarks] == ["late swing"]


def test_a_name_is_there_once_and_is_a_name(session):
    session.set_bookmark("a")
    assert "step 100 has this name already" in refusal(session, commands.SetBookmark(" a "))
    assert "expected a name" in refusal(session, commands.SetBookmark("  "))
    assert "none of that name, did you mean a" in refusal(session, commands.GoToBookmark("aa"))
    assert free_name(after(session).bookmarks) == "b"
    for letter in "bcdefghijklmnopqrstuvwxyz":
        session.set_bookmark(letter)
    assert free_name(after(session).bookmarks) == "a1"
