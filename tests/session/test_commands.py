"""Commands: each is answered by its id, in order, from whichever thread it comes."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment import files
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_value
from lrsim.experiment.specs import Experiment
from lrsim.session import commands
from lrsim.session.commands import Command
from lrsim.session.handlers import HANDLERS
from lrsim.session.session import KEPT_REFUSALS, Session
from lrsim.session.snapshot import Snapshot


def endless() -> Experiment:
    result = files.load("clip250")
    for key, value in {"stop.target_error": 0.0, "training.epochs": 10**9}.items():
        result = with_value(result, key, value)
    return result


def unbuildable() -> Experiment:
    """Passes the checks of single keys and fails when it is built."""
    good = files.load("clip250")
    return msgspec.structs.replace(good, data=msgspec.structs.replace(good.data, targets=((1.0,), (2.0,))))


def answered(session: Session, command: Command) -> tuple[int, Snapshot]:
    number = session.send(command)
    session.settle()
    return number, session.snapshot()


ACCEPTED: tuple[Command, ...] = (
    commands.Pause(), commands.Step(3), commands.StepBack(2), commands.StepEpochs(1), commands.StepEpochs(-1),
    commands.Seek(4), commands.RunTo(20), commands.SetSpeed(5.0), commands.SetSpeed(math.inf),
    commands.SetLive(RATE_KEY, 2e-5), commands.SetLive(MULTIPLIERS_KEY, (0.5,)), commands.FindRates(1e-6, 1e-3, 20),
    commands.AutoTune(), commands.Cancel(), commands.Reset(), commands.Load(files.load("clip250-corrected")),
)  # fmt: skip
REFUSED: tuple[tuple[Command, str], ...] = (
    (commands.SetSpeed(0.0), "speed: expected a number > 0, got 0.0"),
    (commands.SetSpeed(math.nan), "speed: expected a number > 0, got nan"),
    (commands.SetLive(RATE_KEY, -1.0), "optimizer.lr: expected a number > 0, got -1.0"),
    (commands.SetLive(MULTIPLIERS_KEY, (1.0, 2.0)), "optimizer.multipliers: expected 1 numbers"),
    (commands.SetLive("training.seed", 3), "training.seed: can't change in mid-run"),
    (commands.SetLive("nonsense", 3.0), "nonsense: unknown key"),
    (commands.FindRates(1.0, 0.1, 20), "range test: "),
    (commands.Load(unbuildable()), "data.targets: "),
)


def test_there_is_a_handler_for_every_command() -> None:
    assert set(HANDLERS) == set(Command.__subclasses__())


@pytest.mark.parametrize("command", ACCEPTED, ids=repr)
def test_a_command_is_acknowledged_once_it_has_taken_effect(command: Command) -> None:
    session = Session(endless())
    session.step(10)
    number = session.send(command)
    assert session.snapshot().acknowledged == 0
    session.settle()
    snapshot = session.snapshot()
    assert snapshot.acknowledged == number == 2
    assert snapshot.refused == ()


@pytest.mark.parametrize("command", [commands.Play(), commands.Toggle()], ids=repr)
def test_playing_is_acknowledged_when_it_begins(command: Command) -> None:
    session = Session(endless())
    number = session.send(command)
    session.work()
    snapshot = session.snapshot()
    assert (snapshot.acknowledged, snapshot.playing) == (number, True)


def test_going_back_to_a_place_is_acknowledged() -> None:
    session = Session(endless())
    _, before = answered(session, commands.Step(5))
    answered(session, commands.Reset())
    number, after = answered(session, commands.Restore(before.place))
    assert (after.acknowledged, after.step, after.refused) == (number, 5, ())


@pytest.mark.parametrize(("command", "why"), REFUSED, ids=repr)
def test_a_command_that_makes_no_sense_is_refused_by_its_id_and_changes_nothing(command: Command, why: str) -> None:
    session = Session(endless())
    _, before = answered(session, commands.Step(7))
    number, after = answered(session, command)
    assert after.acknowledged == number
    refusal = after.refusal(number)
    assert refusal is not None
    assert refusal.why.startswith(why)
    assert after.message == refusal.why
    assert refusal.error is not None
    assert refusal.error.where == why.partition(":")[0]
    assert (after.place, after.rate, after.speed) == (before.place, before.rate, before.speed)
    _, later = answered(session, commands.Step())
    assert (later.step, later.message, later.refusal(number)) == (8, None, refusal)


@pytest.fixture(scope="module")
def few_trials() -> Iterator[None]:
    """Trials that end early: what they find is not the matter here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrsim.trials.finder.RUNS", 0.01)
        yield


@pytest.mark.usefixtures("few_trials")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*ACCEPTED, *(command for command, _ in REFUSED)]), max_size=12), st.data())
def test_whatever_is_sent_is_answered_once(asked: list[Command], data: st.DataObject) -> None:
    session, wrong, number = Session(files.load("clip250")), [], 0
    impossible = [id(command) for command, _ in REFUSED]
    for command in asked:
        number = session.send(command)
        wrong += [number] if id(command) in impossible else []
        if data.draw(st.booleans()):
            session.work()
    session.settle()
    snapshot = session.snapshot()
    assert snapshot.acknowledged == number == len(asked)
    assert [refusal.id for refusal in snapshot.refused] == wrong


