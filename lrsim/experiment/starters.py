"""An experiment made from data that somebody brings: a last layer and a loss that suit what is to be learnt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lrsim.common.validation import ExperimentError
from lrsim.data.sources import mnist, registry
from lrsim.data.spec import DataSpec
from lrsim.data.table.told import NOTHING, Told
from lrsim.experiment.specs import Experiment, LayerSpec, ModelSpec, OptimizerSpec, TrainingSpec
from lrsim_core import output_needed

HIDDEN = 32
TEST_FRACTION = 0.2
EPOCHS = 100
IMAGE_CLASSES = 10


def from_csv(
    path: str,
    target: str,
    features: Sequence[str],
    task: str,
    scale: str,
    *,
    scale_target: str = "none",
    drop_missing: bool = False,
    told: Told = NOTHING,
) -> Experiment:
    """A small network on a CSV file.

    Parameters
    ----------
    features
        Columns to learn from, at least one.
    task
        ``regression`` or ``classification``.
    scale, scale_target
        ``none``, ``standard`` or ``minmax``; targets that are classes are left as they are.
    drop_missing
        Leave out rows without a value in a column that is used; otherwise they are refused.
    told
        What is known of the file's layout.

    Raises
    ------
    ExperimentError
        The file or the columns can't be used; names the line.
    """
    if not features:
        raise ExperimentError("data.features", "expected at least one column to learn from")
    if target in features:
        raise ExperimentError("data.features", f"{target} is what is to be learnt, expected other columns")
    data = DataSpec(
        source="csv",
        path=path,
        features=tuple(features),
        target=target,
        task=task,
        missing="drop" if drop_missing else "refuse",
        scale=scale,
        scale_target="none" if task == "classification" else scale_target,
        test_fraction=TEST_FRACTION,
        order="shuffle",
        header=told.header,
        delimiter=told.delimiter or None,
        decimal=told.decimal or None,
        encoding=told.encoding or None,
        missing_values=told.missing,
    )
    samples = registry.read(data, task)
    outputs = max(len(samples.classes), 2) if task == "classification" else 1
    return _experiment(Path(path).stem, data, outputs, "cross_entropy" if task == "classification" else "mse")


def from_idx_folder(path: str) -> Experiment:
    """A small network on a folder with the four files of MNIST.

    Raises
    ------
    ExperimentError
        A file is missing or damaged; says which.
    """
    missing = mnist.missing(path)
    if missing:
        raise ExperimentError(path, f"expected the four files of MNIST, missing: {', '.join(missing)}")
    data = DataSpec(
        source="mnist", path=path, task="classification", test_fraction=TEST_FRACTION, split="stratify", order="shuffle"
    )
    return _experiment(Path(path).name, data, IMAGE_CLASSES, "cross_entropy")


def _experiment(name: str, data: DataSpec, outputs: int, loss: str) -> Experiment:
    last = LayerSpec(units=outputs, activation=output_needed(loss) or "linear")
    return Experiment(
        name=name,
        data=data,
        model=ModelSpec(layers=(LayerSpec(units=HIDDEN, activation="relu"), last)),
        training=TrainingSpec(loss=loss, epochs=EPOCHS),
        optimizer=OptimizerSpec(name="adam", lr=0.001),
    )
