"""A sweep's folder: whole, resumed after any interruption, and never mixed up with another sweep's."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import with_value, with_values
from lrsim.sweep import executors
from lrsim.sweep.folder import CURVES, MANIFEST, RESULTS, SweepFolder
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from tests.sweep import records

CLIP = files.load("clip250")
SWEEP = describe(CLIP, {"optimizer.lr": [1e-5, 1.0, 1e-7], "training.bias_rule": ["delta", "as_input"]}, max_epochs=9)


def records_of(sweep):
    job = SweepJob(sweep, lambda: executors.threads(2))
    job.run()
    return job.records


RECORDS = records_of(SWEEP)


def same(found, expected):
    assert [record.name for record in found] == [record.name for record in expected]
    assert all(records.same(a, b) and a.seconds == b.seconds for a, b in zip(found, expected))


def rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def written(tmp_path):
    with SweepFolder(tmp_path / "sweep", SWEEP) as folder:
        for record in RECORDS:
            folder.add(record)
    return tmp_path / "sweep"


def test_every_number_reads_back_to_the_same_float(written):
    with SweepFolder(written, SWEEP) as folder:
        same(folder.records, RECORDS)


def test_what_the_files_hold(written):
    results, curves = rows(written / RESULTS), rows(written / CURVES)
    assert results[0][:3] == ["optimizer.lr", "training.bias_rule", "seed"]
    assert {"final_loss", "best_loss", "best_epoch", "verdict", "seconds"} <= set(results[0])
    assert len(results) == 1 + len(RECORDS)
    assert curves[0][:5] == ["optimizer.lr", "training.bias_rule", "seed", "epoch", "loss"]
    assert len(curves) == 1 + sum(record.epochs for record in RECORDS)
    by_name = dict(zip(results[0], results[1]))
    assert float(by_name["final_loss"]) == RECORDS[0].final["loss"]
    assert by_name["final_val_loss"] == ""
    assert by_name["verdict"] == RECORDS[0].verdict


def test_each_run_is_on_disk_when_it_was_added(tmp_path):
    with SweepFolder(tmp_path, SWEEP) as folder:
        for count, record in enumerate(RECORDS, start=1):
            folder.add(record)
            assert len(rows(tmp_path / RESULTS)) == 1 + count


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([RESULTS, CURVES]), share=st.floats(0, 1))
def test_files_cut_off_anywhere_are_mended(written, name, share):
    """As after a crash: what is whole is kept, the rest is run again, and then all is as it was."""
    folder = written.parent / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written, folder)
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: round(share * len(data))])
    with SweepFolder(folder, SWEEP) as found:
        same(found.records, [RECORDS[record.index] for record in found.records])
        have = {record.index for record in found.records}
        for record in RECORDS:
            if record.index not in have:
                found.add(record)
    with SweepFolder(folder, SWEEP) as found:
        same(found.records, RECORDS)
    assert len(rows(folder / RESULTS)) == 1 + len(RECORDS)
    assert len(rows(folder / CURVES)) == 1 + sum(record.epochs for record in RECORDS)


def test_a_torn_number_is_not_taken_for_a_whole_one(written):
    path = written / RESULTS
    path.write_bytes(path.read_bytes()[:-2])
    with SweepFolder(written, SWEEP) as folder:
        assert len(folder.records) == len(RECORDS) - 1
    assert path.read_bytes().endswith(b"\n")


def test_a_curve_without_its_result_is_dropped(tmp_path):
    with SweepFolder(tmp_path, SWEEP) as folder:
        folder.add(RECORDS[0])
    results = (tmp_path / RESULTS).read_bytes()
    with SweepFolder(tmp_path, SWEEP) as folder:
        folder.add(RECORDS[2])
    (tmp_path / RESULTS).write_bytes(results)
    with SweepFolder(tmp_path, SWEEP) as folder:
        same(folder.records, RECORDS[:1])
    assert len(rows(tmp_path / CURVES)) == 1 + RECORDS[0].epochs


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (describe(CLIP, {"optimizer.lr": [1e-5]}, max_epochs=9), "other keys or values"),
        (describe(CLIP, SWEEP.over, 2, max_epochs=9), "other seeds"),
        (describe(CLIP, SWEEP.over, max_epochs=8), "another number of epochs"),
        (describe(with_value(CLIP, "stop.min_steps", 1), SWEEP.over, max_epochs=9), "another experiment"),
    ],
)
def test_another_sweep_is_refused(written, other, what):
    before = {name: (written / name).read_bytes() for name in os.listdir(written)}
    with pytest.raises(ExperimentError, match=rf"belongs to another sweep \({what}\)"):
        SweepFolder(written, other)
    assert {name: (written / name).read_bytes() for name in os.listdir(written)} == before


def test_another_description_makes_no_other_sweep(written):
    words = [
        ("description", "new words"),
        ("name", "new"),
        ("claim", "none"),
        ("source", "unknown"),
        ("sweep.seeds", 3),
    ]
    renamed = with_values(CLIP, words)
    with SweepFolder(written, describe(renamed, SWEEP.over, max_epochs=9)) as folder:
        assert len(folder.records) == len(RECORDS)


def test_a_folder_is_held_by_one_process_at_a_time(written):
    with SweepFolder(written, SWEEP), pytest.raises(ExperimentError, match="another process runs a sweep"):
        SweepFolder(written, SWEEP)
    SweepFolder(written, SWEEP).close()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"format": 99}', b'{"format": 2, "made_by": {}, "experiment": {}, "over": 3}'],
)
def test_a_manifest_that_is_none(tmp_path, content):
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(ExperimentError, match=rf"{MANIFEST}: (can't be read|written by another)"):
        SweepFolder(tmp_path, SWEEP)


def test_places_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / RESULTS).write_text("not ours")
    for path, reason in (("file", "is no folder"), ("file/below", "can't be written"), ("a\0b", "can't be written"),
                         ("others", "holds results but no sweep.json")):  # fmt: skip
        with pytest.raises(ExperimentError, match=reason) as caught:
            SweepFolder(tmp_path / path, SWEEP)
        assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ExperimentError, match="the name is empty"):
        SweepFolder("", SWEEP)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_again_and_again_nothing_is_lost_and_nothing_runs_twice(tmp_path):
    rates = ",".join(f"{k}e-8" for k in range(1, 31))
    words = ["clip250", "--over", f"optimizer.lr={rates}", "--set", "stop.min_steps=1000000", "--epochs", "2000"]
    command = [sys.executable, "-m", "lrsim", "sweep", *words, "--jobs", "2", "--out", str(tmp_path / "a")]
    results = tmp_path / "a" / RESULTS
    survived: dict[str, list[str]] = {}
    for kill_at in (2, 9, 18):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if results.exists() and results.read_bytes().count(b"\n") > kill_at:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        finished = {line.split(",")[0]: line.split(",") for line in results.read_text().split("\n")[1:-1]}
        assert survived.items() <= finished.items(), "a finished run was lost or run again"
        survived = finished
    sweep = describe(
        with_value(CLIP, "stop.min_steps", 1000000),
        {"optimizer.lr": [float(rate) for rate in rates.split(",")]}, max_epochs=2000,
    )  # fmt: skip
    expected = records_of(sweep)
    with SweepFolder(tmp_path / "a", sweep) as folder:
        assert 0 < len(folder.records) < 30
        job = SweepJob(sweep, lambda: executors.threads(2), known=folder.records, on_record=folder.add)
        job.run()
    with SweepFolder(tmp_path / "a", sweep) as folder:
        assert all(records.same(a, b) for a, b in zip(folder.records, expected, strict=True))
        kept = {record.name: record.seconds for record in folder.records}
    column = rows(results)[0].index("seconds")
    for row in survived.values():
        if len(row) > column:
            assert float(row[column]) in kept.values()
    assert np.isfinite(list(kept.values())).all()
