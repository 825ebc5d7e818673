"""A first look at a file: what could be learnt from it."""

from __future__ import annotations

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.data.preview import MOST_CLASSES_GUESSED, preview


@pytest.fixture
def look(tmp_path):
    def at(content: str, rows: int = 20):
        path = tmp_path / "table.csv"
        path.write_text(content)
        return preview(str(path), rows)

    return at


def test_kinds_of_columns(look):
    found = look("n,t,none,odd\n1,a,,1\n2,b,,x\n,c,,2\n")
    assert dict(zip(found.names, found.kinds)) == {"n": "number", "t": "text", "none": "empty", "odd": "mixed"}
    assert found.missing
    assert found.rows == (("1", "a", "", "1"), ("2", "b", "", "x"), ("", "c", "", "2"))


def test_the_target_is_the_last_column_that_can_be_used(look):
    found = look("a,b,none,odd\n1,2,,1\n3,4,,x\n")
    assert (found.target, found.features) == ("b", ("a",))


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([n % MOST_CLASSES_GUESSED for n in range(100)], "classification"),
        ([n % (MOST_CLASSES_GUESSED + 1) for n in range(100)], "regression"),
        ([0.5, 1, 2], "regression"),
        (["yes", "no", "yes"], "classification"),
    ],
)
def test_few_whole_numbers_and_texts_are_classes(look, values, task):
    assert look("a,b\n" + "".join(f"1,{value}\n" for value in values)).task == task


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told(look, delimiter):
    found = look(delimiter.join("ab") + "\n" + delimiter.join("12") + "\n")
    assert (found.delimiter, found.names, found.missing) == (delimiter, ("a", "b"), False)


def test_no_more_rows_than_asked_for_but_all_are_judged(look):
    found = look("a,b\n" + "1,2\n" * 50 + "1,x\n", rows=3)
    assert len(found.rows) == 3
    assert found.kinds == ("number", "mixed")


def test_columns_without_a_name_are_left_out(look):
    found = look("a,,b\n1,2,3\n")
    assert (found.names, found.rows) == (("a", "b"), (("1", "3"),))


def test_what_is_no_table_is_refused_with_its_name(look):
    with pytest.raises(ExperimentError, match=r"table\.csv"):
        look("")
