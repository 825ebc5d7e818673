"""Tables as people have them, one kind at a time: what is read, what is said of it, and what is refused and why."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError, FileRefused
from lrsim.data.dataset import Dataset, load_data
from lrsim.data.describe import describe
from lrsim.data.spec import DataSpec
from lrsim.data.table.layout import layout_of
from lrsim.data.table.read import Table, read_table
from lrsim.data.table.told import NOTHING, Told


@pytest.fixture
def read(tmp_path):
    def at(content: str | bytes, told: Told = NOTHING, name: str = "some.csv") -> Table:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path, layout_of(path, told), told=told)

    return at


@pytest.fixture
def refusal(read):
    def of(content: str | bytes, told: Told = NOTHING, name: str = "some.csv") -> str:
        with pytest.raises(FileRefused) as caught:
            read(content, told, name)
        return caught.value.what

    return of


@pytest.fixture
def load(tmp_path):
    def at(content: str, target: str = "y", **more) -> Dataset:
        path = tmp_path / "some.csv"
        path.write_text(content)
        return load_data(DataSpec(source="csv", path=str(path), target=target, **more), "float64")

    return at


def plain(table: Table) -> dict[str, list]:
    """Columns as lists: numbers, or texts with None where missing."""
    return {
        name: column.numbers.tolist()
        if column.kind == "number"
        else [None if code < 0 else column.texts[code] for code in column.codes]
        for name, column in table.columns.items()
    }


# --- letters and packing


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_that_leave_no_doubt(read, encoding):
    content = "Größe,y\n1,2\n2,4\n"
    assert plain(read(content.encode(encoding))) == {"Größe": [1, 2], "y": [2, 4]}


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1252", "Größe"), ("cp1251", "Возраст"), ("shift_jis", "年齢"), ("cp1253", "Ηλικία")]
)
def test_other_encodings_are_guessed_and_the_guess_is_said(read, encoding, name):
    table = read(f"{name},y\n1,2\n2,4\n".encode(encoding))
    assert [column.numbers.tolist() for column in table.columns.values()] == [[1, 2], [2, 4]]
    assert "which is a guess" in table.notes[0]
    told = read(f"{name},y\n1,2\n2,4\n".encode(encoding), Told(encoding=encoding))
    assert (list(told.columns), told.notes) == ([name, "y"], ())


def test_files_packed_alone_are_unpacked(read):
    content = b"x,y\n1,2\n2,4\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/table.csv", content)
    assert plain(read(gzip.compress(content), name="some.csv.gz")) == plain(read(packed.getvalue(), name="some.zip"))


def test_what_is_packed_otherwise_is_refused_by_its_kind(refusal):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal(packed.getvalue()) == "is an Excel workbook: save it as CSV"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("b.csv", "x\n1\n")
    assert refusal(packed.getvalue()) == "holds 2 files, expected one table in a zip file"
    assert refusal(gzip.compress(b"x,y\n1,2\n" * 1000)[:-20]).startswith("can't be unpacked")
    assert refusal(b"<!DOCTYPE html><html></html>") == "is a web page or XML, expected a table of text"
    assert refusal(b"%PDF-1.7\n\x80") == "is a PDF document, expected a table of text"


# --- rows and cells


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "   "])
def test_line_ends_and_what_tells_cells_apart(read, ending, delimiter):
    rows = [["x", "y"], ["1", "2"], ["2.5", "4"], ["3", "6"]]
    assert plain(read(ending.join(map(delimiter.join, rows)))) == {"x": [1, 2.5, 3], "y": [2, 4, 6]}


@pytest.mark.parametrize(
    "content",
    [
        'x\tz\tname\n1.0   8\t"two words"\n2.5   9\t"three"\n',  # tabs between names, and some between cells
        "     x  z\ta\nr1\t 1.0 8\t1\nr2  2.5\t9 2\n",
    ],
)
def test_blanks_of_all_kinds_tell_cells_apart(read, content):
    table = plain(read(content))
    assert (table["x"], table["z"]) == ([1, 2.5], [8, 9])


def test_tabs_alone_tell_cells_apart_where_names_or_cells_have_spaces(read):
    table = plain(read("a b\tc\td\n10 000\t1\tone two\n2 500\t3\tthree four\n"))
    assert table == {"a b": [10000, 2500], "c": [1, 3], "d": ["one two", "three four"]}


def test_a_title_above_names_between_tabs_is_no_row_of_names(read):
    table = read("Report of the year\n\nmass\tlength\twidth\tage\tx\n1\t2\t3\t4\t5\n6\t7\t8\t9\t10\n")
    assert list(table.columns) == ["mass", "length", "width", "age", "x"]


def test_names_of_rows_between_tabs_and_names_with_spaces(read):
    table = read("size\tprice in euros\tshare\nrow 1\t4\t43%\t24%\nrow 2\t5\t30%\t98%\nrow 3\t6\t18%\t60%\n")
    assert plain(table) == {"size": [4, 5, 6], "price in euros": [43, 30, 18], "share": [24, 98, 60]}


def test_one_column_of_sentences_is_one_column(read):
    assert list(read("remark\nall is well\nnot so well\n").columns) == ["remark"]


@pytest.mark.parametrize(
    "above", ["sep=;\n", "Report of 2024;\n", "Report\n\nof 2024\n", "# made by a tool\n# again\n"]
)
def test_what_stands_above_the_names_is_passed_over(read, above):
    assert plain(read(above + "x;y\n1,5;2\n2,5;4\n")) == {"x": [1.5, 2.5], "y": [2, 4]}


@pytest.mark.parametrize("end", ["", ","])
def test_titles_above_rows_that_end_with_a_delimiter(read, end):
    table = read(f"Series: 7\n\nSource: (seasonal) rates\nid,year,rate,\nA,1959,5.8{end}\nA,1960,5.1{end}\n")
    assert plain(table) == {"id": ["A", "A"], "year": [1959, 1960], "rate": [5.8, 5.1]}
    assert "2 lines above the table passed over." in table.notes


def test_titles_above_names_of_rows(read):
    assert plain(read("Report of the year\n\nx,y\nr1,1,2\nr2,3,4\n")) == {"x": [1, 3], "y": [2, 4]}


def test_an_empty_corner_above_texts_is_no_title(read):
    assert plain(read(',"content"\n"V1","often?"\n"V2","always?"\n')) == {"content": ["often?", "always?"]}
    assert plain(read("Report,\na,b\nx,y\nz,w\n")) == {"a": ["x", "z"], "b": ["y", "w"]}


def test_titles_above_columns_without_a_value(read):
    table = read("Report\n\na,b,c,d\n1,,,\n,,2,\n3,,1,\n")
    assert {name: column.kind for name, column in table.columns.items()} == dict(zip("abcd", ("number", "empty") * 2))
    assert table.lines.tolist() == [4, 5, 6]


def test_rows_of_two_empty_cells_are_no_comments(read):
    table = read(";\n;\n;3\n", Told(header=False))
    assert table.lines.tolist() == [1, 2, 3]
    assert table.columns["c1"].kind == "empty"
    np.testing.assert_array_equal(table.columns["c2"].numbers, [np.nan, np.nan, 3])


def test_titles_and_comments_are_mentioned(read):
    assert "1 line above the table passed over." in read("Report 2024,\nx,y\n1,6\n").notes
    assert "2 lines of comment passed over." in read("# a\n# b\nx,y\n1,6\n").notes
    assert plain(read("; Written, in 2024,\n; by a tool\n;\nx,y\n1,6\n")) == {"x": [1], "y": [6]}
    assert plain(read("; x; y\nfirst;1;2\nsecond;3;4\n")) == {"x": [1, 3], "y": [2, 4]}


def test_comments_between_rows_and_errors_of_spreadsheets(read):
    table = read("x,y\n1,2\n# checked until here\n#N/A,3\n3,#DIV/0!\n")
    assert table.lines.tolist() == [2, 4, 5]
    assert "1 line of comment between the rows passed over." in table.notes
    assert np.isnan(table.columns["x"].numbers).tolist() == [False, True, False]
    assert np.isnan(table.columns["y"].numbers).tolist() == [False, False, True]


def test_names_in_a_comment_as_numpy_writes_them(read):
    assert plain(read("# x y\n1.0 2.0\n3.0 4.0\n")) == {"x": [1, 3], "y": [2, 4]}


def test_names_of_rows_as_r_writes_them(read):
    table = read('"x","y"\n"a",0.5,6\n"b",0.7,7\n')
    assert plain(table) == {"x": [0.5, 0.7], "y": [6, 7]}
    assert "The first column has no name: it is taken for the names of rows." in table.notes


@pytest.mark.parametrize("content", ["A,B,C\n1,4,7,\n2,5,8,\n", "A,B,C,\n1,4,7\n2,5,8\n", "A,B,C,\n1,4,7,\n2,5,8,\n"])
def test_a_delimiter_at_the_end_of_lines_moves_no_column(read, content):
    assert plain(read(content)) == {"A": [1, 2], "B": [4, 5], "C": [7, 8]}


@pytest.mark.parametrize(
    "content",
    ["5.1,3.5,red\n4.9,3.0,red\n6.2,2.8,blue\n", "39,State,77516\n50,Self,83311\n38,Private,215646\n", "1,2\n3,4\n"],
)
def test_a_first_row_of_data_is_no_header(read, refusal, content):
    assert "set data.header = false" in refusal(content)
    nameless = read(content, Told(header=False))
    assert list(nameless.columns)[:2] == ["c1", "c2"]
    assert len(nameless.lines) == len(content.splitlines())


@pytest.mark.parametrize(
    "content",
    [
        ",60.5,61.5,62.5\n35.2,4,9,1\n35.9,7,3,2\n36.6,1,8,5\n",
        '"","3","2","1"\n"3",40,7,2\n"2",5,60,4\n"1",1,9,30\n',
        ",1990,1995\nbread,22.5,44\nmilk,10.5,15\n",
    ],
)
def test_numbers_name_columns_beside_an_empty_corner(read, content):
    """Counts of two quantities against each other, as R writes them: their values are the names."""
    table = read(content)
    names = [cell.strip('"') for cell in content.partition("\n")[0].split(",")[1:]]
    assert list(table.columns) == names
    assert len(table.lines) == content.count("\n") - 1
    assert any(f"is taken for column names, such as {names[0]}" in note for note in table.notes)


@pytest.mark.parametrize("content", [",5,7\n4,6,1\n9,8,2\n", ",7,5,9\n1,1,1,2\n2,3,1,2\n3,1,1,2\n", ",5\n1,6\n2,7\n"])
def test_a_first_value_that_is_missing_makes_no_corner(refusal, content):
    told = "got numbers; set data.header = false"
    if content == ",5,7\n4,6,1\n9,8,2\n":
        content += "3,1,4\n"  # what goes down is in no order
    assert told in refusal(content)


def test_a_line_of_counts_above_rows_without_names(read, refusal):
    content = "4,3,red,blue\n1,2,3,4,0\n5,6,7,8,1\n9,1,2,3,0\n4,5,6,7,1\n"
    assert "set data.header = false" in refusal(content)
    table = read(content, Told(header=False))
    assert plain(table)["c1"] == [1, 5, 9, 4]
    assert table.notes == ("1 line above the table passed over.",)
    assert "line 2: expected 4 cells" in refusal("1,2,3,4\n5,6\n1,2,3,4\n5,6\n", Told(header=False))
    assert "line 3: expected 2 cells" in refusal("a,1\nb,2\nc\nd,4\ne,5\nf,6\ng,7\nh,8\n", Told(header=False))


def test_years_may_name_columns_and_that_is_said(read):
    table = read("land,2019,2020,2021\nA,1,2,3\nB,4,5,6\n")
    assert list(table.columns) == ["land", "2019", "2020", "2021"]
    assert any("is taken for column names, such as 2019" in note for note in table.notes)


def test_columns_of_the_same_name_are_told_apart(read):
    table = read("a,b,a,a (2),a\n1,2,3,4,5\n")
    assert plain(table) == {"a": [1], "b": [2], "a (3)": [3], "a (2)": [4], "a (4)": [5]}
    assert "Columns of the same name are told apart by a number: a (3), a (4)." in table.notes


def test_names_between_apostrophes(read):
    content = "'dose','note, if any','y'\n1,'weak, at first',2\n3,it's,4\n"
    assert plain(read(content)) == {"dose": [1, 3], "note, if any": ["weak, at first", "it's"], "y": [2, 4]}
    assert list(read("'a' 'b'\n1 2\n3 4\n").columns) == ["a", "b"]
    assert list(read("'a',b\n1,2\n3,4\n").columns) == ["'a'", "b"]


def test_words_below_the_names_are_passed_over(read, load):
    units = read("t,x,kind\ns,m,-\n0,1.5,a\n1,2.5,b\n2,NA,a\n")
    assert plain(units) == {
        "t": [0, 1, 2],
        "x": pytest.approx([1.5, 2.5, np.nan], nan_ok=True),
        "kind": ["a", "b", "a"],
    }
    assert units.lines.tolist() == [3, 4, 5]
    said = "1 line of words below the names passed over, such as units or types; data.header = true takes it for data."
    assert said in units.notes
    assert read("t,x\ns,m\n0,1.5\n1,2.5\n", Told(header=True)).lines.tolist() == [2, 3, 4]
    types = read("x\tz\tkind\nc\tc\td\n\t\tclass\n1\t2\ta\n3\t4\tb\n")
    assert plain(types) == {"x": [1, 3], "z": [2, 4], "kind": ["a", "b"]}
    assert load("t,y\ns,m\n0,1\n1,2\n").X_train.tolist() == [[0], [1]]
    of_texts = read("kind\tsize\nd\ts\n\tclass\na\tbig\nb\tsmall\n")
    assert plain(of_texts) == {"kind": ["a", "b"], "size": ["big", "small"]}


@pytest.mark.parametrize("content", ["x,z\n,NA\n1,2\n3,4\n", "x,z\nbad,5\n1,2\n3,4\n", "x,kind\nbad,a\n1,b\n3,a\n"])
def test_a_first_row_with_a_number_or_without_words_is_one(read, content):
    assert read(content).lines.tolist() == [2, 3, 4]
    assert read("who,x,z\n-,m,s\nBob,,\nAl,1,2\nCy,3,4\n").lines.tolist() == [3, 4, 5]


# --- numbers


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (['"1,234"', "999", "1000"], [1234, 999, 1000]),
        (["999", '"1,234"', "1000"], [999, 1234, 1000]),
        (["7.47%", "3%", "-1%"], [7.47, 3, -1]),
        (["$1200", "$ 5", "-$3"], [1200, 5, -3]),
        (['"$1,200.50"', '"€ 5"', "5 £"], [1200.5, 5, 5]),
        (["1 234", "5", "12 345 678"], [1234, 5, 12345678]),
        (["1", "-", "none"], [1, np.nan, np.nan]),
        (["1", ".", "?"], [1, np.nan, np.nan]),
        (["1", "#NULL!", "N/A"], [1, np.nan, np.nan]),
    ],
)
def test_numbers_as_people_write_them_in_any_order(read, cells, numbers):
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        found = plain(read("x,y\n" + "".join(f"{cells[place]},{place}\n" for place in order)))
        np.testing.assert_array_equal(found["x"], [numbers[place] for place in order])


def test_a_decimal_comma_is_told_by_any_column(read):
    table = read("a;b\n1,5;12.000\n2,25;1.500\n")
    assert plain(table) == {"a": [1.5, 2.25], "b": [12000, 1500]}
    assert any("with a decimal comma" in note for note in table.notes)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(("cell", "point", "comma"), [("1,234", 1234, 1.234), ("1.234", 1.234, 1234)])
def test_what_can_mean_two_numbers_is_said_and_can_be_told(read, delimiter, cell, point, comma):
    content = f"x{delimiter}y\n{cell}{delimiter}2\n999{delimiter}4\n"
    table = read(content)
    assert plain(table)["x"] == [point, 999]
    assert any(note.startswith(f'x: "{cell}" can mean two numbers') for note in table.notes)
    for mark, number in ((".", point), (",", comma)):
        told = read(content, Told(decimal=mark))
        assert plain(told)["x"] == [number, 999]
        assert not any("two numbers" in note for note in told.notes)


def test_words_that_only_look_like_a_mark_are_texts(read):
    table = read("symbol,town,n\nNa,Nan,1\nMg,None,Na\nNA,nan,NaN\nn/a,Ulm,3\n")
    assert plain(table)["symbol"] == ["Na", "Mg", None, None]
    assert plain(table)["town"] == ["Nan", "None", None, "Ulm"]
    np.testing.assert_array_equal(table.columns["n"].numbers, [1, np.nan, np.nan, 3])


def test_own_marks_of_a_missing_value(read):
    assert plain(read("x,y\n-999,1\n2,k.A.\n", Told(missing=("-999", "k.A."))))["y"][0] == 1
    assert np.isnan(plain(read("x,y\n-999,1\n2,3\n", Told(missing=("-999",))))["x"][0])


# --- columns


def test_a_column_of_numbers_and_texts_is_left_out_and_named(load):
    rows = ["123,1,6", "A 45,2,2", "678,3,7"]
    for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        data = load("ticket,z,y\n" + "\n".join(order) + "\n")
        assert data.feature_names == ("z",)
        assert any(note.startswith("Not used: ticket, line ") and '"A 45"' in note for note in data.notes)
    with pytest.raises(ExperimentError, match="line 3, column ticket: expected a number as in 2 other rows"):
        load("ticket,z,y\n" + "\n".join(rows) + "\n", features=("ticket",))


@pytest.mark.parametrize("name", [
    "Id", "PassengerId", "RowNumber", "customer_id", "rownames", "No", "Unnamed: 0", "Serial No.", "Student_ID ", "SNo",
    "customer id#", "ID_code", "employee code", "uid",
])  # fmt: skip
def test_numbers_of_rows_are_left_out_and_named(load, name):
    data = load(f"{name},x,y\n" + "".join(f"{7 * n + 3},{n % 4},{n % 2}\n" for n in range(30)))
    assert data.feature_names == ("x",)
    assert f"Not used, since they only number the rows: {name.strip(' .')}." in data.notes


def test_numbers_of_rows_are_left_out_though_one_is_missing(load):
    data = load("Id,x,y\n" + "".join(f"{'' if n == 7 else n},{n % 4},{n % 2}\n" for n in range(30)))
    assert data.feature_names == ("x",)
    assert len(data.X_train) == 30


@pytest.mark.parametrize("name", ["paid", "valid", "x", "income", "number_of_rooms", "zipped", "цена"])
def test_what_is_not_called_so_is_kept(load, name):
    data = load(f"{name},x2,y\n" + "".join(f"{7 * n + 3},{n % 4},{n % 2}\n" for n in range(30)))
    assert data.feature_names == (name, "x2")


def test_a_column_that_counts_is_kept_and_mentioned(load):
    data = load("t,x,y\n" + "".join(f"{n},{n % 4},{n % 2}\n" for n in range(30)))
    assert data.feature_names == ("t", "x")
    assert any(note.startswith("t counts the rows") for note in data.notes)
    shuffled = load("t,x,y\n" + "".join(f"{n * 7 % 30},{n % 4},{n % 2}\n" for n in range(30)))
    assert any(note.startswith("t counts the rows") for note in shuffled.notes)
    alone = load("t,y\n" + "".join(f"{n},{n % 2}\n" for n in range(30)))
    assert alone.notes == (), "there is no other to learn from"
    few = load("t,x,y\n" + "".join(f"{n},{n % 4},{n % 2}\n" for n in range(8)))
    assert not any("counts the rows" in note for note in few.notes)


def test_another_whole_number_in_each_row_is_kept_and_mentioned(load):
    data = load("ticket,x,y\n" + "".join(f"{n * n + 17},{n % 4},{n % 2}\n" for n in range(30)))
    assert data.feature_names == ("ticket", "x")
    assert (
        "In each row another whole number: ticket; where it only names the row, leave it out of data.features."
        in data.notes
    )
    many = load("a,b,c,d,y\n" + "".join(f"{n * n},{3 * n},{n**3},{5 * n},{n % 2}\n" for n in range(30)))
    assert not any("another whole number" in note for note in many.notes), "counts of something, by their number"
    halves = load("t,x,y\n" + "".join(f"{n * n / 2},{n % 4},{n % 2}\n" for n in range(30)))
    assert halves.notes == ()


def test_what_is_the_same_in_all_rows_is_left_out_and_named(load):
    data = load("a,b,y\n1,1,2\n1,2,3\n1,3,4\n")
    assert data.feature_names == ("b",)
    assert "Not used, since they are the same in all rows: a." in data.notes


def test_the_only_column_stays(load):
    assert load("id,y\n1,2\n2,3\n").feature_names == ("id",)


def test_classes_may_be_any_numbers(load):
    data = load("x,y\n1,0.5\n2,1\n3,0.5\n", task="classification")
    assert data.classes == ("0.5", "1")


def test_the_description_of_a_file_says_what_was_guessed(tmp_path: Path):
    path = tmp_path / "some.csv"
    path.write_text("x|y\n1,234|2\n999|4\n")
    text = describe(str(path)).text()
    assert "Cells are told apart by bars." in text
    assert "can mean two numbers" in text