def test_of_very_many_refusals_the_newest_are_kept() -> None:
    session = Session(endless())
    for _ in range(KEPT_REFUSALS + 10):
        session.set_rate(-1.0)
    session.settle()
    assert [refusal.id for refusal in session.snapshot().refused] == list(range(11, KEPT_REFUSALS + 11))


def test_what_is_no_command_is_refused_where_it_is_sent() -> None:
    session = Session(endless())
    for wrong in ("play", Command(), commands.Play):
        with pytest.raises(TypeError, match="expected a command"):
            session.send(wrong)  # type: ignore[arg-type]


def test_commands_from_several_threads_keep_their_order_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, each = 8, 200
    carried_out: list[float] = []
    known = HANDLERS[commands.SetSpeed]

    def note(player: Any, command: commands.SetSpeed) -> None:
        carried_out.append(command.steps_per_second)
        known(player, command)

    monkeypatch.setitem(HANDLERS, commands.SetSpeed, note)  # type: ignore[arg-type]
    session = Session(endless())
    sent: list[list[tuple[int, float]]] = [[] for _ in range(threads)]
    stop, begin = threading.Event(), threading.Barrier(threads + 1)

    def work() -> None:
        while not stop.is_set():
            session.work()

    def send(place: int) -> None:
        begin.wait()
        for k in range(each):
            value = float(1 + place * each + k)
            sent[place].append((session.set_speed(value), value))
            session.step()

    worker = threading.Thread(target=work)
    senders = [threading.Thread(target=send, args=(place,)) for place in range(threads)]
    for thread in (worker, *senders):
        thread.start()
    begin.wait()
    for thread in senders:
        thread.join()
    stop.set()
    worker.join()
    session.settle()
    everything = sorted(itertools.chain(*sent))
    assert [value for _, value in everything] == carried_out
    assert all(own == sorted(own) for own in sent)
    snapshot = session.snapshot()
    assert (snapshot.acknowledged, snapshot.step) == (2 * threads * each, threads * each)
    assert snapshot.refused == ()


@pytest.mark.parametrize("command", [*ACCEPTED, *(command for command, _ in REFUSED), commands.Toggle()], ids=repr)
def test_commands_can_be_written_down_and_read_back(command: Command) -> None:
    plain = msgspec.to_builtins(command)
    again = msgspec.convert(plain, commands.Written)
    assert type(again) is type(command)
    assert msgspec.to_builtins(again) == plain or math.isnan(getattr(command, "steps_per_second", 0.0))


def test_commands_are_values() -> None:
    assert commands.Step(2) == commands.Step(2) != commands.StepBack(2)
    assert len({commands.Play(), commands.Play(), commands.SetLive(RATE_KEY, 0.1)}) == 2
    with pytest.raises(AttributeError):
        commands.Step(2).n = 3  # type: ignore[misc]


# --- who works


def test_two_threads_can_not_work_at_once() -> None:
    session = Session(endless())
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session.held():
            session.step()
            session.settle()  # the thread that holds it may
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    for work in (session.work, session.settle):
        with pytest.raises(RuntimeError, match="another thread works on this session"):
            work()
    done.set()
    thread.join()
    session.step()
    session.settle()
    assert session.snapshot().step == 2


def test_a_wake_that_is_taken_back_while_a_command_is_sent_does_no_harm() -> None:
    woken: list[bool] = []

    class Stopped(Session):
        """Its worker ends between any two looks at `wake`."""

        looks = itertools.count()

        @property
        def wake(self):  # type: ignore[no-untyped-def, override]
            return (lambda: woken.append(True)) if next(self.looks) % 2 == 0 else None

        @wake.setter
        def wake(self, value: object) -> None: ...

    session = Stopped(endless())
    session.step()
    assert woken == [True]


# --- errors that nobody expected


def test_a_command_that_breaks_is_refused_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(endless())
    answered(session, commands.Step(5))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr("lrsim.training.engine.build", fail)
        broken, waiting = session.load(files.load("circle")), session.step()
        with pytest.raises(RuntimeError):
            session.settle()
    assert session.give_up("no memory")
    snapshot = session.snapshot()
    assert snapshot.acknowledged == waiting
    assert [(refusal.id, refusal.why) for refusal in snapshot.refused] == [
        (broken, "RuntimeError: broken"),
        (waiting, "no memory"),
    ]
    assert snapshot.message == "no memory"
    assert not session.give_up("no memory")
    assert session.snapshot() is snapshot
    number, after = answered(session, commands.Step())
    assert (after.step, after.acknowledged, after.message) == (6, number, None)


def test_giving_up_ends_what_would_fail_again() -> None:
    session = Session(endless())
    session.play()
    session.find_rates(1e-12, 1e-11, 5000)
    session.work(1e-6)
    assert session.snapshot().playing
    assert session.snapshot().busy == "range_test"
    assert not session.give_up("an error")
    assert (session.snapshot().playing, session.snapshot().busy) == (False, None)
    assert session.work() is None
    assert not session.snapshot().playing


def test_two_runs_never_have_the_same_number():
    """A window that shows a frame at a time would take one for the other: load, undo and load again fit into one."""
    session = Session(files.load("clip250"))
    session.settle()
    start, numbers = session.snapshot().place, set()
    for name in ("spiral", "xor", "circle"):
        session.load(files.load(name))
        session.settle()
        numbers.add(session.snapshot().run)
        session.restore(start)
        session.settle()
    numbers.add(session.snapshot().run)
    assert len(numbers) == 4
