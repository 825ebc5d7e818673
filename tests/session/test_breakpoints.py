"""Conditions stop a session's run exactly where a plain loop finds them, forwards and backwards, on every branch."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.debugger.conditions.condition import condition
from lrsim.debugger.conditions.hits import Finder
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session import commands
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

HOT = with_values(
    files.load("clip250"),
    [("optimizer.lr", 1.0), ("stop.divergence", False), ("stop.target_error", 0.0), ("training.epochs", 50)],
)
TEXTS = ["sign_flips(W) > 0", "loss > 2 * prev(loss)", "step % 37 == 0", "nonfinite", "rate_changed", "isnan(W)",
         "mean(loss, 3) < loss", "step == 299", "W > 0"]  # fmt: skip


def session(experiment: Experiment = HOT) -> Session:
    found = Session(experiment, trials=0.0)
    found.set_speed(float("inf"))
    return found


def after(found: Session) -> Snapshot:
    found.settle()
    return found.snapshot()


@functools.cache
def places(text: str, steps: int = 300) -> list[int]:
    found = session()
    found.step(steps)
    place = after(found).place
    source = BranchSource(place.run.history, place.branch)
    return [hit.step for hit in Finder(source, [condition(source.problem, text)]).within(0, steps)]


@pytest.mark.parametrize(
    ("text", "speed"), [*((text, float("inf")) for text in TEXTS), ("step % 37 == 0", 5000.0), ("isnan(W)", 5000.0)]
)
def test_playing_stops_at_each_place_in_turn_and_then_goes_on_to_the_end(text, speed):
    found, seen = session(), []
    found.set_breakpoint(text)
    found.set_speed(speed)
    for _ in range(len(places(text)) + 1):
        found.play()
        shown = after(found)
        seen.append(shown.step)
        assert not shown.playing
    assert seen == [*places(text), *([300] if places(text)[-1:] != [300] else [])][: len(seen)]


@pytest.mark.parametrize("text", TEXTS)
def test_going_back_stops_at_the_same_places(text):
    found = session()
    found.step(300)
    found.set_breakpoint(text)
    seen = []
    while (shown := after(found)).step:
        seen.append(shown.step)
        found.reverse()
    assert seen == [300, *reversed([step for step in places(text) if step < 300])]
    assert after(found).tip == 300


def test_it_says_where_why_and_with_which_values():
    found = session()
    found.set_breakpoint("sign_flips(W) > 0 and loss > 10")
    found.play()
    assert after(found).message == "Stopped at step 2: sign_flips(W) > 0 and loss > 10 (W = -5162.9, loss = 22050)"


def test_what_is_recorded_is_looked_at_while_it_is_walked():
    found = session()
    found.step(300)
    found.seek(0)
    found.set_breakpoint("step == 123")
    found.play()
    shown = after(found)
    assert (shown.step, shown.tip) == (123, 300)


def test_the_place_where_it_stands_does_not_stop_it_at_once():
    found = session()
    found.set_breakpoint("step >= 10")
    found.play()
    assert after(found).step == 10
    found.play()
    assert after(found).step == 300


@pytest.mark.parametrize("hand", [lambda s: s.step(50), lambda s: s.seek(50)])
def test_a_hand_that_steps_is_not_stopped(hand):
    found = session()
    found.step(100)
    found.seek(0)
    found.set_breakpoint("step % 7 == 0")
    hand(found)
    assert after(found).step == 50


def test_running_to_a_step_is_stopped_on_the_way():
    found = session()
    found.set_breakpoint("step == 40")
    found.run_to(200)
    assert after(found).step == 40


def test_a_condition_left_aside_or_removed_stops_nothing():
    found = session()
    found.set_breakpoint("step == 10")
    found.set_breakpoint("step == 20")
    first, second = after(found).breakpoints
    found.send(commands.EnableBreakpoint(first.id, False))
    found.play()
    assert after(found).step == 20
    found.send(commands.RemoveBreakpoint(second.id))
    found.send(commands.EnableBreakpoint(first.id, True))
    found.seek(0)
    found.play()
    assert after(found).step == 10
    assert [point.text for point in after(found).breakpoints] == ["step == 10"]


def test_hits_are_counted_and_their_places_known_of_the_whole_branch():
    found = session()
    found.step(300)
    found.set_breakpoint("sign_flips(W) > 0")
    found.set_breakpoint("step % 10 == 0", hits="%3")
    flips, tens = after(found).breakpoints
    assert flips.steps == tuple(places("sign_flips(W) > 0"))
    assert (tens.times, tens.steps, tens.looked_to) == (10, tuple(range(30, 301, 30)), 300)


def test_a_line_is_written_and_the_run_goes_on():
    found = session()
    found.set_breakpoint("step % 100 == 0", log="at {step} of {epoch}")
    found.play()
    shown = after(found)
    assert shown.step == 300
    assert [(line.step, line.text) for line in shown.log] == [
        (100, "at 100 of 17"), (200, "at 200 of 34"), (300, "at 300 of 50"),
    ]  # fmt: skip


def test_a_condition_is_written_anew():
    found = session()
    found.set_breakpoint("step == 10")
    number = after(found).breakpoints[0].id
    found.set_breakpoint("step == 30", number=number)
    found.play()
    assert after(found).step == 30
    assert len(after(found).breakpoints) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [(("los > 1",), "unknown name los"), (("loss >",), "not an expression"), (("loss > 1", "0"), "hit count"),
     (("loss > 1", "", "{los}"), "unknown name los"), (("loss > 1", "", "", 99), "there is no such condition")],
)  # fmt: skip
def test_what_can_not_be_used_is_refused_and_the_others_stay(words, why):
    found = session()
    found.set_breakpoint("step == 10")
    command = found.set_breakpoint(*words)
    shown = after(found)
    assert why in shown.refusal(command).why
    assert [point.text for point in shown.breakpoints] == ["step == 10"]


def test_conditions_stay_for_another_experiment_and_say_where_they_do_not_fit():
    found = session()
    found.set_breakpoint("sign_flips(W) > 0")
    found.set_breakpoint("step == 5")
    found.load(files.load("spiral"))
    shown = after(found)
    assert [(point.text, point.why_not) for point in shown.breakpoints][1] == ("step == 5", "")
    assert "unknown name W" in shown.breakpoints[0].why_not
    found.play()
    assert after(found).step == 5
    found.load(HOT)
    found.play()
    assert after(found).step == 2


def test_conditions_look_at_the_branch_at_hand():
    found = session()
    found.set_breakpoint("rate_changed")
    found.step(100)
    found.seek(50)
    after(found)
    found.set_rate(0.25)
    found.play()
    assert after(found).step == 51
    found.undo()
    assert after(found).breakpoints[0].times == 0
    found.redo()
    assert after(found).breakpoints[0].steps == (51,)


def test_going_back_ends_at_the_fence():
    found = session()
    found.step(200)
    found.set_breakpoint("step % 60 == 0")
    found.send(commands.SetFence(100))
    steps = []
    for _ in range(4):
        found.reverse()
        steps.append(after(found).step)
    assert steps == [180, 120, 100, 60]
    command = found.send(commands.SetFence(10**9))
    assert "expected a step from 0 to 200" in after(found).refusal(command).why


def test_looking_back_can_be_left_and_nothing_has_moved():
    found = session()
    found.step(300)
    found.set_breakpoint("grad_norm < 0")
    after(found)
    found.reverse()
    found.work(0.0)
    assert found.snapshot().busy == "reverse"
    found.cancel()
    shown = after(found)
    assert (shown.step, shown.busy) == (300, None)


def test_slow_conditions_stop_a_network_as_exactly():
    found = session(with_values(files.load("spiral"), [("training.epochs", 6)]))
    found.set_breakpoint("grad_norm > 0.3 and step > 20")
    found.play()
    shown = after(found)
    source = BranchSource(shown.place.run.history, shown.place.branch)
    finder = Finder(source, [condition(source.problem, "grad_norm > 0.3 and step > 20")])
    assert shown.step == finder.within(0, shown.tip)[0].step
    assert shown.breakpoints[0].slow


def test_the_end_of_a_run_and_early_stopping_hold_all_the_same():
    stopping = [("optimizer.lr", 1e-5), ("stop.early_stopping", {"monitor": "loss", "patience": 1, "min_delta": 1e9}),
                ("training.epochs", 400)]  # fmt: skip
    found = session(with_values(files.load("clip250"), stopping))
    found.set_breakpoint("step == 5")
    found.play()
    assert (after(found).step, after(found).finished) == (5, None)
    found.play()
    assert after(found).finished == "early_stopping"


@settings(max_examples=15)
@given(
    text=st.sampled_from(TEXTS),
    walk=st.lists(st.sampled_from(["play", "reverse", "step", "back", "seek"]), max_size=8),
    start=st.integers(0, 300),
)
def test_any_walk_stands_where_a_plain_loop_says(text, walk, start):
    found, here = session(), start
    found.set_breakpoint(text)
    found.step(start)
    after(found)
    for move in walk:
        tip, ahead = found.snapshot().tip, [step for step in places(text, 340) if step > here]
        if move == "play" and tip >= 300 and not (ahead and ahead[0] <= tip):
            continue  # beyond the end of its epochs it trains on without one
        moves = {"step": lambda: found.step(3), "back": lambda: found.step_back(5), "seek": lambda: found.seek(77)}
        {**moves, "play": found.play, "reverse": found.reverse}[move]()
        shown = after(found)
        if move == "play":
            wanted = min([*ahead[:1], max(300, tip)])
        elif move == "reverse":
            wanted = next((step for step in reversed(places(text, 340)) if step < here), 0)
        else:
            wanted = {"step": here + 3, "back": max(here - 5, 0), "seek": min(77, tip)}[move]
        assert shown.step == wanted, (move, here)
        here = shown.step


def test_of_very_many_lines_the_newest_are_kept(monkeypatch):
    monkeypatch.setattr("lrsim.session.breakpoints.KEPT_LINES", 5)
    found = session()
    found.set_breakpoint("step % 2 == 0", log="{step}")
    found.play()
    assert [line.text for line in after(found).log][-5:] == ["292", "294", "296", "298", "300"]


def test_what_is_logged_beyond_a_stop_is_not_written():
    found = session()
    found.set_breakpoint("step == 50")
    found.set_breakpoint("step % 20 == 0", log="{step}")
    found.play()
    assert [line.step for line in after(found).log] == [20, 40]
