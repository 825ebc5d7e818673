"""Sweeps: description, names, records, and jobs that can be cancelled."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.cli.sweep import parse_over
from lrsim.common.validation import ExperimentError
from lrsim.data.sources import registry
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.sweep import executors
from lrsim.sweep.executors import Cancellation
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import check_builds, describe, from_plain
from lrsim.sweep.ranking import ranked, ranking_metric
from lrsim.sweep.record import run_one
from lrsim.sweep.report import outcome, table
from lrsim.sweep.values import cell
from lrsim.sweep.words import key_labels, label
from lrsim.training import engine
from tests.sweep.records import same

CLIP = files.load("clip250")


def held_out():
    """Nine points on a line, three of them held out."""
    rows = [[float(x)] for x in range(9)]
    changes = [
        ("data.source", "table"), ("data.inputs", rows), ("data.targets", rows), ("data.trials", []),
        ("data.test_fraction", 0.34), ("model.weights", []), ("stop.target_error", 0.0), ("stop.min_steps", 0),
        ("training.epochs", 4), ("model.layers", [{"units": 1}]), ("training.bias_rule", "delta"),
    ]  # fmt: skip
    return with_values(CLIP, changes)


def finished(sweep, **options):
    job = SweepJob(sweep, lambda: executors.threads(2), **options)
    job.run()
    assert not job.failures
    return job


# --- the description


def test_the_grid_in_the_order_in_which_it_was_asked_for():
    sweep = describe(CLIP, {"optimizer.lr": [1, 1e-5], "training.bias_rule": ["delta", "as_input"]}, 2)
    found = [(run.experiment.optimizer.lr, run.experiment.training.bias_rule, run.seed) for run in sweep.runs]
    assert found[:4] == [(1, "delta", 1), (1, "delta", 2), (1, "as_input", 1), (1, "as_input", 2)]
    assert len(found) == 8
    assert [run.index for run in sweep.runs] == list(range(8))
    assert sweep.runs[5].name == "run-optimizer.lr=1e-05-training.bias_rule=delta-seed=2"
    assert sweep.runs[5].experiment == with_values(
        CLIP, [("optimizer.lr", 1e-5), ("training.bias_rule", "delta"), ("training.seed", 2)]
    )


def test_seeds_alone_and_seeds_as_a_key():
    assert [run.name for run in describe(CLIP, seeds=2).runs] == ["run-seed=1", "run-seed=2"]
    assert [run.seed for run in describe(CLIP, seeds=[7, 3]).runs] == [7, 3]
    by_key = describe(CLIP, {"training.seed": [5, 6]})
    assert [(run.seed, run.name) for run in by_key.runs] == [(5, "run-training.seed=5"), (6, "run-training.seed=6")]


def test_a_name_depends_on_the_values_alone():
    few = {run.cells: run.name for run in describe(CLIP, {"optimizer.lr": [0.1, 0.2]}).runs}
    many = {run.cells: run.name for run in describe(CLIP, {"optimizer.lr": [0.3, 0.2, 0.1]}).runs}
    assert few.items() <= many.items()


@settings(max_examples=25)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6, unique=True))
def test_names_are_safe_and_differ(texts):
    sweep = describe(CLIP, {"name": texts})
    names = [run.name for run in sweep.runs]
    assert len({name.casefold() for name in names}) == len(texts)
    for name in names:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-=")
        assert len(name) <= 160


@pytest.mark.parametrize(
    ("over", "seeds", "message"),
    [
        ({"optimizer.lr": [0.1, "fast"]}, None, r"optimizer\.lr: expected a number > 0, got \"fast\""),
        ({"optimizer.lr": [0.1, 0.0]}, None, r"optimizer\.lr: expected a number > 0, got 0"),
        ({"optimizer.lr": [1, 1.0]}, None, r"optimizer\.lr: the value 1.0 stands there twice"),
        ({"optimizer.lr": []}, None, r"optimizer\.lr: expected at least one value"),
        ({"optimizer.rate": [1]}, None, r"optimizer\.rate: unknown key"),
        ([("optimizer.lr", [1]), ("optimizer.lr", [2])], None, r"optimizer\.lr: expected each key once"),
        ({"training.seed": [5]}, 3, r"training\.seed: swept already"),
        ({"optimizer.lr": [1]}, 0, r"seeds: expected a whole number from 1"),
        ({"optimizer.lr": [1]}, [1, 1], r"seeds: expected at least one seed, and each once"),
        ({}, None, r"over: expected at least one key"),
        ({"training.batch_size": range(1, 401), "training.epochs": range(1, 401)}, None, r"over: .*got 160000"),
    ],
)
def test_what_can_not_be_swept_is_refused(over, seeds, message):
    with pytest.raises(ExperimentError, match=message):
        describe(CLIP, over, seeds)


def test_values_that_fit_only_together():
    two = {"data.inputs": [[[1.0], [2.0]]], "data.targets": [[[1.0], [2.0]]]}
    assert len(describe(CLIP, two).runs) == 1
    check_builds(describe(CLIP, two))
    with pytest.raises(ExperimentError, match=r"data\.targets"):
        check_builds(describe(CLIP, {"data.inputs": [[[1.0], [2.0]]]}))


def test_a_network_that_does_not_fit_is_found_before_anything_runs():
    bare = with_values(CLIP, [("data.targets", []), ("data.trials", [])])
    sweep = describe(bare, {"model.layers": [[{"units": 2}]], "model.weights": [[]]})
    with pytest.raises(ExperimentError, match=r"units"):
        check_builds(sweep)


def test_a_description_reads_back():
    sweep = describe(CLIP, {"optimizer.lr": [1e-7, 3], "model.layers": [[{"units": 1}]]}, 2, max_epochs=5)
    assert from_plain(sweep.as_dict()) == sweep


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("optimizer.lr=1e-3,1e-2", "optimizer.lr", [1e-3, 1e-2]),
        ("optimizer.name=adam,sgd", "optimizer.name", ["adam", "sgd"]),
        ("optimizer.nesterov=true, false", "optimizer.nesterov", [True, False]),
        ("model.layers=[{ units = 1 }],[{ units = 8, activation = 'tanh' }, { units = 1 }]", "model.layers",
         [[{"units": 1}], [{"units": 8, "activation": "tanh"}, {"units": 1}]]),
        ('name="a,b",\'c]\',"\\",["', "name", ["a,b", "c]", '",[']),
        ("data.features=['Height','Weight'],[\"Gender\"]", "data.features", [["Height", "Weight"], ["Gender"]]),
        ("training.batch_size=8", "training.batch_size", [8]),
    ],
)  # fmt: skip
def test_values_in_toml_syntax(text, key, values):
    assert parse_over(text) == (key, values)


@pytest.mark.parametrize("text", ["", "a", "=1", "a=", "a=1,", "a=[1", "a='x", "a=1]", "a=,1", "a=1 2"])
def test_values_that_can_not_be_read(text):
    with pytest.raises(ExperimentError):
        parse_over(text)


# --- words


def test_values_as_text():
    assert [label(rate) for rate in (1.0, 0.1, 1e-5, 2.5e-4, 0.03)] == ["1", "0.1", "1e-05", "2.5e-04", "0.03"]
    assert [label(number) for number in (1, 16384, 1234567)] == ["1", "16384", "1234567"], "whole numbers are exact"
    assert label([{"units": 128, "activation": "relu"}, {"units": 6, "activation": "softmax"}]) == "128 relu, 6 softmax"
    assert [label(value) for value in (None, True, "adam")] == ["default", "yes", "adam"]
    assert [cell(value) for value in (None, 0.1, "a\nb", [1])] == ["", "0.1", '"a\\nb"', "[1]"]
    assert key_labels(["optimizer.lr", "a.units", "b.units"]) == {
        "optimizer.lr": "learning rate", "a.units": "a.units", "b.units": "b.units",
    }  # fmt: skip
    assert key_labels(["model.layers[1].units", "training.batch_size", "training.l2", "training.huber_delta"]) == {
        "model.layers[1].units": "units of layer 2", "training.batch_size": "batch", "training.l2": "L2 penalty",
        "training.huber_delta": "Huber delta",
    }  # fmt: skip


# --- records


def test_a_record_holds_what_the_run_came_to():
    sweep = describe(held_out(), {"optimizer.lr": [1e-3, 10.0]})
    good, lost = finished(sweep).records
    assert good.final.keys() == {"loss", "error", "val_loss", "val_error"}
    assert good.history.keys() == {"loss", "error", "val_loss", "val_error", "lr"}
    assert good.epochs == len(good.history["val_loss"]) == 4
    assert good.best["val_loss"] == good.history["val_loss"].min()
    assert good.best_epoch == int(np.argmin(good.history["val_loss"])) + 1
    assert good.parameters.keys() == {"W", "b"}
    assert (good.diverged, good.rate, good.seed) == (False, 1e-3, 1)
    assert lost.verdict in ("diverged", "oscillating")


def test_a_run_that_diverges_is_a_result():
    record = run_one(describe(CLIP, {"optimizer.lr": [1.0]}).runs[0])
    assert record.diverged
    assert (record.verdict, record.tone) == ("diverged", "bad")
    assert "rate" not in record.advice
    assert all(np.isfinite(list(record.best.values())))


def test_a_cancelled_run_says_so():
    cancellation = Cancellation()
    cancellation.set()
    record = run_one(describe(CLIP, {"optimizer.lr": [1e-7]}).runs[0], cancellation)
    assert record.stop_reason == "interrupted"


def test_errors_and_specs_and_records_travel_between_processes():
    error = ExperimentError("optimizer.lr", "expected a number > 0", "fast")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    spec = describe(CLIP, {"optimizer.lr": [1.0]}).runs[0]
    assert pickle.loads(pickle.dumps(spec)) == spec
    record = run_one(spec)
    assert same(pickle.loads(pickle.dumps(record)), record)


def of_file(path):
    """A line through the points of a file."""
    changes = [
        ("data", {"source": "csv", "path": str(path), "features": ["x"], "target": "y", "task": "regression"}),
        ("model.weights", []), ("model.layers", [{"units": 1}]), ("training.epochs", 2),
    ]  # fmt: skip
    return with_values(CLIP, changes)


def test_runs_find_relative_files_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "points.csv").write_text("x,y\n1,2\n2,3\n3,5\n")
    monkeypatch.chdir(tmp_path)
    sweep = describe(of_file("points.csv"), {"optimizer.lr": [0.01]})
    moved = sweep.runs[0].portable()
    monkeypatch.chdir("/")
    assert run_one(moved).epochs == 2
    with pytest.raises(ExperimentError, match=r"points\.csv"):
        run_one(sweep.runs[0])


def test_data_is_loaded_once_for_all_runs(monkeypatch):
    loads = []
    read = registry.read

    def counting(*what):
        loads.append(what)
        return read(*what)

    monkeypatch.setattr(registry, "read", counting)
    sweep = describe(held_out(), {"optimizer.lr": [1e-4 * k for k in range(1, 9)], "data.split_seed": [811, 812]})
    check_builds(sweep)
    finished(sweep)
    assert len(loads) == 2


def shared(experiment):
    return engine.build(experiment, keeps_data=True).data


def test_files_that_change_are_read_anew(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1,2\n2,3\n3,5\n")
    chosen = of_file(path)
    first = shared(chosen)
    assert shared(chosen) is first
    path.write_text("x,y\n1,2\n2,3\n3,5\n4,6\n")
    assert len(shared(chosen).X_train) == 4


# --- ranking and table


def test_the_best_first_and_the_diverged_last():
    records = finished(describe(CLIP, {"optimizer.lr": [1.0, 1e-5, 1e-8, 1e-6]}, max_epochs=200)).records
    order = [record.rate for record in ranked(records)]
    assert order[-1] == 1.0
    assert [record.best["loss"] for record in ranked(records)[:3]] == sorted(r.best["loss"] for r in records[1:])
    lines = table(records).splitlines()
    assert lines[0].split()[:2] == ["learning", "rate"]
    assert len(lines) == 5
    assert "Diverged" in lines[-1]
    assert table(records, most=2).splitlines()[-1] == "and 2 more"


def test_losses_that_are_swept_are_not_compared():
    records = finished(describe(CLIP, {"training.loss": ["mse", "half_mse"]}, max_epochs=3)).records
    assert ranking_metric(records) == "error"
    assert ranking_metric(finished(describe(held_out(), seeds=2)).records) == "val_loss"


# --- jobs


def test_what_is_known_is_not_run_again():
    sweep = describe(CLIP, {"optimizer.lr": [1e-5, 1e-6, 1e-7]}, max_epochs=20)
    all_of_them = finished(sweep).records
    again = []
    job = finished(sweep, known=all_of_them[:2], on_record=again.append)
    assert [record.name for record in again] == [all_of_them[2].name]
    assert len(job.records) == len(sweep.runs)
    assert job.progress.done == job.progress.total == 3


@pytest.mark.parametrize("executor", [executors.threads, executors.processes])
def test_cancel_keeps_what_is_done_and_ends_soon(executor):
    changes = [("stop.min_steps", 10**9), ("training.epochs", 10**8)]
    endless = with_values(CLIP, changes)
    sweep = describe(endless, {"optimizer.lr": [1.0, 1e-6, 1e-7, 1e-8, 1e-9]})
    arrived, ended = threading.Event(), threading.Event()
    job = SweepJob(
        sweep, lambda: executor(2), on_record=lambda record: arrived.set(), on_end=lambda error: ended.set()
    )  # fmt: skip
    job.start()
    assert arrived.wait(30)
    job.cancel()
    assert ended.wait(20)
    assert job.join(5)
    assert [record.rate for record in job.records] == [1.0]
    assert job.cancelled
    assert not job.failures


def test_a_run_that_fails_does_not_stop_the_others(monkeypatch):
    sweep = describe(CLIP, {"optimizer.lr": [1e-5, 1e-6, 1e-7]}, max_epochs=5)

    class Failing(ThreadPoolExecutor):
        def submit(self, fn, spec, *rest):
            return super().submit((lambda *_: 1 // 0) if spec.index == 1 else fn, spec, *rest)

    job = SweepJob(sweep, lambda: Failing(2))
    job.run()
    reason = "ZeroDivisionError: integer division or modulo by zero"
    assert [record.error for record in job.records] == ["", reason, ""]
    assert [(failure.spec.index, failure.reason) for failure in job.failures] == [(1, reason)]


def test_a_run_that_can_not_go_on_is_a_row_with_its_reason():
    expression = [("schedule.name", "expression"), ("schedule.expression", "0.01 * abs(step - 13)")]
    without_rate = with_values(CLIP, [*expression, ("schedule.per", "step"), ("training.epochs", 5)])
    kept = []
    job = SweepJob(
        describe(without_rate, {"training.bias_rule": ["delta", "as_input"]}), lambda: executors.threads(2),
        on_record=kept.append,
    )  # fmt: skip
    job.run()
    assert len(kept) == len(job.failures) == 2
    for record in job.records:
        assert "schedule.expression" in record.error
        assert (record.word, record.final, record.best, record.steps) == ("failed", {}, {}, 13)
    assert "2 failed" in outcome(job.records) or "Failed at" in outcome(job.records)
    assert table(job.records).count("Failed: schedule.expression") == 2


def test_what_can_not_be_kept_ends_the_sweep():
    sweep = describe(CLIP, {"optimizer.lr": [1e-5 * k for k in range(1, 30)]}, max_epochs=5)

    def full(record):
        raise OSError(28, "No space left on device")

    ended = []
    job = SweepJob(sweep, lambda: executors.threads(2), on_record=full, on_end=ended.append)
    with pytest.raises(OSError, match="No space left"):
        job.run()
    job.start()
    assert job.join(20)
    assert isinstance(ended[0], OSError) or ended == [None]
