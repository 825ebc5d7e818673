"""CSV files: what is taken, and for everything else one line that names file, line and column."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset, load_data
from lrsim.data.encode import Coding
from lrsim.data.preview import preview
from lrsim.data.spec import DataSpec
from lrsim.experiment.files import from_dict
from lrsim.training import engine

A = {"features": ("a",)}
PEOPLE = "Height,Weight,Town,Sex,Index\n161,89,Ulm,m,4\n179,127,Bonn,f,4\n172,139,Ulm,f,5\n153,104,Aue,m,5\n"


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "rows.csv"


def load(path: Path, content: str | bytes, target: str = "Index", coding: Coding | None = None, **more) -> Dataset:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    spec = DataSpec(source="csv", path=str(path), target=target, **more)
    return load_data(spec, "float64", coding or Coding())


def refusal(path: Path, content: str | bytes, **more) -> str:
    with pytest.raises(ExperimentError) as caught:
        load(path, content, **more)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_all_numbers_but_the_target_by_default(file):
    data = load(file, PEOPLE)
    assert data.feature_names == ("Height", "Weight")
    assert data.target_names == ("Index",)
    assert data.X_train.tolist() == [[161, 89], [179, 127], [172, 139], [153, 104]]
    assert data.Y_train.ravel().tolist() == [4, 4, 5, 5]
    assert data.notes == ("Not used, since they hold no numbers: Town, Sex.",)


def test_features_in_the_order_asked_for_and_texts_as_columns(file):
    data = load(file, PEOPLE, features=("Sex", "Town", "Height"))
    assert data.feature_names == ("Sex = m", "Town = Aue", "Town = Bonn", "Town = Ulm", "Height")
    assert data.X_train.tolist() == [[1, 0, 0, 1, 161], [0, 0, 1, 0, 179], [0, 0, 0, 1, 172], [1, 1, 0, 0, 153]]
    assert data.notes == ()


def test_classes_from_whole_numbers_and_from_texts(file):
    numbers = load(file, PEOPLE, task="classification", coding=Coding(units=2))
    assert (numbers.classes, numbers.Y_train.tolist()) == (("4", "5"), [[1, 0], [1, 0], [0, 1], [0, 1]])
    texts = load(file, PEOPLE, "Town", task="classification")
    assert texts.classes == ("Aue", "Bonn", "Ulm")
    assert texts.target_names == texts.classes
    assert texts.Y_train.argmax(axis=1).tolist() == [2, 1, 2, 0]


def test_a_negative_class_comes_first(file):
    data = load(file, "x,y\n1,1\n2,-1\n3,10\n", "y", task="classification")
    assert data.classes == ("-1", "1", "10")


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE.replace(",", ";"),
        PEOPLE.replace(",", "\t"),
        PEOPLE.replace("\n", "\r\n"),
        "\ufeff" + PEOPLE,
        "\n\n" + PEOPLE.replace("\n", "\n\n"),
        PEOPLE.replace("161,89", '"161" ,  "89"').replace('"161" ', '"161"'),
        PEOPLE.replace("Ulm", '"Ulm,\nold town"'),
        PEOPLE.rstrip("\n"),
        PEOPLE.replace("161", "1.61e2").replace("89", "+89."),
        "\n".join(line + "," for line in PEOPLE.split("\n")[:-1]),
    ],
)
def test_the_same_table_in_other_dress(file, content):
    data = load(file, content)
    assert data.X_train.tolist() == [[161, 89], [179, 127], [172, 139], [153, 104]]


def test_decimal_commas_where_the_comma_is_free(file):
    data = load(file, "a;b\n1,5;2\n-0,25;1,0e2\n", "b")
    assert (data.X_train.tolist(), data.Y_train.tolist()) == ([[1.5], [-0.25]], [[2], [100]])


def test_rows_with_missing_values_are_refused_or_dropped(file):
    content = PEOPLE.replace("127", "").replace("153", "NA")
    where = f"data.path: {file}: line 3, column Weight: value missing"
    assert refusal(file, content).startswith(where)
    assert load(file, content, features=("Sex",)).X_train.shape == (4, 1)
    data = load(file, content, missing="drop")
    assert data.X_train.tolist() == [[161, 89], [172, 139]]
    assert data.notes[-1] == "2 rows with missing values left out."
    assert load(file, content, features=("Weight",), missing="drop").notes == ("1 row with a missing value left out.",)
    assert "missing in every row" in refusal(file, "a,b\n1,\n,2\n", target="b", missing="drop")


def test_a_missing_text_or_label_counts_too(file):
    content = PEOPLE.replace("Bonn", "")
    assert "line 3, column Town: value missing" in refusal(file, content, features=("Town",))
    assert load(file, content, features=("Town",), missing="drop").feature_names == ("Town = Ulm",)
    labels = load(file, content, "Town", task="classification", missing="drop")
    assert labels.classes == ("Aue", "Ulm")


def test_limit_reads_the_first_rows_alone(file):
    assert load(file, PEOPLE + "broken\n", limit=3).X_train.shape == (3, 2)
    assert "line 6: expected 5 cells" in refusal(file, PEOPLE + "broken\n")


def test_split_and_scaling_apply(file):
    data = load(file, PEOPLE, test_fraction=0.5, split="tail", scale="minmax")
    assert data.X_train.tolist() == [[0, 0], [1, 1]]
    assert data.X_test.shape == (2, 2)
    assert data.scaler.unscaled(data.X_test).tolist() == [[172, 139], [153, 104]]


def test_a_class_without_training_rows_is_mentioned(file):
    data = load(file, PEOPLE, task="classification", test_fraction=0.5, split="tail")
    assert "No training row is of class 5." in data.notes


def test_the_file_is_read_again_when_it_changed(file):
    first = load(file, PEOPLE)
    assert load_data(DataSpec(source="csv", path=str(file), target="Index"), "float64") is first
    assert load(file, PEOPLE + "150,50,Ulm,m,2\n").X_train.shape == (5, 2)


@pytest.mark.parametrize(
    ("content", "more", "expected"),
    [
        (PEOPLE, {"target": ""}, "data.target: missing, expected one of Height, Weight, Town, Sex, Index"),
        (PEOPLE, {"target": "Indx"}, "did you mean Index"),
        (PEOPLE, {"target": "Town"}, "data.target: column Town holds texts, expected numbers for a regression"),
        (PEOPLE, {"features": ("Hight",)}, "data.features[0]: no such column"),
        (PEOPLE, {"features": ("Sex", "Index")}, "data.features[1]: is the target"),
        (PEOPLE, {"features": ("Sex", "Sex")}, "data.features[1]: stands there twice"),
        ("Town,Index\nUlm,1\nBonn,2\n", {}, "data.features: missing"),
        ("", {}, "is empty"),
        ("\n\n \n", {}, "holds no row"),
        ("Height,Index\n", {}, "holds column names alone"),
        ("1,2\n3,4\n", {}, "line 1: expected column names, got numbers"),
        (",,\n1,2,3\n", {}, "line 1: expected column names, got none"),
        ("a,Index\n1,2\n3\n", {}, "line 3: expected 2 cells as in the header, got 1"),
        ("a,Index\n1,2\n\n3,4,5\n", {}, "line 4: expected 2 cells as in the header, got 3"),
        ("a,Index\n1,2\nabc,4\n", A, 'line 3, column a: expected a number as in 1 other row, got "abc"'),
        ("a,Index\n1,2\n1_000,4\n", A, 'line 3, column a: expected a number as in 1 other row, got "1_000"'),
        ("a,Index\n1,2\n٣,4\n", {"features": ("a",)}, "line 3, column a: expected a number as in 1 other row"),
        ("a,Index\n1,2\n0x10,4\n", {"features": ("a",)}, "line 3, column a: expected a number as in 1 other row"),
        ("a,Index\n1,2\ninf,4\n", {"features": ("a",)}, 'line 3, column a: expected a finite number, got "inf"'),
        ("a,Index\n-Infinity,2\n", {"features": ("a",)}, "line 2, column a: expected a finite number"),
        ("a,Index\n1e999,2\n", {"features": ("a",)}, "line 2, column a: expected a finite number"),
        ("a,Index\n1,2\n2,nan\n", {}, "line 3, column Index: value missing"),
        ("a,Index\n,2\n,4\n", {"features": ("a",)}, "column a: holds no value in any row"),
        ("a,Index\n1,3\n2,3\n", {"task": "classification"}, "at least two classes, all rows are of class 3"),
        (b"\xff\xfea\0,\0b\0\n", {}, "can't be read as utf-16 text"),
        (b"a,Index\n1,2\n\xe4,3\n", {"encoding": "utf-8"}, "rows.csv: can't be read as utf-8 text"),
        (b"a,Index\n1,2\n\0\0\0\0,3\n", {}, "line 3: holds a NUL byte"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", {}, "is a picture, expected a table of text"),
        (gzip.compress(PEOPLE.encode(), mtime=0)[:40], {}, "can't be unpacked"),
        (b"a,Index\n" + b"1" * (3 << 20), {}, "line 2: longer than 1048576 characters"),
        ('a,Index\n1,"2\n' + "3,4\n" * 200, {}, "line 2: a quoted cell is not closed"),
        ('a,Index\n1,"2', {}, "line 2: can't be told apart into cells"),
        ('a,Index\n1,"2"3\n', {}, "line 2: can't be told apart into cells"),
        ("a,Index\n" + "".join(f"t{i},{i}\n" for i in range(101)), {"features": ("a",)}, "101 different texts"),
        ("a,Index\n" + "".join(f"1,{i}\n" for i in range(1001)), {"task": "classification"}, "more than 1000 classes"),
        (",".join(f"c{i}" for i in range(10_001)) + "\n", {}, "expected at most 10000 columns, got 10001"),
    ],
)  # fmt: skip
def test_what_can_not_be_used_is_refused_in_one_line(file, content, more, expected):
    assert expected in refusal(file, content, **more)


def test_a_number_too_large_for_the_type_is_named_by_line(file):
    file.write_text("a,Index\n1,2\n1e300,3\n")
    spec = DataSpec(source="csv", path=str(file), target="Index")
    with pytest.raises(ExperimentError, match=r"data\.path: line 3, column a: too large for float32, got 1e\+300"):
        load_data(spec, "float32")
    assert load_data(spec, "float64").X_train[1, 0] == 1e300


def test_paths_that_hold_no_file(tmp_path, file):
    def line(path: str) -> str:
        with pytest.raises(ExperimentError) as caught:
            load_data(DataSpec(source="csv", path=path, target="y"), "float32")
        return str(caught.value)

    file.write_text(PEOPLE)
    assert line("") == "data.path: missing, expected the path of a CSV file"
    assert "is a directory, expected a CSV file" in line(str(tmp_path))
    assert "no such file, did you mean rows.csv" in line(str(tmp_path / "row.csv"))
    assert "no such file" in line(str(tmp_path / "nowhere" / "rows.csv"))
    assert "\0" not in line("a\0b.csv")
    assert "data.path" in line("x" * 5000)
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a pipe or a device" in line(str(tmp_path / "pipe.csv"))
    if os.path.exists("/dev/zero"):
        assert "not a pipe or a device" in line("/dev/zero")


def test_memory_is_bounded_by_the_file(file):
    with file.open("wb") as sparse:
        sparse.seek(1 << 33)
        sparse.write(b"1\n")
    tracemalloc.start()
    with pytest.raises(ExperimentError, match="longer than"):
        load_data(DataSpec(source="csv", path=str(file), target="y"), "float32")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20


def test_columns_of_classes_that_would_fill_the_memory_are_refused(file, monkeypatch):
    monkeypatch.setattr("lrsim.data.samples.MOST_BYTES", 5000)
    rows = "".join(f"t{i % 40},{i}\n" for i in range(80))
    assert "data.limit: 80 rows of 40 numbers take" in refusal(file, "a,Index\n" + rows, features=("a",))
    numbers = "a,Index\n" + "".join(f"{i},{i}\n" for i in range(80))
    assert "data.limit: 80 rows of 81 numbers take" in refusal(file, numbers, task="classification")


def test_columns_that_nobody_wants_may_hold_anything(file):
    content = "a,phone,Index\n1,12,2\n2,12-b,3\n"
    assert "line 3, column phone: expected a number" not in refusal(file, content, features=("phne",))
    assert load(file, content, features=("a",)).X_train.tolist() == [[1], [2]]


def test_a_preview_guesses_target_and_task(file):
    file.write_text("\ufeff" + PEOPLE.replace(",", ";"), encoding="utf-8")
    seen = preview(str(file), 2)
    assert (seen.delimiter, seen.names) == (";", ("Height", "Weight", "Town", "Sex", "Index"))
    assert seen.kinds == ("number", "number", "text", "text", "number")
    assert seen.rows == (("161", "89", "Ulm", "m", "4"), ("179", "127", "Bonn", "f", "4"))
    assert (seen.target, seen.task, seen.features) == ("Index", "classification", ("Height", "Weight"))
    with pytest.raises(ExperimentError, match="no such file"):
        preview(str(file) + "x")


@given(content=st.binary(max_size=200) | st.text("ab,;\t\"\n\r 1.eE-+_nNaA\ufeffé", max_size=200).map(str.encode),
       task=st.sampled_from([None, "classification", "regression"]), missing=st.sampled_from(["refuse", "drop"]),
       scale=st.sampled_from(["none", "standard", "minmax"]))  # fmt: skip
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content, task, missing, scale):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    names = content.split(b"\n")[0].decode("utf-8", "replace").split(",")
    for target in {"a", names[-1].strip()}:
        spec = DataSpec(source="csv", path=str(path), target=target, task=task, missing=missing, scale=scale)
        check(spec)
    try:
        preview(str(path))
    except ExperimentError as error:
        one_line(error)


def one_line(error: ExperimentError) -> None:
    assert len(str(error).splitlines()) == 1
    assert str(error).isprintable()


def check(spec: DataSpec) -> None:
    try:
        data = load_data(spec, "float32")
    except ExperimentError as error:
        one_line(error)
        return
    assert np.isfinite(data.X_train).all()
    assert np.isfinite(data.Y_train).all()
    assert data.X_train.shape == (len(data.Y_train), len(data.feature_names))


@given(st.data())
def test_a_table_survives_the_file(tmp_path_factory, data):
    number = st.floats(-1e30, 1e30).map(float)
    rows = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=30))
    delimiter = data.draw(st.sampled_from(",;\t"))
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_text("".join(delimiter.join(row) + "\n" for row in [("x", "y"), *(map(repr, row) for row in rows)]))
    spec = DataSpec(source="csv", path=str(path), target="y")
    found = load_data(spec, "float64")
    assert np.column_stack((found.X_train, found.Y_train)).tolist() == [list(row) for row in rows]


@given(st.integers(0, len(PEOPLE)), st.binary(min_size=1, max_size=3))
def test_a_damaged_table_is_read_or_refused_in_one_line(tmp_path_factory, place, bytes_put_in):
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(PEOPLE[:place].encode() + bytes_put_in + PEOPLE[place:].encode())
    check(DataSpec(source="csv", path=str(path), target="Index", features=("Height", "Sex")))


def test_the_published_bmi_file(file):
    folder = os.environ.get("LRSIM_DATA", "")
    path = Path(folder) / "bmi_data.csv"
    if not folder or not path.is_file():
        pytest.skip("bmi_data.csv is not in the folder that LRSIM_DATA names")
    spec = {"source": "csv", "path": str(path), "features": ["Height", "Weight", "Gender"], "target": "Index"}
    split = {"test_fraction": 0.25, "split": "tail", "scale": "standard"}
    data = engine.build(from_dict({"data": {**spec, **split}, "model": {"layers": [{"units": 1}]}})).data
    assert (data.X_train.shape, data.X_test.shape) == ((300, 3), (100, 3))
    assert data.X_train.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert (data.Y_train.min(), data.Y_train.max()) == (0, 5)
    classes = load_data(from_dict({"data": {**spec, "task": "classification"},
                                   "model": {"layers": [{"units": 6}]}}).data, "float32")  # fmt: skip
    assert classes.classes == ("0", "1", "2", "3", "4", "5")
    assert classes.Y_train.sum(axis=0).tolist() == [12, 18, 51, 60, 100, 159]
