"""Files are whole or not there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from lrsim.common.output import MACHINE, Output, write_bytes
from lrsim.common.validation import ExperimentError


def test_text_and_bytes(tmp_path):
    with Output(str(tmp_path / "a.txt")) as output:
        output.write("µ\n")
    write_bytes(tmp_path / "b.bin", b"\x00\xff")
    assert (tmp_path / "a.txt").read_bytes() == "µ\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\x00\xff"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.bin"]


def test_nothing_changes_before_commit_and_nothing_is_left_without_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    output = Output(str(path))
    output.write("after")
    assert path.read_text() == "before"
    output.discard()
    assert path.read_text() == "before"
    with pytest.raises(ZeroDivisionError), Output(str(path)) as failing:
        failing.write(str(1 // 0))
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_permissions_and_links_are_kept(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("before")
    path.chmod(0o640)
    link.symlink_to(path)
    write_bytes(link, b"after")
    assert link.is_symlink()
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_device_is_written_not_replaced():
    write_bytes("/dev/null", b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("", "the name is empty"), ("missing/a.txt", "no folder"), (".", "is a folder"), ("a\0b", "null"),
     ("file/a.txt", "no folder")],
)  # fmt: skip
def test_paths_that_can_not_be_written(tmp_path, monkeypatch, path, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ExperimentError, match="can't be written: .*" + reason) as caught:
        Output(path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_named():
    with pytest.raises(OSError, match="/dev/full"):
        write_bytes("/dev/full", b"x")


def test_standard_output(capsysbinary):
    with Output("-") as output:
        output.write("one\n")
        output.write(b"two\n")
    assert capsysbinary.readouterr().out == b"one\ntwo\n"


def test_what_killed_processes_left_is_taken_away_by_the_next_that_writes_there(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    kept = [f".a.txt.{MACHINE}-{os.getppid()}.abc.part", f".a.txt.00000000-{gone.pid}.abc.part", ".b.part", "c.part",
            f".a.txt.{MACHINE}-0.abc.part"]  # fmt: skip
    left = [f".a.txt.{MACHINE}-{gone.pid}.abc.part", f".run-x.png.{MACHINE}-{gone.pid}.x_2.part"]
    for name in (*kept, *left):
        (tmp_path / name).touch()
    write_bytes(tmp_path / "new.txt", b"x")
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "new.txt"])


def test_a_temporary_file_names_its_process(tmp_path):
    with Output(str(tmp_path / "a.txt")):
        assert any(f".{MACHINE}-{os.getpid()}." in name for name in os.listdir(tmp_path))
