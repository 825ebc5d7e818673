"""Runs to search rates for, and searches that are carried through."""

from __future__ import annotations

import math

import numpy as np

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.instruments.range_test import RangeSearch
from lrsim.runs import run
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.trials.finder import RateFinder
from lrsim.trials.subject import subject_at_start


def curve(**changes: object) -> Experiment:
    """A network that follows a plane, seven steps an epoch; its rate is far too low."""
    raw = {
        "data": {"source": "plane", "samples": 60, "noise": 0.1, "test_fraction": 0.2, "order": "shuffle"},
        "model": {"layers": [{"units": 6, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
        "training": {"batch_size": 7, "epochs": 30},
        "optimizer": {"lr": 1e-4},
    }
    return with_values(from_dict(raw), [(key.replace("__", "."), value) for key, value in changes.items()])


def wide() -> Experiment:
    """Two layers for which one rate does as well."""
    layers = [{"units": 64, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}]
    return from_dict({
        "data": {"source": "circle", "samples": 60, "noise": 0.1, "test_fraction": 0.2, "order": "shuffle"},
        "model": {"layers": layers, "dtype": "float64"},
        "training": {"loss": "binary_cross_entropy", "batch_size": 7, "epochs": 40},
        "optimizer": {"lr": 0.05},
    })  # fmt: skip


def search(problem: Problem, share: float = 1.0, seconds: float = math.inf) -> RangeSearch:
    """A search from the start, in slices of so many seconds."""
    finder = RateFinder(subject_at_start(problem), 1e-6, 100.0, 50, share)
    while not finder.work(seconds):
        pass
    return finder.result()


def ending(experiment: Experiment, rate: float) -> float:
    """The loss that matters over the last tenth of the epochs, of a whole run with a rate."""
    problem = engine.build(with_values(experiment, [("optimizer.lr", rate)]))
    losses = run.run(problem, every_epoch=True).figures.by_name()["val_loss" if problem.validates else "loss"]
    return float(np.mean(losses[-max(1, round(len(losses) / 10)) :]))
