"""What a small picture of an experiment shows, as plain numbers: some of its samples, and its schedule."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.data.encode import coding_for, task_of
from lrsim.data.samples import Samples
from lrsim.data.sources import registry
from lrsim.data.spec import DataSpec
from lrsim.experiment.specs import Experiment
from lrsim.schedules.timeline import RateTimeline

MOST_POINTS = 120
IMAGES = (2, 3)
"""Rows and columns of images."""
RATES = 64
MARGIN = 0.06


def _nothing() -> Floats:
    return np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Sketch:
    """All in a square from 0 to 1, y upwards; whatever there is none of is empty.

    Attributes
    ----------
    points
        Shape (n, 2).
    kinds
        Class of each point, shape (n,); all 0 where there are none.
    heights
        0 to 1 for each point of a regression of two inputs; empty otherwise.
    classes
        How many there are; 0 for a regression.
    line
        What the data is meant to teach, shape (m, 2).
    images
        Brightness 0 to 1, shape (k, height, width).
    rate
        The rate over the whole training as shares of its span, shape (m,).
    """

    points: Floats = field(default_factory=_nothing)
    kinds: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    heights: Floats = field(default_factory=lambda: np.zeros(0))
    classes: int = 0
    line: Floats = field(default_factory=_nothing)
    images: Floats = field(default_factory=lambda: np.zeros((0, 1, 1)))
    rate: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def empty(self) -> bool:
        """Whether there is no data to be seen."""
        return not len(self.points) and not len(self.images)


def takes_long(experiment: Experiment) -> bool:
    """Whether its picture should wait until the others are made."""
    return registry.source_of(experiment.data.source).slow


def sketch_of(experiment: Experiment) -> Sketch:
    """What there is to be seen of an experiment; data that can't be read leaves its place empty."""
    sketch = Sketch()
    rows = 0
    last = experiment.model.layers[-1]
    try:
        coding = coding_for(experiment.training.loss, last.units, last.activation, experiment.data.task)
        samples = registry.read(experiment.data, task_of(experiment.data, coding))
        rows, sketch = len(samples.inputs), _of_samples(samples)
    except ExperimentError:
        pass
    return replace(sketch, rate=_rates(experiment, max(rows, 1)))


def sketch_of_data(spec: DataSpec) -> Sketch:
    """The samples of a source of points, as classes."""
    try:
        return _of_samples(registry.read(spec, "classification"))
    except ExperimentError:
        return Sketch()


def _of_samples(samples: Samples) -> Sketch:
    if samples.image is not None:
        wanted = IMAGES[0] * IMAGES[1]
        images = samples.inputs[:wanted].reshape(-1, *samples.image)
        return Sketch(images=images / (samples.divisor if samples.divisor != 1 else max(float(images.max()), 1e-9)))
    chosen = slice(None, None, -(-len(samples.inputs) // MOST_POINTS) or 1)
    inputs = np.asarray(samples.inputs[chosen], dtype=np.float64) / samples.divisor
    if samples.codes is not None and inputs.shape[1] >= 2:
        return Sketch(
            points=_in_square(inputs[:, :2], samples.domain), kinds=samples.codes[chosen], classes=len(samples.classes)
        )
    heights = np.asarray(samples.codes if samples.values is None else samples.values[:, 0], dtype=np.float64)[chosen]
    if inputs.shape[1] >= 2:
        points = _in_square(inputs[:, :2], samples.domain)
        shares = _shares(heights, heights.min(), heights.max())
        return Sketch(points=points, kinds=np.zeros(len(points), dtype=np.intp), heights=shares)
    return _of_one_input(samples, inputs[:, 0], heights)


def _of_one_input(samples: Samples, inputs: Floats, heights: Floats) -> Sketch:
    points = np.column_stack((inputs, heights))
    line = _nothing()
    if samples.wanted is not None:
        x = np.linspace(inputs.min(), inputs.max(), RATES)
        line = np.column_stack((x, samples.wanted(x)))
    both = _in_square(np.concatenate((points, line)), ())
    return Sketch(points=both[: len(points)], kinds=np.zeros(len(points), dtype=np.intp), line=both[len(points) :])


def _in_square(points: Floats, domain: tuple[tuple[float, float], ...]) -> Floats:
    low = np.array([pair[0] for pair in domain]) if domain else points.min(axis=0)
    high = np.array([pair[1] for pair in domain]) if domain else points.max(axis=0)
    return MARGIN + (1 - 2 * MARGIN) * _shares(points, low, high)


def _shares(values: Floats, low: Floats, high: Floats) -> Floats:
    """Where values lie between two ends, 0 to 1; halves, as the span of the largest numbers is none any more."""
    span = high / 2 - low / 2
    with np.errstate(all="ignore"):
        shares: Floats = np.clip(np.nan_to_num((values / 2 - low / 2) / np.where(span > 0, span, 1.0)), 0.0, 1.0)
    return shares


def _rates(experiment: Experiment, rows: int) -> Floats:
    """The rate over all epochs, where a schedule changes it."""
    trained = max(rows - round(rows * experiment.data.test_fraction), 1)
    steps_per_epoch = -(-trained // min(experiment.training.batch_size, trained))
    total = steps_per_epoch * experiment.training.epochs
    bases = ((0, experiment.optimizer.lr),)
    try:
        line = RateTimeline(experiment.schedule, EpochGrid.uniform(steps_per_epoch, total), bases)
        rates = line.at(np.linspace(0, total - 1, RATES).astype(np.int64))
    except ExperimentError:
        return np.zeros(0)
    if not np.isfinite(rates).all() or np.ptp(rates) <= 1e-9 * np.abs(rates).max():
        return np.zeros(0)
    shares: Floats = rates / rates.max()
    return shares


def few(spec: DataSpec) -> DataSpec:
    """The same source with as many samples as a picture shows."""
    return msgspec.structs.replace(spec, samples=min(spec.samples, MOST_POINTS))
