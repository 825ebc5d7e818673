"""Watches of a session: their values over what was and what comes, on every branch, and in conditions."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.numbers import length
from lrsim.debugger.conditions.condition import expression
from lrsim.debugger.conditions.hits import values_of
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.experiment import files
from lrsim.session import commands, watches
from lrsim.session.marked import Watch
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot
from lrsim.training import engine


def session(name: str = "clip250") -> Session:
    found = Session(files.load(name), trials=0.0)
    found.set_speed(float("inf"))
    return found


def after(found: Session) -> Snapshot:
    found.settle()
    return found.snapshot()


def refusal(found: Session, name: str, text: str, number: int | None = None) -> str:
    sent = found.set_watch(name, text, number)
    told = after(found).refusal(sent)
    return "" if told is None else told.why


def plain(shown: Snapshot, text: str) -> np.ndarray:
    """Every value on the branch at hand, asked for at once."""
    source = BranchSource(shown.place.run.history, shown.place.branch)
    return values_of(source, expression(source.problem, text), 0, shown.tip)


def curve(watch: Watch) -> np.ndarray:
    assert watch.curve is not None
    assert watch.curve.size == 1
    assert (watch.curve.low == watch.curve.high)[np.isfinite(watch.curve.low)].all()
    return np.where(watch.curve.bad, np.inf, watch.curve.low)


@pytest.mark.parametrize("name", ["clip250", "spiral"])
@pytest.mark.parametrize("text", ["grad_norm", "loss / prev(loss)", "lr * update_ratio"])
def test_a_watch_holds_every_step_that_was_and_every_one_that_comes_on_each_branch(name, text):
    found = session(name)
    found.step(200)
    found.set_watch("w", text)
    found.step(100)
    first = after(found)
    np.testing.assert_array_equal(curve(first.watches[0]), plain(first, text))
    found.fork(120, {"optimizer.lr": 0.5 * first.lr})
    found.step(60)
    second = after(found)
    assert (second.tip, second.place.branch is first.place.branch) == (180, False)
    np.testing.assert_array_equal(curve(second.watches[0]), plain(second, text))
    found.undo()
    np.testing.assert_array_equal(curve(after(found).watches[0]), plain(first, text))
    found.seek(77)
    assert after(found).watches[0].value == plain(first, text)[76]
    found.seek(0)
    assert after(found).watches[0].value is None


@pytest.mark.parametrize("values", [{"W1[0,1]": 2.0}, {"optimizer.name": "sgd"}, {"training.batch_size": 7}])
def test_what_is_worked_out_again_passes_through_changes_as_training_did(values):
    found = session("spiral")
    found.step(90)
    found.fork(60, values)
    found.step(30)
    found.set_watch("", "grad_norm")
    found.set_watch("", "update_norm")
    shown = after(found)
    history, branch = shown.place.run.history, shown.place.branch
    opened = [
        engine.open_step(branch.course.problem_at(k), history.state_at(branch, k), branch.course.timeline.parts(k).rate)
        for k in range(shown.tip)
    ]
    np.testing.assert_array_equal(curve(shown.watches[0]), [length(step.gradient) for step in opened])
    np.testing.assert_array_equal(curve(shown.watches[1]), [length(step.update) for step in opened])


def test_watches_can_be_named_in_conditions_and_in_later_watches():
    found = session("spiral")
    found.set_watch("ratio", "update_norm / weight_norm")
    found.set_watch("worse", "ratio - prev(ratio)")
    found.set_breakpoint("worse > 0 and step > 20")
    found.play()
    shown = after(found)
    ratio = plain(shown, "update_norm / weight_norm")
    rising = np.flatnonzero((np.diff(ratio) > 0) & (np.arange(2, len(ratio) + 1) > 20)) + 2
    assert shown.step == rising[0]
    assert shown.watches[1].value == ratio[-1] - ratio[-2]
    assert "unknown name ratio" in refusal(found, "", "ratio", 1)  # itself
    assert "unknown name worse" in refusal(found, "ratio", "worse + 1", 1)  # one that comes after it
    found.send(commands.RemoveWatch(1))
    shown = after(found)
    assert "unknown name ratio" in shown.watches[0].why_not
    assert "unknown name worse" in shown.breakpoints[0].why_not
    found.set_watch("ratio", "loss")
    shown = after(found)
    assert "unknown name ratio" in shown.watches[0].why_not  # it was there before the one that it names
    assert shown.watches[1].name == "ratio"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("loss", "grad_norm", "every run has loss, take another name"),
        ("a b", "loss", "expected a name of letters, digits and _"),
        ("mean", "loss", "mean is a function"),
        ("not", "loss", "expected a name of letters"),
        ("x", "x", "unknown name x"),
        ("x", "los", "unknown name los, did you mean loss"),
        ("x", "", "missing"),
        ("", "3", "never changes"),
        ("taken", "loss", "there is a watch taken already"),
        ("", "error", "is followed already"),
    ],
)
def test_what_can_not_be_watched_is_refused_and_nothing_is_lost(name, text, why):
    found = session()
    found.set_watch("taken", "loss")
    found.set_watch("", "error")
    assert why in refusal(found, name, text)
    assert [watch.name for watch in after(found).watches] == ["taken", "error"]


def test_there_are_no_more_than_a_plot_can_tell_apart():
    found = session()
    for place in range(watches.MOST):
        assert refusal(found, f"w{place}", "loss") == ""
    assert "there are 8 already" in refusal(found, "more", "loss")


def test_a_watch_stays_when_another_experiment_comes_and_says_where_it_has_no_meaning():
    found = session()
    found.set_watch("weight", "W")
    found.set_watch("", "loss")
    found.load(files.load("spiral"))
    found.step(30)
    shown = after(found)
    assert "unknown name W" in shown.watches[0].why_not
    np.testing.assert_array_equal(curve(shown.watches[1]), plain(shown, "loss"))
    found.undo()
    assert after(found).watches[0].why_not == ""


def test_a_name_that_another_run_has_itself_is_not_used_there():
    found = session("spiral")
    found.set_watch("W", "grad_norm")
    found.set_breakpoint("W > 1e9")
    found.load(files.load("clip250"))
    shown = after(found)
    assert "every run has W" in shown.watches[0].why_not
    assert shown.breakpoints[0].why_not == ""  # it means the weight here
    found.undo()
    assert after(found).watches[0].why_not == ""


def test_looking_back_can_be_left_and_taken_up_again():
    found = session("spiral")
    found.step(200_000)
    after(found)
    found.set_watch("", "grad_norm")
    found.work()
    found.send(commands.LookBack(False))
    left = after(found).watches[0]
    assert left.is_left
    assert left.curve is not None
    assert 0 < left.curve.share < 1
    found.step(3)
    assert after(found).watches[0].curve.known[-1]
    found.send(commands.LookBack(True))
    assert after(found).watches[0].is_known


def test_a_range_in_sight_becomes_exact():
    found, text = session("spiral"), "grad_norm"
    found.step(30_000)
    found.set_watch("", text)
    reader, shown = SessionReader(found), after(found)
    whole = reader.watch_series(shown, shown.watches, 0, shown.tip, 400)
    assert not whole.exact
    values = plain(shown, text)
    for place, x in enumerate(whole.x[:-1]):
        size = whole.x[1] - whole.x[0]
        inside = values[int(x - size / 2) : int(x + size / 2)]
        assert (whole.low[text][place], whole.high[text][place]) == (inside.min(), inside.max())
    part = reader.watch_series(shown, shown.watches, 8_000, 20_000, 4)
    size = part.x[1] - part.x[0]
    for place, x in enumerate(part.x):
        inside = values[int(x - size / 2) : int(x + size / 2)]
        assert (part.low[text][place], part.high[text][place]) == (inside.min(), inside.max())
    assert reader.watch_value(shown, shown.watches[0], 12_345) is None
    shown = after(found)
    assert reader.watch_value(shown, shown.watches[0], 12_345) == values[12_344]
    reader.watch_series(shown, shown.watches, 20_000, 20_300, 400)
    shown = after(found)
    near = reader.watch_series(shown, shown.watches, 20_000, 20_300, 400)
    assert near.exact
    np.testing.assert_array_equal(near.low[text], values[19_999:20_300])
    assert near.x.tolist() == list(range(20_000, 20_301))


def test_epochs_are_counted_through_another_batch_size():
    found = session("spiral")
    found.step(40)
    size = after(found).steps_per_epoch
    found.fork(size + 3, {"training.batch_size": 1})
    found.step(2 * size + 500)
    found.set_watch("e", "epoch")
    found.set_watch("b", "batch")
    shown = after(found)
    rows = shown.place.run.problem.samples
    assert (shown.steps_per_epoch, shown.grid.size_at(0)) == (rows, size)
    epochs, batches = (curve(watch) for watch in shown.watches)
    steps = np.arange(1, shown.tip + 1)
    late = steps > 2 * size
    first = steps - 1
    np.testing.assert_array_equal(epochs, np.where(late, 2 + (first - 2 * size) // rows, first // size) + 1)
    np.testing.assert_array_equal(batches, np.where(late, (first - 2 * size) % rows, first % size) + 1)
    assert shown.epoch == epochs[-1]
    table = SessionReader(found).rows(shown, shown.tip - 3, shown.tip)
    assert table is not None
    assert [row.epoch for row in table] == epochs[-4:].tolist()
    assert all(row.sample is not None for row in table)
    for wanted in (2 * size + rows, 2 * size, size, 0):
        found.step_epochs(-1)
        assert after(found).step == wanted
    for wanted in (size, 2 * size, 2 * size + rows):
        found.step_epochs(1)
        assert after(found).step == wanted
