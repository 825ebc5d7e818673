"""What is printed: no name steers the terminal, no closed, full or poor stream takes more than its text with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lrsim.cli import screen
from lrsim.cli.main import main

LRSIM = [sys.executable, "-m", "lrsim"]
STEERING = 'name="a\\u001b[31mb\\u009b1m\\u202ec\\nd"'
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def shell(words, **environment):
    command = ["/bin/bash", "-c", f'"$0" -m lrsim {words}', sys.executable]
    return subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)


def test_a_name_does_not_reach_the_terminal_as_a_command(capsys):
    words = ["clip250", "--set", STEERING]
    for command in (["run", *words, "--steps", "2"], ["show", *words],
                    ["sweep", *words, "--seeds", "2", "--epochs", "2"]):  # fmt: skip
        assert main(command) == 0
        out, err = capsys.readouterr()
        assert not set(out + err) & set("\x1b\x9b\u202e")
    assert main(["run", *words, "--steps", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("a\\x1b[31mb\\x9b1m\\u202ec d - ")


def test_letters_are_left_alone():
    text = "Größe µ 日本 क्‍ष 👩‍👧 1 − 2\n"
    assert screen.printable(text) == text


def test_names_beyond_the_letters_of_standard_output():
    words = [*LRSIM, "run", "clip250", "--set", 'name="Größe µ"', "--steps", "2"]
    found = subprocess.run(words, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout.startswith(b"Gr\\xf6\\xdfe \\xb5 - ")
    words = [*LRSIM, "show", "clip250", "--set", 'name="Größe µ"']
    found = subprocess.run(words, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert found.stdout.decode().startswith('name = "Größe µ"')


@pytest.mark.parametrize("command", [["show"], ["run", "--steps", "2"], ["run", "--steps", "2", "--json", "-"]])
def test_words_that_are_no_text_are_refused_where_a_text_is_written(capsys, command):
    status = main([command[0], "clip250", *command[1:], "--set", "name=a\udc80b"])
    out, err = capsys.readouterr()
    if command == ["run", "--steps", "2"]:
        assert (status, err) == (0, "")
        assert out.startswith("a\\udc80b - ")
    else:
        assert (status, out) == (2, "")
        assert "expected a text in UTF-8" in err


@posix
@pytest.mark.parametrize(
    "words", ["run clip250 --steps 3", "show clip250", "presets", "run clip250 --steps 3 --trace -"]
)
def test_a_closed_standard_output(words):
    found = shell(f"{words} >&-")
    assert found.returncode == 1
    assert found.stderr == b"lrsim: error: standard output: bad file descriptor\n"


@posix
def test_files_are_written_though_standard_output_is_closed(tmp_path):
    report = tmp_path / "run.json"
    found = shell(f"run clip250 --steps 3 --json {report} >&- 2>&- <&-")
    assert found.returncode == 1
    assert json.loads(report.read_text())["steps"] == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["run clip250 --steps 3", "show clip250", "run clip250 --steps 3 --trace -",
                                   "sweep clip250 --seeds 2 --epochs 2"])  # fmt: skip
def test_a_full_standard_output_is_named(words):
    found = shell(f"{words} >/dev/full")
    assert found.returncode == 1
    assert found.stderr == b"lrsim: error: standard output: no space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["run", "find-lr"])
def test_a_report_that_can_not_be_written_does_not_take_the_summary_with_it(capsys, command):
    limit = ["--steps", "3"] if command == "run" else ["--points", "5"]
    assert main([command, "clip250", *limit, "--json", "/dev/full"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("clip250 - Is learning rate useful")
    assert len(out.splitlines()) >= 3
    assert err == "lrsim: error: /dev/full: no space left on device\n"


def test_charts_that_can_not_be_written_do_not_take_the_table_with_them(capsys, tmp_path, monkeypatch):
    def full(*words, **options):
        raise OSError(28, "No space left on device", "grid.png")

    monkeypatch.setattr("lrsim.cli.sweep.draw_all", full)
    assert main(["sweep", "clip250", "--seeds", "2", "--epochs", "2", "--out", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert f"2 runs in {tmp_path}" in out
    assert err == "lrsim: error: grid.png: no space left on device\n"
