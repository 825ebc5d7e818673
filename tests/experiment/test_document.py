"""An experiment written down as it stands: what comes back, and what a file can't say."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.cli.arguments import parse
from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.document import LiveChange, as_it_stands, text_of
from lrsim.experiment.keys import with_value, with_values
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from tests.experiment.test_files import experiments

rates = st.floats(1e-12, 1e6, allow_nan=False)
changes = st.lists(st.builds(LiveChange, st.integers(0, 10**9), st.just("optimizer.lr"), rates), max_size=5)


@given(experiments(), changes)
def test_what_is_written_loads_to_the_experiment_as_it_stands(tmp_path_factory, raw, found):
    found = sorted(found, key=lambda change: change.step)
    experiment = files.from_dict(raw)
    path = tmp_path_factory.mktemp("written") / "mine.toml"
    path.write_text(text_of(experiment, found, folder=path.parent, name=path.name), encoding="utf-8")
    loaded = files.load(str(path))
    assert loaded == as_it_stands(experiment, found)
    assert loaded.optimizer.lr == (found[-1].value if found else experiment.optimizer.lr)


def test_a_rate_set_before_the_first_step_is_the_experiments_own():
    text = text_of(files.load("clip250"), [LiveChange(0, "optimizer.lr", 0.5)])
    assert "#" not in text.splitlines()[0]
    assert tomllib.loads(text)["optimizer"]["lr"] == 0.5


def run_by(command: str, folder: Path) -> list[float]:
    """The last parameters of a run by the command that a file tells."""
    from lrsim.cli.main import main

    words = shlex.split(command)
    assert words[0] == "lrsim"
    parse(words[1:])
    trace = folder / "trace.csv"
    assert main([*words[1:], "--steps", "40", "--trace", str(trace)]) == 0
    return [float(cell) for cell in trace.read_text().splitlines()[-1].split(",")[5:]]


@pytest.mark.parametrize("at", [[(0, 2e-5), (7, 1e-6), (19, 3e-5)], [(12, 1e-7)], [(0, 1e-6), (0, 2e-6), (3, 1e-5)]])
def test_the_command_in_the_comment_repeats_the_run(tmp_path, monkeypatch, capsys, at):
    session = Session(files.load("clip250"))
    for step, rate in at:
        session.run_to(step)
        session.settle()
        session.set_rate(rate)
        session.settle()
    session.run_to(40)
    session.settle()
    reader, snapshot = SessionReader(session), session.snapshot()
    text = text_of(reader.problem.experiment, reader.live_changes(snapshot), name="mine.toml")
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(text)
    command = next(line for line in text.splitlines() if "lrsim run" in line).removeprefix("# ")
    assert run_by(command, tmp_path) == snapshot.theta.tolist()


def test_only_changes_up_to_the_present_step_count():
    session = Session(files.load("clip250"))
    for step, rate in ((5, 1e-6), (9, 1e-7)):
        session.run_to(step)
        session.settle()
        session.set_rate(rate)
    session.run_to(20)
    session.seek(7)
    session.settle()
    assert SessionReader(session).live_changes(session.snapshot()) == [LiveChange(5, "optimizer.lr", 1e-6)]


@pytest.mark.parametrize(
    ("where", "expected"), [("here", "people.csv"), ("here/deeper", "deeper/people.csv"), ("there", None)]
)
def test_data_beside_the_file_is_named_without_its_folder(tmp_path, monkeypatch, where, expected):
    folder, data = tmp_path / "here", tmp_path / where
    data.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    (data / "people.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(data)
    base = files.load("bmi-linear")
    experiment = msgspec.structs.replace(base, data=msgspec.structs.replace(base.data, path="people.csv"))
    path = folder / "mine.toml"
    path.write_text(text_of(experiment, folder=folder))
    assert tomllib.loads(path.read_text())["data"]["path"] == (expected or str(data / "people.csv"))
    monkeypatch.chdir(tmp_path)
    assert Path(files.load(str(path)).data.path).samefile(data / "people.csv")


def test_a_path_that_no_file_can_hold_is_refused():
    base = files.load("bmi-linear")
    odd = msgspec.structs.replace(base, data=msgspec.structs.replace(base.data, path="/data/\udcff.csv"))
    with pytest.raises(ExperimentError, match=r"data\.path"):
        text_of(odd)


def test_a_name_with_a_line_break_does_not_break_the_comment():
    text = text_of(files.load("clip250"), [LiveChange(3, "optimizer.lr", 0.5)], name="a\nb.toml")
    assert files.from_text(text, "it").optimizer.lr == 0.5


def test_factors_of_layers_are_written_with_the_rate():
    experiment = with_values(files.load("circle"), [])
    found = [LiveChange(3, "optimizer.multipliers", (1.0, 2.5))]
    text = text_of(experiment, found)
    assert "--at 3 'optimizer.multipliers=[1.0, 2.5]'" in text
    assert files.from_text(text, "it") == with_value(experiment, "optimizer.multipliers", [1.0, 2.5])
