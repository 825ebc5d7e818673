"""MNIST's 70 000 handwritten digits from a folder of IDX files, fetched from OpenML only when that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError, FileRefused, reason
from lrsim.data import idx, openml
from lrsim.data.samples import Samples
from lrsim.data.source import Notify, Request, Source

PARTS = (("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"))
NAMES = tuple(name for pair in PARTS for name in pair)
DIGITS = 10
MOST_PIXELS = 256  # in each direction
BRIGHTEST = 255.0


def folder(path: str) -> Path:
    """Where the files are looked for: `path`, else ``mnist`` in $LRSIM_DATA, else in the user's data folder."""
    if path:
        return Path(path)
    shared = os.environ.get("LRSIM_DATA", "")
    return (Path(shared) if shared else platformdirs.user_data_path("lrsim", appauthor=False)) / "mnist"


def files(spec: Request) -> list[Path]:
    """Those that are there."""
    return [found for name in NAMES if (found := _find(folder(spec.path), name)) is not None]


def missing(path: str) -> list[str]:
    """Names of the files that are not there."""
    return [name for name in NAMES if _find(folder(path), name) is None]


def absent(path: str) -> str:
    """What is missing at `path` and what to do; empty when all is there."""
    names = missing(path)
    what = "no MNIST files" if len(names) == len(NAMES) else f"no {' and no '.join(names)}"
    return f"{what} in {folder(path)}; {_where_to_put()}" if names else ""


def _where_to_put() -> str:
    return (
        f"put {', '.join(NAMES[:-1])} and {NAMES[-1]} there (also as .gz), "
        "or name their folder in data.path, or set data.download = true"
    )


def fetch(spec: Request, on_notice: Notify) -> None:
    """Fetch what is missing from OpenML where that is allowed."""
    where = folder(spec.path)
    _check_folder(where)
    if spec.download and missing(spec.path):
        on_notice(f"fetching MNIST from OpenML into {where}")
        _download(where)


def read(spec: Request, task: str) -> Samples:
    """All digits, those of the training files first, 784 pixels each.

    Raises
    ------
    FileRefused
        A file is missing (says which and where it goes), is none of IDX, or images and labels do not fit.
    """
    where = folder(spec.path)
    _check_folder(where)
    if names := missing(spec.path):
        what = "no MNIST files here" if len(names) == len(NAMES) else f"{' and '.join(names)} missing"
        raise FileRefused(where, f"{what}; {_where_to_put()}")
    return _read_folder(where)


def _read_folder(where: Path) -> Samples:
    """All digits of a folder that holds all four files; FileRefused where one can't be used."""
    parts = [_part(where, *names) for names in PARTS]
    if parts[0][0].shape[1:] != parts[1][0].shape[1:]:
        sizes = " and ".join("{} x {}".format(*images.shape[1:]) for images, _ in parts)
        raise FileRefused(where, f"training and test images differ in size: {sizes}")
    height, width = parts[0][0].shape[1:]
    images = np.concatenate([images.reshape(len(images), -1) for images, _ in parts])
    return Samples(
        inputs=images,
        divisor=BRIGHTEST,
        codes=np.concatenate([labels for _, labels in parts]).astype(np.intp),
        classes=tuple(map(str, range(DIGITS))),
        feature_names=tuple(f"pixel {row},{column}" for row in range(height) for column in range(width)),
        target_names=("digit",),
        image=(height, width),
    )


def _check_folder(where: Path) -> None:
    try:
        if where.is_file():
            raise FileRefused(where, "is a file, expected the folder of the MNIST files")
    except (OSError, ValueError) as error:
        raise FileRefused(where, f"can't be read: {reason(error)}") from None


def _find(where: Path, name: str) -> Path | None:
    """The file under any of its names: with a hyphen or a dot before ``idx``, plain or compressed."""
    for stem in (name, name.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            path = where / (stem + suffix)
            if path.is_file():
                return path
    return None


def _part(where: Path, images_name: str, labels_name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images_path, labels_path = (_find(where, name) for name in (images_name, labels_name))
    if images_path is None or labels_path is None:
        raise FileRefused(where, f"{images_name} or {labels_name} has vanished")
    labels = idx.read(labels_path, 1)
    images = idx.read(images_path, 3)
    if len(images) != len(labels):
        raise FileRefused(labels_path, f"expected {len(images)} labels, one for each image, got {len(labels)}")
    if images.size == 0:
        raise FileRefused(images_path, "expected at least one image of at least one pixel")
    if max(images.shape[1:]) > MOST_PIXELS:
        size = "{} x {}".format(*images.shape[1:])
        raise FileRefused(images_path, f"expected images of at most {MOST_PIXELS} x {MOST_PIXELS} pixels, got {size}")
    if (labels >= DIGITS).any():
        row = int(np.argmax(labels >= DIGITS))
        raise FileRefused(labels_path, f"label {row + 1}: expected a digit from 0 to 9", int(labels[row]))
    return images, labels


def _download(where: Path) -> None:
    """Fetch MNIST once and keep it as IDX files, which later runs read without a network."""
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileRefused(where, f"can't be made: {reason(error)}") from None
    images, labels = openml.fetch("mnist_784", where)
    if images.shape != (70_000, 784) or labels.shape != (70_000,) or images.max() > 255 or labels.max() >= DIGITS:
        raise ExperimentError("data.download", f"expected 70000 digits of 784 pixels from OpenML, got {images.shape}")
    rows = np.split(images.astype(np.uint8).reshape(-1, 28, 28), [60_000])
    for (images_name, labels_name), part, digits in zip(PARTS, rows, np.split(labels.astype(np.uint8), [60_000])):
        idx.write(where / f"{images_name}.gz", part)
        idx.write(where / f"{labels_name}.gz", digits)


MNIST = Source(
    name="mnist",
    line="MNIST's handwritten digits of 28 x 28 pixels: 60000 to train on, then 10000 to test with.",
    read=read,
    keys=("path", "limit", "download", "task"),
    task="classification",
    example="classification",
    files=files,
    absent=absent,
    fetch=fetch,
    slow=True,
)
