"""MNIST from IDX files: found under all their names, and refused in one line when anything about them is off."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError, FileRefused
from lrsim.data import idx
from lrsim.data.dataset import load_data
from lrsim.data.sources import mnist
from lrsim.data.spec import DataSpec

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = mnist.NAMES


def packed(array: np.ndarray) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def images(n: int) -> np.ndarray:
    return np.arange(n * 6).reshape(n, 2, 3) % 256


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("LRSIM_DATA", raising=False)
    where = tmp_path / "mnist"
    where.mkdir()
    for name, array in ((TRAIN_IMAGES, images(5)), (TRAIN_LABELS, np.array([3, 1, 4, 1, 5])),
                        (TEST_IMAGES, images(2)), (TEST_LABELS, np.array([9, 0]))):  # fmt: skip
        (where / name).write_bytes(packed(array))
    return where


def load(path: Path, on_notice=lambda text: None, **more):
    return load_data(DataSpec(source="mnist", path=str(path), **more), "float32", on_notice=on_notice)


def refusal(path: Path, **more) -> str:
    with pytest.raises(ExperimentError) as caught:
        load(path, **more)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith("data.path: ")
    return str(caught.value)


def test_training_files_come_first_and_pixels_are_shares(folder):
    data = load(folder)
    assert data.X_train.shape == (7, 6)
    assert data.X_train[0].tolist() == [np.float32(value / 255) for value in range(6)]
    assert data.Y_train.argmax(axis=1).tolist() == [3, 1, 4, 1, 5, 9, 0]
    assert data.classes == tuple("0123456789")
    assert data.image == (2, 3)
    assert data.scaler.unscaled(data.X_train[:1]) == pytest.approx(np.arange(6.0)[None], abs=1e-4)
    tail = load(folder, test_fraction=2 / 7, split="tail")
    assert tail.Y_test.argmax(axis=1).tolist() == [9, 0]
    assert load(folder, limit=3).Y_train.shape == (3, 10)


def test_files_may_be_compressed_and_have_a_dot_in_their_name(folder):
    for name in mnist.NAMES:
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / f"{name.replace('-idx', '.idx')}.gz").write_bytes(gzip.compress(content))
    assert load(folder).X_train.shape == (7, 6)


def test_the_usual_places(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("LRSIM_DATA", str(tmp_path))
    assert load_data(DataSpec(source="mnist"), "float32").X_train.shape == (7, 6)
    monkeypatch.delenv("LRSIM_DATA")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *a, **k: tmp_path)
    assert load_data(DataSpec(source="mnist"), "float32").X_train.shape == (7, 6)


def test_missing_files_are_named_with_their_place(folder, tmp_path):
    nowhere = tmp_path / "nowhere"
    message = refusal(nowhere)
    assert message.startswith(f"data.path: {nowhere}: no MNIST files here; put {TRAIN_IMAGES}, ")
    assert "data.download" in message
    (folder / TEST_LABELS).unlink()
    assert f"{folder}: {TEST_LABELS} missing; put" in refusal(folder)
    assert "is a file, expected the folder" in refusal(folder / TRAIN_LABELS)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (TRAIN_IMAGES, lambda old: b"", "cut short"),
        (TRAIN_IMAGES, lambda old: old[:10], "cut short"),
        (TRAIN_IMAGES, lambda old: old[:-1], "cut short, its header announces 30 bytes, it can hold 29"),
        (TRAIN_IMAGES, lambda old: old + b"\0", "holds more than the 30 bytes"),
        (TRAIN_IMAGES, lambda old: b"a,b\n1,2\n" * 9, "not an IDX file"),
        (TRAIN_IMAGES, lambda old: old[:2] + b"\x0d" + old[3:], "expected unsigned bytes (type 08), got \"type 0d\""),
        (TRAIN_IMAGES, lambda old: packed(np.zeros(30)), "expected 3 axes for images, got 1"),
        (TRAIN_LABELS, lambda old: packed(images(5)), "expected 1 axes for labels, got 3"),
        (TRAIN_IMAGES, lambda old: packed(np.zeros((0, 2, 3))), "expected 0 labels, one for each image, got 5"),
        (TRAIN_IMAGES, lambda old: packed(np.zeros((5, 0, 3))), "expected at least one image of at least one pixel"),
        (TRAIN_IMAGES, lambda old: packed(np.zeros((5, 3, 3))), "differ in size: 3 x 3 and 2 x 3"),
        (TRAIN_LABELS, lambda old: packed(np.array([1, 2])), "expected 5 labels, one for each image, got 2"),
        (TEST_LABELS, lambda old: packed(np.array([1, 10])), "label 2: expected a digit from 0 to 9, got 10"),
        (TRAIN_IMAGES, lambda old: packed(np.zeros((5, 2, 300))), "at most 256 x 256 pixels, got 2 x 300"),
        (TEST_IMAGES, lambda old: old[:4] + b"\xff" * 12, "cut short, its header announces 79228162458924105385"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zipped", [False, True])
def test_unsound_files(folder, name, change, expected, zipped):
    content = change((folder / name).read_bytes())
    (folder / name).unlink()
    (folder / (name + ".gz" * zipped)).write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    message = refusal(folder)
    assert (expected if not zipped else expected.split(",")[0]) in message


def test_unsound_gzip_files(folder):
    content = gzip.compress((folder / TRAIN_IMAGES).read_bytes())
    (folder / TRAIN_IMAGES).unlink()
    path = folder / (TRAIN_IMAGES + ".gz")
    path.write_bytes(b"not gzip at all")
    assert "not a sound gzip file" in refusal(folder)
    path.write_bytes(content[:-9])
    assert "ends before its compressed data does" in refusal(folder)
    path.write_bytes(content[:-8] + bytes(4) + content[-4:])
    assert "not a sound gzip file" in refusal(folder)
    path.unlink()
    path.mkdir()
    assert "missing" in refusal(folder)


@pytest.mark.parametrize("announced", [6 * 5, 2**32 - 1])
def test_a_gzip_bomb_is_not_inflated(tmp_path, announced):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, announced) + bytes(50 << 20)))
    tracemalloc.start()
    with pytest.raises(FileRefused, match=r"holds more|cut short"):
        idx.read(path, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@given(st.binary(max_size=80), st.integers(0, 46), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, place, zipped):
    sound = packed(images(5))
    for body in (content, sound[:place] + content + sound[place:], sound[:place] + content[: 46 - place]):
        path = tmp_path_factory.getbasetemp() / ("any.gz" if zipped else "any")
        path.write_bytes(gzip.compress(body)[: 20 + place] if zipped and place % 2 else body)
        with suppress(FileRefused):
            assert idx.read(path, 3).ndim == 3


def test_what_is_written_reads_back(tmp_path):
    array = images(4).astype(np.uint8)
    idx.write(tmp_path / "a.gz", array)
    assert (idx.read(tmp_path / "a.gz", 3) == array).all()
    assert os.listdir(tmp_path) == ["a.gz"]
    with pytest.raises(FileRefused, match="can't be written"):
        idx.write(tmp_path / "none" / "a.gz", array)


def fake_scikit_learn(monkeypatch, fetch_openml) -> None:
    datasets = ModuleType("sklearn.datasets")
    datasets.fetch_openml = fetch_openml
    monkeypatch.setitem(__import__("sys").modules, "sklearn", ModuleType("sklearn"))
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", datasets)


def test_download_happens_only_when_asked_and_is_kept_as_files(tmp_path, monkeypatch, capsys):
    asked = []

    def fetch_openml(name, **more):
        asked.append((name, more["version"]))
        rows = np.zeros((70_000, 784))
        rows[:, 0] = np.arange(70_000) % 256
        return SimpleNamespace(data=rows, target=np.array(list("0123456789") * 7000, dtype=object))

    fake_scikit_learn(monkeypatch, fetch_openml)
    where = tmp_path / "new" / "mnist"
    refusal(where)
    assert asked == []
    told: list[str] = []
    data = load(where, told.append, download=True, limit=100)
    assert asked == [("mnist_784", 1)]
    assert data.X_train[99, 0] == np.float32(99 / 255)
    assert told == [f"fetching MNIST from OpenML into {where}"]
    assert capsys.readouterr() == ("", "")
    assert load(where, download=True, limit=100).Y_train.argmax(axis=1)[:12].tolist() == [*range(10), 0, 1]
    assert asked == [("mnist_784", 1)]
    assert (where / f"{TEST_LABELS}.gz").is_file()


def test_a_failed_download_is_one_line(tmp_path, monkeypatch):
    def fetch_openml(name, **more):
        raise OSError("no route\nto host")

    fake_scikit_learn(monkeypatch, fetch_openml)
    with pytest.raises(ExperimentError, match=r"^data\.download: mnist_784 can't be fetched from OpenML: no route$"):
        load(tmp_path, download=True)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(ExperimentError, match=r"data\.download: needs scikit-learn"):
        load(tmp_path, download=True)


def test_real_mnist():
    path = Path(os.environ.get("LRSIM_DATA", "")) / "mnist"
    if not os.environ.get("LRSIM_DATA") or mnist.missing(str(path)):
        pytest.skip("MNIST's files are not in mnist below the folder that LRSIM_DATA names")
    data = load(path, test_fraction=0.15, split="stratify")
    assert (data.X_train.shape, data.X_test.shape) == ((59_500, 784), (10_500, 784))
    assert (data.X_train.min(), data.X_train.max()) == (0, 1)
    assert data.Y_test.sum(axis=0) == pytest.approx(data.Y_train.sum(axis=0) * 15 / 85, abs=1)
    assert load(path, test_fraction=0.15, split="stratify") is data
