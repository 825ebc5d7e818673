"""Rows of a sweep's folder are those that this version computed on this data, and as they were written, or not used."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.sweep import origin
from lrsim.sweep.folder import CURVES, MANIFEST, RESULTS, SweepFolder
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from lrsim.sweep.record import run_one
from tests.sweep.records import same

CLIP = files.load("clip250")
SWEEP = describe(CLIP, {"optimizer.lr": [1e-5, 1.0, 1e-7]}, max_epochs=4)
RECORDS = [run_one(spec) for spec in SWEEP.runs]


def write(path, sweep=SWEEP, records=RECORDS):
    with SweepFolder(path, sweep) as folder:
        for record in records:
            folder.add(record)
    return path


@pytest.fixture
def written(tmp_path):
    return write(tmp_path / "sweep")


def test_the_manifest_says_by_what_and_on_what(written):
    manifest = json.loads((written / MANIFEST).read_text())
    assert manifest["made_by"].keys() == {"lrsim", "numpy", "python", "simd"}
    assert manifest["data"] == [RECORDS[0].origin.data]
    assert manifest["over"] == [["optimizer.lr", [1e-5, 1.0, 1e-7]]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([RESULTS, CURVES]), share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_is_taken_over(written, name, share, bit):
    folder = written.parent / "flipped"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written, folder)
    data = bytearray((folder / name).read_bytes())
    place = int(share * len(data))
    header = place < data.index(b"\n")
    data[place] ^= 1 << bit
    (folder / name).write_bytes(data)
    with SweepFolder(folder, SWEEP) as found:
        assert all(same(record, RECORDS[record.index]) for record in found.records)
        assert header or len(found.records) < len(RECORDS)
        assert header or found.notices
        for record in RECORDS:
            if record.index not in [kept.index for kept in found.records]:
                found.add(record)
    with SweepFolder(folder, SWEEP) as found:
        assert [record.index for record in found.records] == [0, 1, 2]
        assert found.notices == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [(RESULTS, ",plateaued,", ",wonderful,"), (RESULTS, ",24,6,", ",-5,6,"), (CURVES, "1e-05,1,2,", "1e-05,1,3,")],
)
def test_figures_that_were_changed_are_run_again_and_it_is_said(written, name, before, after):
    text = (written / name).read_text()
    row = RECORDS[0]
    before = before.replace("plateaued", row.verdict)
    assert before in text
    (written / name).write_text(text.replace(before, after, 1))
    with SweepFolder(written, SWEEP) as found:
        assert row.index not in [record.index for record in found.records]
        assert found.notices == [
            f"{written}: {row.name} is damaged in {RESULTS} or {CURVES} and is run again"
        ]  # fmt: skip


def test_a_chart_of_a_row_that_is_gone_goes_with_it(written):
    chart = written / f"{RECORDS[1].name}.png"
    chart.write_bytes(b"of the row before")
    with SweepFolder(written, SWEEP) as folder:
        assert chart.exists()
        folder.add(RECORDS[1])
    assert not chart.exists()


def contents(path):
    return {item.name: item.read_bytes() for item in path.iterdir()}


def test_rows_of_another_version_are_refused_by_name(written, monkeypatch):
    before = contents(written)
    monkeypatch.setattr(origin.made_by, "__defaults__", ("9.9.9", "2.0"))
    with pytest.raises(ExperimentError) as caught:
        SweepFolder(written, SWEEP)
    assert str(caught.value) == (
        f"{written}: {', '.join(record.name for record in RECORDS)} were computed by {RECORDS[0].origin.made_by}, "
        f"this is lrsim 9.9.9, NumPy 2.0; expected another folder, or this one without {RESULTS} to run all again"
    )
    assert contents(written) == before
    (written / RESULTS).unlink()
    with SweepFolder(written, SWEEP) as folder:
        assert folder.records == []
        assert folder.notices == []


def test_other_columns_of_another_version_are_refused(written, monkeypatch):
    text = (written / RESULTS).read_text()
    (written / RESULTS).write_text(text.replace("final_loss", "end_loss", 1))
    monkeypatch.setattr(origin.made_by, "__defaults__", ("9.9.9", "2.0"))
    with pytest.raises(ExperimentError, match=r"were computed by lrsim .*, this is lrsim 9\.9\.9"):
        SweepFolder(written, SWEEP)


def test_a_folder_from_before_there_were_checksums(written):
    manifest = json.loads((written / MANIFEST).read_text())
    (written / MANIFEST).write_text(json.dumps({**manifest, "format": 1}))
    with pytest.raises(
        ExperimentError, match="written by a version of the program without checksums, expected another"
    ):
        SweepFolder(written, SWEEP)


def test_a_manifest_nested_without_end(written):
    (written / MANIFEST).write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ExperimentError, match=r"sweep\.json: can't be read as a sweep"):
        SweepFolder(written, SWEEP)


@pytest.fixture
def on_a_file(tmp_path):
    """A sweep of a line through the points of a file."""
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1,2\n2,3\n3,5\n")
    data = {"source": "csv", "path": str(path), "features": ["x"], "target": "y", "task": "regression"}
    line = with_values(CLIP, [("data", data), ("model.weights", []), ("model.layers", [{"units": 1}])])
    return path, describe(line, {"optimizer.lr": [0.01, 0.02]}, max_epochs=2)


def test_rows_on_other_data_are_refused_whatever_the_time_of_the_file(on_a_file, tmp_path):
    path, sweep = on_a_file
    write(tmp_path / "out", sweep, [run_one(sweep.runs[0])])
    path.write_text("x,y\n1,2\n2,3\n3,5\n")
    SweepFolder(tmp_path / "out", sweep).close()
    path.write_text("x,y\n1,2\n2,3\n3,50\n")
    with pytest.raises(ExperimentError, match=r"run-optimizer\.lr=0\.01 was computed on other data than there is now"):
        SweepFolder(tmp_path / "out", sweep)


def test_data_that_changes_under_a_sweep_fails_the_run(on_a_file):
    path, sweep = on_a_file

    class Changing(ThreadPoolExecutor):
        def submit(self, fn, spec, *rest):
            return super().submit(changed_first if spec.index == 1 else fn, spec, *rest)

    def changed_first(*words):
        path.write_text("x,y\n1,2\n2,3\n3,9\n")
        return run_one(*words)

    job = SweepJob(sweep, lambda: Changing(1))
    job.run()
    assert [record.error for record in job.records] == ["", "this machine: has other data, expected the same"]


def test_the_digest_tells_data_apart():
    table = {"source": "table", "inputs": [[1.0], [2.0]], "targets": [[3.0], [4.0]]}
    digests = set()
    for change in ({}, {"inputs": [[1.0], [2.5]]}, {"targets": [[3.0], [4.5]]}, {"scale": "standard"},
                   {"test_fraction": 0.5}):  # fmt: skip
        chosen = with_values(CLIP, [("data", {**table, **change})])
        digests.add(origin.Origins().of(chosen).data)
    assert len(digests) == 5
