"""Within an update: into it, stage by stage, back, over and out; nothing of that trains or changes anything else."""

from __future__ import annotations

import pytest

from lrsim.debugger.stages import StageKind
from lrsim.experiment import files
from lrsim.session.session import Session


@pytest.fixture
def session() -> Session:
    found = Session(files.load("spiral"), trials=0.0)
    found.step(5)
    found.settle()
    return found


def where(session: Session) -> tuple[int, str | None]:
    session.settle()
    shown = session.snapshot()
    return shown.step, None if shown.stage is None else shown.stage.stage.name


def test_into_walks_all_stages_and_takes_the_step_at_their_end(session):
    seen = []
    for _ in range(12):
        session.step_into()
        seen.append(where(session))
    assert seen[:3] == [(5, "batch"), (5, "forward 1"), (5, "forward 2")]
    assert seen[-2:] == [(5, "update 3"), (6, None)]
    closed = Session(files.load("spiral"), trials=0.0)
    closed.step(6)
    closed.settle()
    assert closed.snapshot().theta.tobytes() == session.snapshot().theta.tobytes()


def test_back_leaves_the_update_and_then_enters_the_one_before(session):
    session.step_into()
    session.step_into(-1)
    assert where(session) == (5, None)
    session.step_into(-1)
    assert where(session) == (4, "update 3")
    session.step_into(-1)
    assert where(session) == (4, "update 2")
    assert session.snapshot().tip == 5


def test_over_and_out_take_the_update_that_stands_open(session):
    session.step_into(3)
    session.step()
    assert where(session) == (6, None)
    session.step_into(3)
    session.step_out()
    assert where(session) == (7, None)


def test_a_step_back_first_leaves_the_stages(session):
    session.step_into(3)
    session.step_back()
    assert where(session) == (5, None)
    session.step_into(3)
    session.step_back(2)
    assert where(session) == (4, None)


def test_nothing_is_trained_by_looking(session):
    tip = session.snapshot().tip
    session.step_into(6)
    session.inspect(None, 3)
    assert where(session) == (5, "backward 3")
    assert session.snapshot().tip == tip
    assert session.snapshot().stage.focus.sample is None
    session.inspect(2, 1)
    assert where(session)[1] == "backward 3"
    assert session.snapshot().stage.focus.sample == 2


def test_the_open_stage_follows_a_change_of_the_rate(session):
    session.step_into(9)
    assert where(session) == (5, "update 1")
    before = session.snapshot().stage.tables[0].values[0]
    session.set_rate(1.0)
    assert where(session) == (5, "update 1")
    after = session.snapshot().stage.tables[0].values[0]
    assert (before[0], before[1]) == (after[0], after[1])
    assert before[-1] != after[-1]


@pytest.mark.parametrize("do", ["play", "reset", "undo", "seek"])
def test_whatever_moves_the_run_leaves_the_stages(session, do):
    session.set_rate(0.5)
    session.step_into(2)
    session.settle()
    {"play": session.play, "reset": session.reset, "undo": session.undo, "seek": lambda: session.seek(3)}[do]()
    session.pause()
    assert where(session)[1] is None


def test_a_parameter_that_is_set_from_a_stage_begins_a_branch_and_undo_leads_back(session):
    session.step_into(2)
    session.settle()
    shown = session.snapshot()
    assert shown.stage.stage.kind is StageKind.FORWARD
    table = shown.stage.tables[0]
    name, column = table.parameters[0], table.editable
    session.fork(shown.step, {name: 0.75})
    session.step_into(2)
    session.settle()
    assert session.snapshot().stage.tables[0].values[0, column] == 0.75
    session.undo()
    session.step_into(2)
    session.settle()
    assert session.snapshot().stage.tables[0].values[0, column] == table.values[0, column]


def test_a_stage_that_there_is_not_is_refused(session):
    number = session.open_stage(11)
    session.settle()
    assert session.snapshot().refusal(number).why == "stage: expected 0 to 10, got 11"
    assert where(session) == (5, None)
