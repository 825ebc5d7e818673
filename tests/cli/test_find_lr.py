"""``find-lr`` and ``data`` as a user meets them, and runs that callbacks or their schedule end."""

from __future__ import annotations

import json

import pytest

from lrsim.common.numbers import short

# --- find-lr


def test_find_lr_suggests_the_rate_that_does_best(call):
    status, out, err = call("find-lr", "clip250")
    assert (status, err) == (0, "")
    assert "which ends the test" in out
    rules = {line.split("  ")[1]: line.split() for line in out.splitlines() if line.startswith("  ")}
    assert {"steepest", "minimum / 10", "valley"} <= set(rules)
    assert " rates were tried, each on a copy, for up to " in out
    assert 1e-6 < float(out.rpartition("Next: --set optimizer.lr=")[2]) < 1e-4


def test_find_lr_writes_all_it_has_seen(call, tmp_path):
    file = tmp_path / "rates.json"
    status, out, _ = call("find-lr", "plane", "--from", "1e-6", "--to", "1", "--points", "40", "--json", str(file))
    found = json.loads(file.read_text())
    assert status == 0
    assert "suggested" in out
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"]) <= 40
    assert found["rates"][0] == pytest.approx(1e-6)
    assert {item["name"] for item in found["suggestions"]} <= {"steepest", "minimum / 10", "valley"}
    assert found["experiment"]["optimizer"]["lr"] == 0.03
    assert found["figure"] == "val_loss"
    scores = {item["rate"]: item["score"] for item in found["trials"] if item["epochs"] == 60}
    assert scores[found["rate"]] <= 1.02 * min(score for score in scores.values() if score is not None)
    assert out.endswith(f"Next: --set optimizer.lr={short(found['rate'])}\n")


def test_find_lr_on_standard_output_is_json_alone(call):
    _, out, _ = call(
        "find-lr", "clip250", "--set", "stop.divergence=false", "--from", "1", "--to", "1e30", "--trials", "0",
        "--json", "-",
    )  # fmt: skip
    found = json.loads(out)
    assert found["stop_reason"] in ("exploded", "not_finite")
    assert (found["suggestions"], found["trials"], found["rate"]) == ([], [], None)


def test_find_lr_without_trials_suggests_no_rate(call):
    _, out, _ = call("find-lr", "clip250", "--trials", "0")
    assert "No rate was tried, so none is suggested." in out
    assert "Next:" not in out


def test_find_lr_finds_a_rate_where_no_rule_does(call):
    _, out, _ = call("find-lr", "clip250", "--from", "1", "--to", "10")
    assert "No rule finds a rate there." in out
    assert 1e-6 < float(out.rpartition("Next: --set optimizer.lr=")[2]) < 1e-4


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--from", "fast"], '--from: expected a number > 0, got "fast"'),
        (["--from", "0"], '--from: expected a number > 0, got "0"'),
        (["--to", "inf"], '--to: expected a number > 0, got "inf"'),
        (["--from", "1", "--to", "0.1"], '--to: expected a number > 1, the first rate, got "0.1"'),
        (["--points", "1"], '--points: expected a whole number >= 2, got "1"'),
        (["--trials", "-1"], '--trials: expected a number >= 0, got "-1"'),
    ],
)
def test_find_lr_refuses_in_one_line(call, words, line):
    assert call("find-lr", "clip250", *words) == (2, "", f"lrsim: error: {line}\n")


# --- data


def test_data_shows_what_a_source_holds(call):
    status, out, _ = call("data", "clip250")
    assert (status, "Rows: 6" in out) == (0, True)
    status, out, _ = call("data", "bmi", "--json")
    assert (status, json.loads(out)["rows"]) == (0, 400)


def test_missing_mnist_is_explained(call, tmp_path):
    status, out, err = call("data", str(tmp_path))
    assert (status, err) == (0, "")
    assert str(tmp_path) in out
    assert "train-images-idx3-ubyte" in out


def test_data_of_a_file(call, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("height,name\n180,Ann\n170,Bob\n")
    status, out, _ = call("data", str(file))
    assert (status, "170 to 180" in out, "Ann" in out) == (0, True, True)


def test_an_unknown_source_is_refused(call):
    status, out, err = call("data", "mnits")
    assert (status, out) == (2, "")
    assert err.startswith("lrsim: error: mnits: no such source or file, did you mean mnist")


# --- runs

EXPERIMENT = """
[data]
source = "plane"
samples = 60
noise = 0.3
test_fraction = 0.3
[model]
layers = [{ units = 8, activation = "tanh" }, { units = 1 }]
[training]
batch_size = 4
epochs = 300
[optimizer]
lr = 0.3
[stop]
early_stopping = { patience = 4, restore_best = true }
"""


def test_a_run_that_stops_early_says_so(call, tmp_path):
    file, report = tmp_path / "run.toml", tmp_path / "run.json"
    file.write_text(EXPERIMENT)
    status, out, _ = call("run", str(file), "--json", str(report))
    found = json.loads(report.read_text())
    assert (status, found["stop_reason"]) == (0, "early_stopping")
    best = found["restored_epoch"]
    assert found["epochs"] == best + 4
    assert found["final"]["val_loss"] == min(found["history"]["val_loss"])
    assert "early stopping, val_loss has not improved for 4 epochs since its best" in out
    assert f"those of epoch {best}" in out


def test_a_plateau_shows_in_the_rates_of_the_epochs(call, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(EXPERIMENT.replace("[stop]", '[schedule]\nname = "plateau"\nfactor = 0.5\npatience = 2\n[stop]'))
    _, out, _ = call("run", str(file), "--set", "stop.early_stopping.patience=1000", "--epochs", "60", "--json", "-")
    rates = json.loads(out)["history"]["lr"]
    assert rates[0] == 0.3
    assert rates[-1] < 0.1
    assert {round(b / a, 12) for a, b in zip(rates, rates[1:])} == {1.0, 0.5}


def test_a_run_without_a_next_rate_keeps_what_was_finished(call, tmp_path):
    report, trace = tmp_path / "run.json", tmp_path / "trace.csv"
    status, out, err = call(
        "run", "clip250", "--set", "schedule.name=expression", "--set", "stop.target_error=0",
        "--set", 'schedule.expression="1e-5 if epoch < 1200 else 1 / 0"', "--set", "training.epochs=2000",
        "--json", str(report), "--trace", str(trace),
    )  # fmt: skip
    assert status == 2
    assert err.startswith("lrsim: error: schedule.expression: ")
    assert len(err.splitlines()) == 1
    found = json.loads(report.read_text())
    assert (found["steps"], found["stop_reason"]) == (7200, "interrupted")
    assert err == f"lrsim: error: {found['error']}\n"
    assert len(trace.read_text().splitlines()) == 7201
    assert "an expression that has no rate for the next step" in out


def test_help_says_what_schedules_are_spread_over(call):
    status, out, _ = call("run", "--help")
    assert (status, "spread over training.epochs" in out) == (0, True)
