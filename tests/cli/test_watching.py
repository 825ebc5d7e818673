"""`lrsim run` with `--break`, `--log` and `--watch`: where it stops, what it writes, and that the run is the same."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from lrsim.cli.main import main

HOT = ["run", "clip250", "--set", "optimizer.lr=1"]


def ran(capsys, *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    told = capsys.readouterr()
    return status, told.out, told.err


def as_json(capsys, *words: str) -> dict:
    status, out, _ = ran(capsys, *words, "--json", "-")
    assert status == 0
    return json.loads(out)


def trace(capsys, *words: str) -> list[dict[str, float]]:
    status, out, _ = ran(capsys, *words, "--trace", "-")
    assert status == 0
    return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(io.StringIO(out))]


def test_it_stops_at_the_step_with_the_state_of_a_run_of_so_many_steps(capsys):
    found = as_json(capsys, *HOT, "--break", "sign_flips(W) > 0", "--trials", "0")
    assert (found["stop_reason"], found["steps"]) == ("break", 2)
    assert found["break"] == {
        "expression": "sign_flips(W) > 0", "step": 2, "values": {"W": found["final"]["parameters"]["W"]},
    }  # fmt: skip
    plain = as_json(capsys, *HOT, "--steps", "2", "--trials", "0")
    assert {**plain, "stop_reason": "break", "break": found["break"]} == found


def test_people_are_told_where_and_with_which_values(capsys):
    _, out, _ = ran(capsys, *HOT, "--break", "loss > 1e6", "--break", "W < -1000")
    assert "a condition that came true" in out
    assert out.rstrip().endswith("Stopped at step 2, where W < -1000: W = -5162.9")


def test_hits_are_counted_from_the_first_step(capsys):
    flips = [
        as_json(capsys, *HOT, "--break", "sign_flips(W) > 0", "--hits", count)["steps"] for count in ("1", "2", "3")
    ]
    assert flips == sorted(set(flips))
    assert as_json(capsys, *HOT, "--break", "sign_flips(W) > 0", "--hits", "%3")["steps"] == flips[2]


def test_a_condition_that_never_comes_true_changes_nothing(capsys):
    found = as_json(capsys, "run", "clip250", "--epochs", "20", "--break", "loss > 1e9")
    assert found == as_json(capsys, "run", "clip250", "--epochs", "20")


@pytest.mark.parametrize(("limit", "reason"), [(["--steps", "2"], "steps"), (["--epochs", "1"], "epochs")])
def test_limits_come_first(capsys, limit, reason):
    found = as_json(capsys, *HOT, *limit, "--break", "step == 50")
    assert found["stop_reason"] == reason
    assert "break" not in found


def test_a_run_that_diverges_first_says_so(capsys):
    found = as_json(capsys, *HOT, "--break", "step == 100000")
    assert found["stop_reason"] == "diverged"
    assert as_json(capsys, *HOT, "--break", "nonfinite")["steps"] == found["diverged_at"]


def test_changes_in_mid_run_are_seen(capsys):
    words = ["run", "clip250", "--at", "10", "optimizer.lr=0.5", "--at", "20", "optimizer.lr=1e-6"]
    assert as_json(capsys, *words, "--break", "rate_changed")["steps"] == 11
    assert as_json(capsys, *words, "--break", "lr < 1e-5")["steps"] == 21


def test_callbacks_act_as_in_a_run_that_is_not_looked_at(capsys):
    words = ["run", "plane", "--set", "schedule.name=plateau", "--set", "schedule.monitor=loss", "--set",
             "schedule.patience=1", "--set", "optimizer.lr=1e-9", "--epochs", "20"]  # fmt: skip
    rows = trace(capsys, *words)
    changed = next(row["step"] for before, row in zip(rows, rows[1:]) if row["lr"] != before["lr"])
    assert as_json(capsys, *words, "--break", "rate_changed")["steps"] == changed


def test_lines_are_written_at_each_step_or_where_something_comes_true(capsys):
    _, _, err = ran(capsys, *HOT, "--steps", "3", "--log", "{step}: {W}", "--log", "b {b}")
    assert err.splitlines()[:4] == ["1: 3237.1", "b 3237.05", "2: -5162.9", "b -5162.95"]
    assert [line[:3] for line in err.splitlines()[4:]] == ["3: ", "b 5"]
    _, _, err = ran(capsys, *HOT, "--steps", "9", "--log", "flip at {step}", "--when", "sign_flips(W) > 0")
    assert err.splitlines() == ["flip at 2", "flip at 5"]


def test_nothing_is_written_beyond_the_step_at_which_it_stops(capsys):
    _, _, err = ran(capsys, *HOT, "--break", "step == 3", "--log", "{step}")
    assert err.split() == ["1", "2", "3"]


def test_watches_are_columns_of_the_trace_and_lists_in_json(capsys):
    words = ["run", "clip250", "--steps", "12", "--watch", "twice=2*W", "--watch", "mean3=mean(loss, 3)"]
    rows, found = trace(capsys, *words), as_json(capsys, *words)
    assert [row["twice"] for row in rows] == [2 * row["W"] for row in rows] == found["watches"]["twice"]
    assert found["watches"]["mean3"][:2] == [None, None]
    assert found["watches"]["mean3"][2] == sum(row["loss"] for row in rows[:3]) / 3
    assert found["watched"] == "step"


def test_instruments_are_read_at_the_ends_of_epochs_or_as_often_as_asked(capsys):
    words = ["run", "spiral", "--steps", "60", "--trials", "0", "--instrument", "lr_sharpness", "--instrument", "alpha"]
    found = as_json(capsys, *words, "--every", "20", "--watch", "s=lr_sharpness")
    assert found["instruments"]["lr_sharpness"]["steps"] == [20, 40, 60]
    assert found["instruments"]["lr_sharpness"]["values"] == [found["watches"]["s"][step - 1] for step in (20, 40, 60)]
    ends = as_json(capsys, *words)["instruments"]["alpha"]
    assert ends["steps"] == [28, 56]
    status, told, _ = ran(capsys, *words)
    assert status == 0
    assert re.search(r"alpha: first -0\.\d+ at step 28, largest -0\.\d+ at step (28|56), last -0\.\d+ at step 56", told)


def test_adam_has_no_scale_before_its_first_update(capsys):
    words = ["run", "spiral", "--steps", "2", "--trials", "0", "--set", "optimizer.name=adam", "--every", "1"]
    first, second = as_json(capsys, *words, "--instrument", "lr_sharpness")["instruments"]["lr_sharpness"]["values"]
    assert first is None
    assert second > 0


def test_a_long_run_tells_watches_by_the_epoch(capsys, monkeypatch):
    monkeypatch.setattr("lrsim.cli.watching.EVERY_STEP", 10)
    found = as_json(capsys, "run", "clip250", "--epochs", "4", "--watch", "at=step")
    assert (found["watched"], found["watches"]["at"]) == ("epoch", [6, 12, 18, 24])


def test_a_watch_of_gradients_reaches_a_network(capsys):
    words = ["run", "spiral", "--steps", "30", "--watch", "g=grad_norm", "--trials", "0"]
    found = as_json(capsys, *words)["watches"]["g"]
    assert len(found) == 30
    assert all(value > 0 for value in found)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--break", "los > 1"], '--break: unknown name los, did you mean loss (at character 1), got "los > 1"'),
        (["--break", "loss > 1", "--hits", "0"], "--hits: expected a hit count such as 5, >=5 or %5"),
        (["--watch", "x=loss", "--watch", "x=error"], "--watch: there is a watch x already"),
        (["--hits", "3"], '--hits: expected a --break whose times it counts, got "3"'),
        (["--when", "loss > 1"], '--when: expected a --log that it is for, got "loss > 1"'),
        (["--log", "loss {loss"], "--log: expected a closing brace (at character 11)"),
        (["--log", "{loss}", "--when", "exp(loss)"], "--when: no function exp"),
        (["--watch", "loss"], '--watch: expected NAME=EXPR, such as ratio=update_norm/weight_norm, got "loss"'),
        (["--instrument", "sharpnes"], "--instrument: no such instrument, did you mean sharpness"),
        (["--instrument", "alpha", "--every", "0"], '--every: expected a whole number >= 1, of steps, got "0"'),
        (["--every", "5"], "--every: expected an --instrument that it is for"),
        (["--watch", "W=b"], "--watch: every run has W, take another name"),
        (["--watch", "x=__import__('os')"], "--watch: no function __import__"),
        (["--break", "val_loss > 1"], "--break: unknown name val_loss"),
        (["--break", ""], "--break: missing, expected such as loss > 10"),
    ],
)
def test_bad_words_are_refused_in_a_line(capsys, words, line):
    status, out, err = ran(capsys, "run", "clip250", *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"lrsim: error: {line}")
    assert err.count("\n") == 1


def test_a_watch_can_be_named_in_what_stops_and_in_what_is_logged(capsys):
    words = ["run", "spiral", "--steps", "200", "--trials", "0", "--watch", "ratio=update_norm / weight_norm"]
    words += ["--watch", "twice=2*ratio"]
    values = as_json(capsys, *words)["watches"]
    stop = max(values["ratio"][5:]) * 0.999
    first = next(place for place, value in enumerate(values["ratio"]) if value > stop and place) + 1
    found = as_json(capsys, *words, "--break", f"twice > {2 * stop!r} and step > 1")
    assert found["break"]["step"] == first
    assert found["watches"]["twice"] == [2 * value for value in values["ratio"][:first]]
