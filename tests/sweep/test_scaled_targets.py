"""Sweeps over the scaling of a target: runs compare by the error in the units of the file, here and after resuming."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from lrsim.experiment.files import from_dict
from lrsim.sweep import executors
from lrsim.sweep.axes import axis_of
from lrsim.sweep.finals import final_curve
from lrsim.sweep.folder import RESULTS, SweepFolder
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from lrsim.sweep.ranking import exploded, ranked, ranking_metric
from lrsim.sweep.report import outcome, table
from lrsim.sweep.words import loss_words
from tests.sweep import records

PRICES = [[210_000.0], [255_000.0], [301_000.0], [349_000.0], [399_000.0], [455_000.0]]
EXPERIMENT = from_dict(
    {
        "data": {
            "source": "table", "inputs": [[k / 5] for k in range(6)], "targets": PRICES, "test_fraction": 1 / 6,
            "split": "tail",
        },
        "model": {"layers": [{"units": 1, "activation": "linear"}], "dtype": "float64"},
        "training": {"loss": "mse", "epochs": 500, "batch_size": 5},
        "optimizer": {"name": "sgd", "lr": 0.3},
    }
)  # fmt: skip
SWEEP = describe(EXPERIMENT, {"data.scale_target": ["none", "standard", "minmax"]})


def records_of(sweep):
    job = SweepJob(sweep, lambda: executors.threads(1))
    job.run()
    return job.records


RUNS = records_of(SWEEP)


def test_the_same_training_has_the_same_error_in_the_units_of_the_file_whatever_the_scaling():
    errors = [run.final["val_error_in_units"] for run in RUNS]
    assert errors[1] == pytest.approx(errors[0], rel=1e-3)
    assert errors[2] == pytest.approx(errors[0], rel=1e-3)
    assert RUNS[0].final["val_error_in_units"] == RUNS[0].final["val_error"]
    assert RUNS[1].final["val_error"] < 1


def test_runs_are_ranked_by_it():
    assert ranking_metric(RUNS) == "val_error_in_units"
    best = [run.best["val_error_in_units"] for run in ranked(RUNS)]
    assert best == sorted(best)
    assert outcome(RUNS).startswith("Best final validation error in the file's units: ")
    assert "final val error in units" in table(RUNS)


def test_it_is_a_column_of_the_table_and_reads_back(tmp_path):
    with SweepFolder(tmp_path, SWEEP) as folder:
        for run in RUNS:
            folder.add(run)
    with open(tmp_path / RESULTS, newline="") as file:
        header, first, *_ = csv.reader(file)
    assert float(first[header.index("final_val_error_in_units")]) == RUNS[0].final["val_error_in_units"]
    with SweepFolder(tmp_path, SWEEP) as folder:
        assert all(records.same(a, b) for a, b in zip(folder.records, RUNS, strict=True))


def test_other_sweeps_have_the_columns_they_had(tmp_path):
    sweep = describe(EXPERIMENT, {"optimizer.lr": [0.1, 0.2]}, max_epochs=2)
    found = records_of(sweep)
    assert not any("in_units" in name for run in found for name in (*run.final, *run.best))
    with SweepFolder(tmp_path, sweep) as folder:
        folder.add(found[0])
    assert "in_units" not in (tmp_path / RESULTS).read_text()


def test_a_loss_says_that_it_is_of_a_scaled_target():
    assert loss_words(RUNS[:1]) == "loss (mean squared error)"
    assert loss_words(RUNS[1:]) == "loss (mean squared error, scaled target)"
    assert loss_words(RUNS) == "loss (mean squared error)"


def test_losses_in_other_units_are_no_explosion_of_the_figure_that_runs_compare_by():
    assert exploded(RUNS) == {0}, "in one frame with the others its curve has a scale of its own"
    assert exploded(RUNS, by_unit=True) == set()
    curve = final_curve(RUNS, axis_of(RUNS, "data.scale_target"))
    assert np.isfinite(curve.figures).all()
    assert curve.lost() == []


def test_what_grew_has_exploded_in_any_unit():
    grown = replace(RUNS[1], history=RUNS[1].history | {"loss": np.array([1.0, 200.0])})
    assert exploded([RUNS[0], grown, RUNS[2]], by_unit=True) == {1}
