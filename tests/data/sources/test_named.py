"""Sources that come with the program or with scikit-learn, and what `describe` says of every source."""

from __future__ import annotations

import sys
from importlib import resources

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import load_data
from lrsim.data.describe import describe
from lrsim.data.sources import bmi, mnist
from lrsim.data.sources.registry import SOURCES
from lrsim.data.spec import DataSpec


def test_the_bmi_file_is_what_its_script_makes():
    shipped = (resources.files("lrsim.resources") / "data" / "bmi.csv").read_text(encoding="utf-8")
    assert shipped == bmi.as_csv(bmi.generate())


def test_bmi_classes_follow_the_published_limits():
    height, weight, index, gender = bmi.generate(5000).T
    ratio = weight / (height / 100) ** 2
    for place, low, high in zip(range(6), (0, *bmi.LIMITS), (*bmi.LIMITS, np.inf)):
        inside = ratio[index == place]
        assert len(inside) > 100
        assert low <= inside.min()
        assert inside.max() < high
    assert set(gender) == {0, 1}


def test_bmi_as_regression_and_classification():
    values = load_data(DataSpec(source="bmi"), "float32")
    assert (values.feature_names, values.X_train.shape) == (("Height", "Weight", "Gender"), (400, 3))
    assert set(values.Y_train.ravel()) == set(range(6))
    classes = load_data(DataSpec(source="bmi", task="classification"), "float32")
    assert classes.classes == bmi.CLASSES
    assert (classes.Y_train.argmax(axis=1) == values.Y_train.ravel()).all()
    weight = load_data(DataSpec(source="bmi", target="Weight", features=("Height",)), "float32")
    assert weight.target_names == ("Weight",)


def test_digits():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    data = load_data(DataSpec(source="digits"), "float32")
    assert data.X_train.shape == (1797, 64)
    assert (data.X_train.min(), data.X_train.max()) == (0, 1)
    assert data.Y_train.sum(axis=0).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.image == (8, 8)


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ExperimentError, match=r'data\.source: digits need scikit-learn: pip install "lrsim\[data\]"'):
        load_data(DataSpec(source="digits"), "float32")
    assert "scikit-learn" in describe("digits").absent


@pytest.mark.parametrize("source", [name for name in SOURCES if name not in ("mnist", "digits")])
def test_every_source_is_described(source):
    found = describe(source)
    assert found.text().startswith(f"{source}: ")
    if source not in ("csv", "table"):
        assert found.rows == len(load_data(DataSpec(source=source), "float64").X_train)
        assert sum(rows for _, rows in found.classes) in (0, found.rows)


def test_what_a_description_says():
    text = describe("bmi").text()
    assert "Rows: 400\n" in text
    assert "  Height  145 to 203\n" in text
    assert "Target: Index, 6 classes\n" in text


def test_missing_mnist_says_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LRSIM_DATA", str(tmp_path))
    for name in ("mnist", str(tmp_path / "mnist")):
        (tmp_path / "mnist").mkdir(exist_ok=True)
        text = describe(name).text()
        assert f"No MNIST files in {tmp_path / 'mnist'}; put {mnist.NAMES[0]}, " in text


def test_a_csv_file_is_described_by_its_columns(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Height,Town,Index,Odd,None\n1.5,Ulm,4,1,\n2.5,Bonn,4,a,\n,Ulm,5,2,\n")
    found = describe(str(path))
    assert found.rows == 3
    height, town, index, odd, none = found.features
    assert (height.low, height.high, height.missing) == (1.5, 2.5, 1)
    assert town.values == (("Ulm", 2), ("Bonn", 1))
    assert index.values == (("4", 2), ("5", 1))
    assert odd.problem.startswith("line 3: expected a number")
    assert (none.low, none.missing) == (None, 3)
    for line in ("1.5 to 2.5, 1 missing", "Ulm (2), Bonn (1)", "4 to 5: 4 (2), 5 (1)", "no value in any row"):
        assert line in found.text()


def test_large_numbers_are_named_with_the_keys_that_scale_them(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text("size,price,town,loss\n50,150000,Ulm,-1000\n75,210000,Bonn,3\n")
    scaled = "; data.scale brings inputs, data.scale_target the target to the size of 1."
    assert describe(str(path)).notes == (f"Large numbers: price, loss{scaled}",)
    assert "Target: target, a number, -50 to 250\n" in describe("clip250").text()


def test_unknown_names_are_refused_with_a_hint(tmp_path):
    with pytest.raises(ExperimentError, match="mnst: no such source or file, did you mean mnist"):
        describe("mnst")
    with pytest.raises(ExperimentError, match="no such file"):
        describe(str(tmp_path / "a.csv"))
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ExperimentError, match=r"empty\.csv: is empty"):
        describe(str(tmp_path / "empty.csv"))
