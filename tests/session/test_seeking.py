"""Steps that take a while to be reached: gone to a little at a time, given up at will, the same bits as ever."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.history import replays
from lrsim.history.tree import History
from lrsim.session import commands, playback
from lrsim.session.session import Session
from lrsim.training import engine

DIGITS = with_values(files.load("digits-adam"), [("model.layers[0].units", 64), ("training.epochs", 20)])


@pytest.fixture
def slow(monkeypatch):
    """A run of 300 steps whose replay counts as slow, with few checkpoints."""
    monkeypatch.setattr(playback, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr("lrsim.history.replays.AIR_NANOSECONDS", 1.0)
    session = Session(DIGITS, memory_budget=4 << 20, trials=0.0)
    session.run_to(300)
    session.settle()
    assert len(session.snapshot().place.branch.checkpoints) < 30
    return session


def plain(step: int) -> np.ndarray:
    problem = engine.build(DIGITS)
    state = problem.start()
    engine.advance(problem, state, engine.rates(problem, DIGITS.optimizer.lr, 0, step))
    return state.theta


def test_it_goes_there_a_little_at_a_time_and_says_how_far_it_is(slow):
    slow.seek(171)
    shares = []
    while slow.work() is not None:
        seeking = slow.snapshot().seeking
        if seeking is not None:
            assert (seeking.step, slow.snapshot().step) == (171, 300)
            shares.append(seeking.share)
    assert shares == sorted(shares)
    assert slow.snapshot().step == 171
    assert slow.snapshot().seeking is None
    assert slow.snapshot().theta.tobytes() == plain(171).tobytes()


@pytest.mark.parametrize("command", [commands.Cancel(), commands.Pause()])
def test_the_way_can_be_given_up(slow, command):
    slow.seek(171)
    slow.work(0.0)
    assert slow.snapshot().seeking is not None
    slow.send(command)
    slow.settle()
    assert (slow.snapshot().step, slow.snapshot().seeking) == (300, None)


def test_steps_on_the_way_count_from_where_it_goes(slow):
    slow.seek(171)
    slow.work(0.0)
    slow.step_back(2)
    slow.step_back()
    slow.step(1)
    slow.settle()
    assert slow.snapshot().step == 169
    slow.seek(100)
    slow.work(0.0)
    slow.seek(50)
    slow.settle()
    assert slow.snapshot().step == 50
    assert slow.snapshot().theta.tobytes() == plain(50).tobytes()


def test_a_change_on_the_way_is_made_where_the_run_stands_and_the_way_is_left(slow):
    slow.seek(250)
    slow.settle()
    slow.seek(171)
    slow.work(0.0)
    slow.set_rate(0.5)
    slow.settle()
    shown = slow.snapshot()
    assert (shown.step, shown.tip, shown.lr, shown.seeking) == (250, 250, 0.5, None)


def test_epochs_on_the_way_count_from_where_it_goes(slow):
    size = slow.snapshot().steps_per_epoch
    slow.seek(size + 1)
    slow.work(0.0)
    slow.step_epochs(-1)
    slow.settle()
    assert slow.snapshot().step == size < 300 - size


def test_copies_can_be_read_while_others_are_kept():
    problem = engine.build(DIGITS)
    history = History(problem, 8 << 20)
    kept, raised, over = replays.Replays(1.0, 20 * history.root.state.nbytes), [], threading.Event()

    def read():
        try:
            while not over.is_set():
                kept.best(history.root, 10**6)
        except RuntimeError as error:
            raised.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    state = history.root.state.copy()
    for step in range(3000):
        state.step = step
        kept.keep(history.root, state)
    over.set()
    reader.join()
    assert raised == []
    assert kept.best(history.root, 10**6).step == 2999
    assert kept.nbytes <= 20 * state.nbytes


def test_states_behind_the_place_make_steps_back_short():
    history = History(engine.build(DIGITS), 8 << 20)
    history.advance(history.root, 400)
    history.root.checkpoints = {0: history.root.checkpoints[0]}
    history._replays.step_nanoseconds = replays.GAP_NANOSECONDS / 4  # copies stand 4 steps behind, 8, ...
    history.state_at(history.root, 390)
    walked = []
    for step in range(389, 300, -1):
        base = history._nearest(history.root, step)
        walked.append(step - base.step)
        found = history.state_at(history.root, step)
        assert found.step == step
        history._replays.step_nanoseconds = replays.GAP_NANOSECONDS / 4
    assert np.mean(walked) < 12
    assert history.state_at(history.root, 301).theta.tobytes() == plain(301).tobytes()
    assert history.nbytes <= 8 << 20


def test_what_is_behind_belongs_to_its_branch_and_goes_with_the_run():
    history = History(engine.build(DIGITS), 8 << 20)
    history.advance(history.root, 100)
    history._replays.step_nanoseconds = replays.GAP_NANOSECONDS / 4
    history.state_at(history.root, 90)
    other = history.change(history.root, 60, {"optimizer.lr": 0.5}, anew=True)
    history.advance(other, 40)
    assert history.state_at(other, 90).theta.tobytes() != history.state_at(history.root, 90).theta.tobytes()
    assert history.state_at(other, 60).theta.tobytes() == history.state_at(history.root, 60).theta.tobytes()
    history.release()
    assert history._replays.nbytes == 0
