"""Changes in mid-run on the command line: what may change, and a saved experiment that says how to repeat them."""

from __future__ import annotations

import json
import shlex

import numpy as np

from lrsim.experiment import document, files
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session


def test_every_kind_of_key_can_change_in_mid_run_and_is_told(call, tmp_path):
    path = tmp_path / "run.json"
    words = ["--at", "7", "optimizer.name=adam", "--at", "7", "optimizer.lr=0.01", "--at", "9", "W1[0,1]=0.25",
             "--at", "11", "schedule.name=cosine", "--at", "12", "training.l2=0.5"]  # fmt: skip
    status, out, _ = call("run", "circle", "--steps", "20", *words, "--json", str(path))
    assert status == 0
    assert "changed      adam, lr 0.01 from step 7" in out
    assert "changed      W1[0,1] 0.25 from step 9" in out
    told = json.loads(path.read_text())["changes"]
    assert [(change["step"], change["key"], change["value"]) for change in told] == [
        (7, "optimizer.name", "adam"),
        (7, "optimizer.lr", 0.01),
        (9, "W1[0,1]", 0.25),
        (11, "schedule.name", "cosine"),
        (12, "training.l2", 0.5),
    ]


def test_an_experiment_that_was_changed_in_mid_run_says_how_to_repeat_it(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = Session(files.load("circle"), trials=0.0)
    session.step(30)
    session.settle()
    session.fork(10, {"optimizer.name": "adam", "optimizer.beta_1": 0.5, "training.l1": 0.001})
    session.settle()
    session.fork(10, {"b1[2]": -0.5, "optimizer.lr": 0.02})
    session.step(5)
    session.settle()
    shown = session.snapshot()
    reader = SessionReader(session)
    changes = reader.live_changes(shown)
    text = document.text_of(reader.problem.experiment, changes, name="mine.toml")
    (tmp_path / "mine.toml").write_text(text)
    command = next(line for line in text.splitlines() if line.startswith("# lrsim run"))
    status, _, err = call(*shlex.split(command.removeprefix("# lrsim ")), "--steps", "15", "--json", "again.json")
    assert (status, err) == (0, "")
    again = json.loads((tmp_path / "again.json").read_text())["final"]["parameters"]
    assert np.array([*again.values()], np.float32).tobytes() == shown.theta.tobytes()


def test_a_batch_size_changes_with_the_next_epoch_and_the_trace_counts_on(call, tmp_path):
    trace = tmp_path / "trace.csv"
    words = ["run", "clip250", "--epochs", "4", "--at", "8", "training.batch_size=3", "--trials", "0"]
    status, out, _ = call(*words, "--trace", str(trace))
    assert status == 0
    assert "4 epochs of 6 and later 2" in out
    assert "batch_size 3 (next epoch) from step 8" in out
    rows = [line.split(",") for line in trace.read_text().splitlines()[1:]]
    assert [int(row[1]) for row in rows] == [1] * 6 + [2] * 6 + [3] * 2 + [4] * 2
