"""Ctrl-C, SIGTERM, SIGHUP and SIGKILL: what is finished stays, and no process and no half file is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrsim.cli.main import main

if sys.platform == "win32":
    pytest.skip("needs POSIX signals", allow_module_level=True)

LRSIM = [sys.executable, "-m", "lrsim"]
ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.fixture(autouse=True)
def _hangups_are_heard():
    """Also where the tests run under nohup, whose children would not hear of them."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def start():
    """Start a program whose output is read; none outlives the test."""
    started: list[subprocess.Popen] = []

    def begin(words: list[str], **given: object) -> subprocess.Popen:
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given))
        return started[-1]

    yield begin
    for running in started:
        if running.poll() is None:
            running.kill()
            running.communicate()


@pytest.mark.parametrize(("number", "status"), ENDINGS)
def test_a_run_that_is_ended_keeps_what_was_finished(start, tmp_path, number, status):
    trace, report = tmp_path / "trace.csv", tmp_path / "run.json"
    words = ["run", "clip250", "--set", "stop.min_steps=9007199254740992", "--steps", "9007199254740992"]
    running = start([*LRSIM, *words, "--trace", str(trace), "--json", str(report)])
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size > 100_000 for path in tmp_path.iterdir() if path.name.endswith(".part")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(number)
    out, err = running.communicate(timeout=100)
    assert running.returncode == status
    assert err == b""
    assert b"an interruption" in out
    run = json.loads(report.read_text())
    assert run["stop_reason"] == "interrupted"
    with Path(trace).open() as rows:
        assert sum(1 for _ in rows) == run["steps"] + 1
    assert sorted(os.listdir(tmp_path)) == ["run.json", "trace.csv"]


def test_trials_that_are_ended_leave_the_run_as_it_ended(monkeypatch, capsys):
    def interrupted(self, seconds):
        signal.raise_signal(signal.SIGINT)
        return False

    monkeypatch.setattr("lrsim.trials.trials.Trials.work", interrupted)
    assert main(["run", "circle", "--set", "optimizer.lr=1e-6", "--epochs", "20", "--json", "-"]) == 130
    run = json.loads(capsys.readouterr().out)
    assert (run["stop_reason"], run["epochs"]) == ("epochs", 20)
    assert run["verdict"]["rate"] is None
    assert run["verdict"]["trials"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_while_the_program_loads(number):
    words = [sys.executable, "-X", "importtime", "-m", "lrsim", "run", "clip250", "--steps", "900719925474099", "--set",
             "stop.min_steps=9007199254740992"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as loading:
        for line in loading.stderr:
            if "numpy" in line:
                break
        loading.send_signal(number)
        lines = [line for line in loading.stderr if not line.startswith("import time:")]
        assert loading.stdout.read() == ""
    assert loading.returncode == 128 + number
    assert lines == ["lrsim: error: interrupted\n"]


def test_what_is_ignored_stays_ignored(tmp_path):
    """As under nohup."""
    words = [
        "run",
        "clip250",
        "--set",
        "stop.min_steps=1000000",
        "--steps",
        "1000000",
        "--trace",
        str(tmp_path / "t.csv"),
    ]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        running = subprocess.Popen([*LRSIM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGHUP, before)
    while running.poll() is None and not os.listdir(tmp_path):
        time.sleep(0.01)
    running.send_signal(signal.SIGHUP)
    assert running.communicate(timeout=100)[1] == b""
    assert running.returncode == 0


SWEEP = [*LRSIM, "sweep", "spiral", "--over", "optimizer.lr=1e-4,1e-3,1e-2,0.1", "--seeds", "4", "--epochs", "2",
         "--jobs", "2", "--out"]  # fmt: skip


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize(
    ("number", "status"), [*ENDINGS, (signal.SIGKILL, -signal.SIGKILL)], ids=lambda value: getattr(value, "name", None)
)
def test_a_sweep_that_is_ended_while_it_draws_leaves_nothing_behind(start, tmp_path, number, status, group):
    """Whoever still lived would hold the pipe, and it would not end."""
    drawing = start([*SWEEP, str(tmp_path)], text=True, start_new_session=True)
    while not any(name.endswith(".png") for name in os.listdir(tmp_path)):
        assert drawing.poll() is None
        time.sleep(0.005)
    if group:
        os.killpg(drawing.pid, number)
    else:
        drawing.send_signal(number)
    out, errors = drawing.communicate(timeout=100)
    assert drawing.returncode == status
    if number != signal.SIGKILL:
        assert errors == ""
        assert "16 runs in" in out
        assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]
    assert (tmp_path / "results.csv").read_bytes().count(b"\n") == 17
    assert not (tmp_path / "overview.png").exists()
