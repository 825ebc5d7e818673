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


def test_numbers_of_rows_are_not_proposed_and_that_is_said(look):
    rows = "".join(f"{n},{n % 3},5,{1.5 * n}\n" for n in range(30))
    found = look("Id,kind,same,price\n" + rows)
    assert (found.target, found.features) == ("price", ("kind",))
    assert found.notes == (
        "Not proposed, since they only number the rows: Id.",
        "Not proposed, since they are the same in all rows: same.",
    )


def test_what_may_number_the_rows_is_proposed_with_a_word(look):
    found = look("ticket,t,price\n" + "".join(f"{n * n},{n},{1.5 * n}\n" for n in range(30)))
    assert found.features == ("ticket", "t")
    assert found.notes == (
        "t counts the rows; where it is no more than their number, leave it out of the inputs.",
        "In each row another whole number: ticket; where it only names the row, leave it out of the inputs.",
    )


def test_what_only_numbers_the_rows_is_no_target(look):
    found = look("x,y,same,row_id\n" + "".join(f"{n},{n % 3},1,{n}\n" for n in range(9)))
    assert (found.target, found.task) == ("y", "classification")
    assert look("row_id\n1\n2\n").target == "row_id"
