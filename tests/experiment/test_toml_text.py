"""TOML from anywhere: refused in a sentence where it would take minutes, all of the stack, or a device without end."""

from __future__ import annotations

import os
import tomllib
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.cli.main import main
from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.experiment.toml_text import parse

DOTS = "a." * 100_000 + "b"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[training]\nseed = " + "9" * 5000, "not TOML: a whole number of too many digits"),
        ("x = " + "[" * 100_000, "not TOML: nested too deeply"),
        (f"{DOTS} = 1", "line 1, column 1: a key of more than 64 parts"),
        (f"\n[{DOTS}]", "line 2, column 2: a key of more than 64 parts"),
        (f"a = {{ {DOTS} = 1 }}", "column 7: a key of more than 64 parts"),
        ('"a b".' * 100_000 + "c = 1", "a key of more than 64 parts"),
    ],
)
def test_texts_without_measure(tmp_path, capsys, text, what):
    path = tmp_path / "x.toml"
    path.write_text(text)
    assert main(["show", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert what in err


@pytest.mark.parametrize(
    "value", ["9" * 5000, "[" * 500 + "]" * 500, "[" * 9000 + "]" * 9000, "{" + DOTS[:60_000] + "b=1}"]
)
def test_values_without_measure(capsys, value):
    for words in (["run", "--set"], ["sweep", "--over"]):
        assert main([words[0], "clip250", words[1], f"optimizer.lr={value}"]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_dots_that_are_no_key(tmp_path):
    path = tmp_path / "x.toml"
    dots = "." * 500
    path.write_text(f'name = "{dots}"\n# {DOTS}\ndescription = """\n{DOTS} = "\n"""\nclaim = \'{dots}\'\n'
                    + files.to_toml(files.load("clip250")).partition("\n\n")[2])  # fmt: skip
    found = files.load(str(path))
    assert (found.name, found.claim) == (dots, dots)


@given(st.text(alphabet="ab.=\"'#\n\\[]{} 1,", max_size=200))
def test_what_is_read_is_what_tomllib_reads(text):
    def outcome(read):
        try:
            return read(text)
        except tomllib.TOMLDecodeError as error:
            return str(error)

    assert outcome(parse) == outcome(tomllib.loads)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/stdin"])
@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs devices")
def test_devices_are_refused(capsys, path):
    assert main(["show", path]) == 2
    assert capsys.readouterr().err == f"lrsim: error: {path}: expected a TOML file, not a pipe or a device\n"


def test_a_file_that_is_too_large(tmp_path, capsys):
    path = tmp_path / "x.toml"
    with path.open("wb") as file:
        file.truncate((10 << 20) + 1)
    assert main(["show", str(path)]) == 2
    assert "expected a TOML file of at most 10 MB" in capsys.readouterr().err


@given(st.text() | st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cn"]), max_size=20))
def test_any_text_is_written_so_that_it_steers_nothing_and_reads_back(text):
    chosen = with_value(files.load("clip250"), "name", text)
    written = files.to_toml(chosen)
    assert not {c for c in written if category(c) in ("Cc", "Cf", "Zl", "Zp")} - {"\n", "\t"}
    assert files.from_dict(parse(written)) == chosen
