"""A session that is saved and opened again is the same: every branch, step, mark and name, bit for bit."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.history import file
from lrsim.session import commands
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot
from tests.session.test_forks import CHANGES

SMALL = {"data.samples": 30, "training.epochs": 1000, "stop.target_error": 0.0}
BASES = (
    files.load("clip250"),
    with_values(files.load("circle"), list(SMALL.items())),
    with_values(files.load("circle"), [*SMALL.items(), ("optimizer", {"name": "adam", "lr": 0.01})]),
    with_values(files.load("plane"), [
        ("data.samples", 20), ("training.epochs", 40),
        ("schedule", {"name": "plateau", "monitor": "loss", "patience": 2}),
        ("stop.early_stopping", {"monitor": "loss", "patience": 9, "restore_best": True}),
    ]),
)  # fmt: skip


def look(snapshot: Snapshot) -> tuple[object, ...]:
    """All of a session that a file keeps, and what comes of it, to the last bit."""
    history = snapshot.place.run.history
    branches = []
    for branch in history.branches:
        rows = history.rows(branch, 0, branch.tip)
        branches.append((
            branch.fork, branch.tip, branch.name, branch.hidden, branch.finished, branch.restored, branch.passed,
            None if branch.parent is None else branch.parent.number,
            sorted(map(str, branch.course.events)), branch.course.factors,
            branch.state.theta.tobytes(), branch.state.slots.tobytes(), branch.state.updates, rows.tobytes(),
            branch.first_bad, history.control_at(branch, branch.tip),
            [record.step for record in history.epoch_records(branch, branch.tip)],
        ))  # fmt: skip
    return (
        snapshot.place.branch.number, snapshot.step, snapshot.theta.tobytes(), snapshot.rate, snapshot.fence,
        [(each.name, each.text) for each in snapshot.watches],
        [(each.text, each.hits, each.log, each.enabled) for each in snapshot.breakpoints],
        [(each.name, each.branch, each.step) for each in snapshot.bookmarks], branches,
    )  # fmt: skip


def opened(path: Path) -> Session:
    session = Session(files.load("xor"), trials=0.0)
    found = file.read(path)
    session.load(found.experiment, kept=found.kept)
    session.settle()
    assert session.snapshot().message is None
    return session


ACTIONS = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 120)),
    st.tuples(st.just("seek"), st.floats(0, 1)),
    st.tuples(st.just("rate"), st.sampled_from([0.001, 0.05, 0.7])),
    st.tuples(st.just("fork"), st.sampled_from(CHANGES)),
    st.tuples(st.just("weight"), st.sampled_from([0.0, 0.25, -1.0])),
    st.tuples(st.just("move"), st.floats(0, 1)),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("name"), st.sampled_from(["a", "b", "to and fro"])),
    st.tuples(st.just("bookmark"), st.sampled_from(["here", "there"])),
    st.tuples(st.just("watch"), st.sampled_from(["loss", "update_norm / weight_norm", "lr * 2"])),
    st.tuples(st.just("condition"), st.sampled_from(["step == 40", "loss > 2 * prev(loss)"])),
)


def act(session: Session, name: str, given_: object) -> None:
    shown = session.snapshot()
    branch = shown.place.branch
    match name:
        case "step":
            session.step(given_)
        case "seek":
            session.seek(round(given_ * shown.tip))
        case "rate":
            session.set_rate(given_)
        case "fork":
            session.fork(shown.step, given_)
        case "weight":
            session.fork(shown.step, {shown.place.run.problem.network.parameter_name(0): given_})
        case "move":
            steps = [event.step for event in branch.course.events if event.key == RATE_KEY and event.step]
            if steps:
                session.move_rate(steps[-1], round(given_ * shown.tip))
        case "undo":
            session.undo()
        case "name":
            session.send(commands.NameBranch(branch.number, given_))
        case "bookmark":
            session.set_bookmark(given_)
        case "watch":
            session.set_watch("", given_)
        case "condition":
            session.set_breakpoint(given_)
    session.settle()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(base=st.sampled_from(BASES), actions=st.lists(ACTIONS, max_size=14))
def test_any_session_comes_back_as_it_was(tmp_path_factory, base, actions):
    session = Session(base, trials=0.0)
    for name, given_ in actions:
        act(session, name, given_)
    path = tmp_path_factory.mktemp("kept") / "a.lrsim"
    file.write(SessionReader.kept(session.snapshot()), path)
    before, again = session.snapshot(), opened(path).snapshot()
    assert look(again) == look(before)
    second = path.with_name("b.lrsim")
    file.write(SessionReader.kept(again), second)
    assert file.read(second).kept == file.read(path).kept


def test_it_is_trained_on_as_it_would_have_been(tmp_path):
    session = Session(BASES[2], trials=0.0)
    for action in (("step", 100), ("seek", 0.5), ("rate", 0.05), ("step", 80)):
        act(session, *action)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    again = opened(tmp_path / "a.lrsim")
    for each in (session, again):
        act(each, "step", 200)
    assert look(again.snapshot()) == look(session.snapshot())
    again.undo()
    again.settle()
    assert again.snapshot().place.run.problem.experiment.name == "xor"  # to open one is an edit like any load


@pytest.mark.parametrize("base", [BASES[3], files.load("clip250")])
def test_ends_that_were_reached_and_passed_come_back(tmp_path, base):
    session = Session(base, trials=0.0)
    session.set_speed(math.inf)
    for name in ("ended", "passed"):
        session.play()
        session.work(0.02) if name == "passed" else session.settle()
        session.pause()
        session.settle()
        shown = session.snapshot()
        assert shown.finished if name == "ended" else shown.place.branch.passed
        if base is BASES[3] and name == "ended":
            assert shown.place.branch.restored is not None
        file.write(SessionReader.kept(shown), tmp_path / f"{name}.lrsim")
        assert look(opened(tmp_path / f"{name}.lrsim").snapshot()) == look(shown)


def test_conditions_and_watches_that_were_there_give_way(tmp_path):
    session = Session(BASES[1], trials=0.0)
    for action in (("step", 20), ("watch", "loss"), ("condition", "step == 40")):
        act(session, *action)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    other, found = Session(files.load("xor"), trials=0.0), file.read(tmp_path / "a.lrsim")
    act(other, "watch", "lr * 2")
    other.set_breakpoint("step == 7")
    other.load(found.experiment, kept=found.kept)
    other.settle()
    assert look(other.snapshot()) == look(session.snapshot())


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people, all.csv"
    rng = np.random.default_rng(3)
    rows = [f"{x:.4f},{y:.4f},{'big' if x + y > 1 else 'small'}" for x, y in rng.random((40, 2))]
    path.write_text("\n".join(["width,height,size", *rows]) + "\n")
    return path


def test_a_table_comes_along_also_where_its_file_is_gone_or_another_one(tmp_path, table, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data = {"source": "csv", "path": str(table), "target": "size", "task": "classification"}
    experiment = with_values(files.load("circle"), [("data", data)])
    session = Session(experiment, trials=0.0)
    act(session, "step", 30)
    path = tmp_path / "a.lrsim"
    file.write(SessionReader.kept(session.snapshot()), path)
    expected = look(session.snapshot())
    assert file.read(path).experiment.data.path == str(table)
    assert look(opened(path).snapshot()) == expected
    for spoil in (lambda: table.write_text("a,b\n1,2\n"), table.unlink):
        spoil()
        found = file.read(path)
        assert Path(found.experiment.data.path).is_relative_to(tmp_path / "cache")
        assert look(opened(path).snapshot()) == expected


def rewritten(path: Path, change) -> Path:
    """The same session file with another manifest."""
    with zipfile.ZipFile(path) as archive:
        manifest = msgspec.json.decode(archive.read(file.MANIFEST))
    other = path.with_name("other.lrsim")
    with zipfile.ZipFile(other, "w") as archive:
        changed = change(manifest)
        archive.writestr(file.MANIFEST, changed if isinstance(changed, bytes) else msgspec.json.encode(changed))
    return other


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda manifest: manifest | {"format": 99, "program": "9.9"}, "was written by a newer program (9.9)"),
        (lambda manifest: b"\xff\x00", "broken"),
        (lambda manifest: b"[" * 100_000, "broken"),
        (lambda manifest: {}, "missing required field"),
        (lambda manifest: manifest | {"branches": []}, "expected 1 to"),
        (lambda manifest: manifest | {"branch": 7}, "there is no step"),
        (lambda manifest: manifest | {"step": 10**9}, "there is no step"),
        (lambda manifest: manifest | {"experiment": "[data]\nsource = 'nothing'"}, "data.source"),
        (lambda manifest: _with_branch(manifest, parent=5), "expected one of the branches before it"),
        (lambda manifest: _with_branch(manifest, fork=10**6), "expected it to begin between"),
        (lambda manifest: _with_branch(manifest, finished="boredom"), "expected one of"),
        (lambda manifest: _with_branch(manifest, events=[{"step": 0, "key": "a", "value": 1}]), "changes in order"),
    ],
)  # fmt: skip
def test_a_file_that_is_broken_newer_or_hostile_gets_a_sentence(tmp_path, change, why):
    session = Session(BASES[1], trials=0.0)
    for action in (("step", 50), ("seek", 0.5), ("weight", 0.25), ("step", 10)):
        act(session, *action)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    bad = rewritten(tmp_path / "a.lrsim", change)
    with pytest.raises(ExperimentError, match=r"other\.lrsim") as refused:
        file.read(bad)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def _with_branch(manifest, **values):
    return manifest | {"branches": [manifest["branches"][0], manifest["branches"][1] | values]}


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(200)])
def test_what_is_no_zip_gets_a_sentence(tmp_path, content):
    path = tmp_path / "a.lrsim"
    path.write_bytes(content)
    with pytest.raises(ExperimentError, match="no session file, or a broken one"):
        file.read(path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "MOST_MANIFEST", 1000)
    path = tmp_path / "a.lrsim"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file.MANIFEST, b" " * 100_000)
    with pytest.raises(ExperimentError, match="unpacks to more than"):
        file.read(path)


def test_a_change_that_does_not_fit_the_run_is_refused_and_the_run_at_hand_stays(tmp_path):
    session = Session(BASES[1], trials=0.0)
    for action in (("step", 50), ("rate", 0.05), ("step", 5)):
        act(session, *action)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    found = file.read(rewritten(tmp_path / "a.lrsim", lambda manifest: manifest | {"branches": [
        manifest["branches"][0] | {"events": [{"step": 20, "key": "optimizer.lr", "value": "much"}]}]}))  # fmt: skip
    before = look(session.snapshot())
    number = session.load(found.experiment, kept=found.kept)
    session.settle()
    assert "optimizer.lr" in session.snapshot().refusal(number).why
    assert look(session.snapshot()) == before


@pytest.mark.parametrize(
    "event",
    [
        {"step": 25, "key": "W9[0,0]", "value": 1.0},
        {"step": 25, "key": "W1[0,0]", "value": None},
        {"step": 25, "key": "optimizer.lr", "value": -1.0},
        {"step": 25, "key": "model.layers", "value": 1},
        {"step": 25, "key": "", "value": "x"},
    ],
)
def test_a_fork_with_a_change_that_does_not_fit_is_refused(tmp_path, event):
    session = Session(BASES[1], trials=0.0)
    for action in (("step", 50), ("seek", 0.5), ("weight", 0.25), ("step", 10)):
        act(session, *action)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    found = file.read(rewritten(tmp_path / "a.lrsim", lambda manifest: _with_branch(manifest, events=[event])))
    before = look(session.snapshot())
    number = session.load(found.experiment, kept=found.kept)
    session.settle()
    assert session.snapshot().refusal(number) is not None
    assert look(session.snapshot()) == before


def test_other_bits_than_were_saved_are_told(tmp_path):
    session = Session(BASES[1], trials=0.0)
    act(session, "step", 50)
    file.write(SessionReader.kept(session.snapshot()), tmp_path / "a.lrsim")
    found = file.read(rewritten(tmp_path / "a.lrsim", lambda manifest: manifest | {"branches": [
        manifest["branches"][0] | {"fingerprint": "0" * 32}]}))  # fmt: skip
    session.load(found.experiment, kept=found.kept)
    session.settle()
    assert session.snapshot().message == "Opened, but branch 0 ends after step 50 in other bits than were saved"


def test_a_folder_that_is_not_there_is_told_and_nothing_is_left(tmp_path):
    session = Session(BASES[0], trials=0.0)
    with pytest.raises(ExperimentError, match="no folder"):
        file.write(SessionReader.kept(session.snapshot()), tmp_path / "nowhere" / "a.lrsim")
    assert list(tmp_path.iterdir()) == []
