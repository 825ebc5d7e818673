"""``lrsim sweep`` as users and scripts meet it: tables, files, exit codes and errors."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

from lrsim.cli.main import main

RATES = "optimizer.lr=1e-5,1e-6,1"


def sweep(*words):
    return main(["sweep", "clip250", *words])


def test_a_table_for_people_with_the_best_first(capsys):
    assert sweep("--over", RATES, "--epochs", "30") == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split()[-1] == "verdict"
    assert [line.split()[0] for line in lines[1:4]] == ["1e-05", "1e-06", "1"]
    assert "Diverged" in lines[3]
    assert "--out DIR" in lines[-1]
    assert err == ""


def test_a_folder_that_is_resumed(tmp_path, capsys):
    out = str(tmp_path / "new" / "folder")
    words = (
        "--over",
        RATES,
        "--over",
        "training.bias_rule=delta,as_input",
        "--seeds",
        "2",
        "--epochs",
        "9",
        "--out",
        out,
    )
    assert sweep(*words, "--jobs", "2") == 0
    first = (tmp_path / "new" / "folder" / "results.csv").read_bytes()
    with open(os.path.join(out, "results.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert list(rows[0])[:3] == ["optimizer.lr", "training.bias_rule", "seed"]
    assert {"grid.png", "grid.svg", "curves.csv"} <= set(os.listdir(out))
    assert len([name for name in os.listdir(out) if name.startswith("run-")]) == 12
    assert sweep(*words, "--jobs", "1") == 0
    assert (tmp_path / "new" / "folder" / "results.csv").read_bytes() == first
    assert sweep("--over", "optimizer.lr=1", "--out", out) == 2
    assert "belongs to another sweep" in capsys.readouterr().err


def test_what_is_set_holds_for_all_runs(tmp_path, capsys):
    words = (
        "--set",
        "training.batch_size=6",
        "--set",
        "optimizer.lr=3",
        "--over",
        "optimizer.lr=1e-5",
        "--epochs",
        "2",
    )
    assert sweep(*words, "--out", str(tmp_path)) == 0
    with open(tmp_path / "results.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["steps"], row["epochs"], row["optimizer.lr"]) == ("2", "2", "1e-05")
    assert f"1 run in {tmp_path}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--over: missing"),
        (["--over", "optimizer.lr"], "--over: expected KEY=V1,V2"),
        (["--over", "optimizer.lr=0.1,fast"], 'optimizer.lr: expected a number > 0, got "fast"'),
        (["--over", "optimizer.lr=0.1,[1"], "optimizer.lr: expected values in TOML syntax"),
        (["--over", "optimizer.rate=1"], "optimizer.rate: unknown key"),
        (["--over", RATES, "--jobs", "0"], '--jobs: expected a whole number >= 1, got "0"'),
        (["--over", RATES, "--seeds", "many"], '--seeds: expected a whole number >= 1, got "many"'),
        (["--over", RATES, "--epochs", "0"], "--epochs: expected a whole number >= 1"),
        (["--over", RATES, "--jobs", "1", "--dask", "tcp://a:1"], "--dask: not allowed with"),
        (["--over", RATES, "--tls-ca", "x"], "need --dask ADDRESS"),
        (["--over", RATES, "--out", ""], "can't be written: the name is empty"),
        (["--over", RATES, "--out", "/dev/null/x"], "/dev/null/x: can't be written"),
    ],
)
def test_bad_input_is_one_line_and_nothing_runs(words, message, capsys):
    assert sweep(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lrsim: error: ")
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_run_that_fails_is_a_row_with_its_reason_and_is_tried_again(tmp_path, capsys):
    words = ["--set", "schedule.name=expression", "--set", 'schedule.expression="0.01 * abs(step - 13)"', "--set",
             "schedule.per=step", "--over", "training.seed=1,2", "--out", str(tmp_path), "--epochs", "5"]  # fmt: skip
    for _ in range(2):
        assert sweep(*words) == 1
        out, err = capsys.readouterr()
        assert "2 failed; the same command tries again" in out
        assert err.startswith("lrsim: error: run-training.seed=1: schedule.expression: ")
        assert "(and 1 more)" in err
        with open(tmp_path / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert ["schedule.expression" in row["error"] for row in rows] == [True, True]
        assert (tmp_path / "run-training.seed=1.png").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_is_done(tmp_path):
    out = tmp_path / "out"
    words = ["clip250", "--over", "optimizer.lr=1,1e-8", "--set", "stop.min_steps=1000000000", "--epochs", "100000000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lrsim", "sweep", *words, "--out", str(out)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (out / "results.csv").exists() and (out / "results.csv").read_bytes().count(b"\n") == 2:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    text, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert errors == ""
    assert "1 of 2 runs in" in text
    assert "the same command goes on from here" in text
    assert (out / "results.csv").read_bytes().count(b"\n") == 2


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        sweep("--help")
    assert "--dask ADDRESS" in capsys.readouterr().out
