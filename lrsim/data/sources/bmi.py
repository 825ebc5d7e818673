"""Heights and weights with the body-mass-index class that they fall into: a file of this project, made by this module.

The limits between the classes are those that the World Health Organization publishes. People are drawn so that no
class is rare; nobody real is among them. ``python -m lrsim.data.sources.bmi FILE`` writes the file anew.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrsim.data.samples import Samples
from lrsim.data.source import Request, Source
from lrsim.data.sources import csv_file

LIMITS = (16.0, 18.5, 25.0, 30.0, 40.0)
CLASSES = ("Extremely weak", "Weak", "Normal", "Overweight", "Obesity", "Extreme obesity")
COLUMNS = ("Height", "Weight", "Index", "Gender")
TARGET = "Index"

ROWS = 400
SEED = 1735
SHARES = (0.06, 0.10, 0.22, 0.20, 0.24, 0.18)
RANGES = ((13.0, 16.0), (16.0, 18.5), (18.5, 25.0), (25.0, 30.0), (30.0, 40.0), (40.0, 55.0))  # kg / m^2
MEAN_HEIGHT = (165.0, 178.0)  # cm, of gender 0 and 1
SPREAD_OF_HEIGHT = 9.0


def index_of(height: NDArray[np.int64], weight: NDArray[np.int64]) -> NDArray[np.intp]:
    """Class 0 to 5 for heights in cm and weights in kg."""
    return np.digitize(weight / (height / 100.0) ** 2, LIMITS)


def generate(rows: int = ROWS, seed: int = SEED) -> NDArray[np.int64]:
    """People as rows of height (cm), weight (kg), class and gender, shape (rows, 4)."""
    rng = np.random.default_rng(seed)
    gender = rng.integers(0, 2, rows)
    height = np.rint(np.clip(rng.normal(np.take(MEAN_HEIGHT, gender), SPREAD_OF_HEIGHT), 140, 205)).astype(np.int64)
    low, high = np.array(RANGES)[rng.choice(len(SHARES), rows, p=SHARES)].T
    weight = np.rint(rng.uniform(low, high) * (height / 100.0) ** 2).astype(np.int64)
    # Whole kilograms can carry a person over a limit, so the class is told from what is written down.
    return np.column_stack((height, weight, index_of(height, weight), gender))


def as_csv(people: NDArray[np.int64]) -> str:
    """The file's text."""
    return "\n".join([",".join(COLUMNS), *(",".join(map(str, row)) for row in people.tolist())]) + "\n"


def read(spec: Request, task: str) -> Samples:
    """Samples from the file that comes with the program, or from `data.path` with the same columns.

    The class is the target unless `data.target` says other.
    """
    with contextlib.ExitStack() as stack:
        if spec.path:
            path = Path(spec.path)
        else:
            own = resources.files("lrsim.resources") / "data" / "bmi.csv"
            path = stack.enter_context(resources.as_file(own))
        samples = csv_file.read_columns(path, spec, task, spec.target or TARGET)
    if samples.codes is None or samples.target_names != (TARGET,):
        return samples
    return replace(samples, classes=tuple(_class_name(label) for label in samples.classes))


def _class_name(label: str) -> str:
    return CLASSES[int(label)] if label.isdecimal() and int(label) < len(CLASSES) else label


def _files(spec: Request) -> list[Path]:
    return [Path(spec.path)] if spec.path else []


BMI = Source(
    name="bmi",
    line="Made-up people: height in cm, weight in kg, gender, and the body-mass-index class that follows.",
    read=read,
    keys=("features", "target", "missing", "limit", "task"),
    example="classification",
    files=_files,
)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_csv(generate()), encoding="utf-8", newline="\n")
