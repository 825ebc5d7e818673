"""A run that is kept on the command line, and steps of a session that is replayed."""

from __future__ import annotations

import msgspec
import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import RATE_KEY
from lrsim.history import file
from lrsim.session import commands
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session

CHANGES = ("--at", "100", "optimizer.lr=1e-6", "--at", "120", "W=0.5", "--at", "120", "optimizer.lr=2e-6",
           "--at", "500", "optimizer.momentum=0.5")  # fmt: skip


def test_what_was_run_is_replayed_row_by_row(call, tmp_path):
    path = str(tmp_path / "a.lrsim")
    status, trace, _ = call("run", "clip250", *CHANGES, "--steps", "700", "--trace", "-", "--save", path)
    assert status == 0
    status, again, _ = call("replay", path, "--trace", "-")
    assert status == 0
    assert again == trace
    status, part, _ = call("replay", path, "--to", "550", "--trace", "-")
    assert part == "".join(trace.splitlines(keepends=True)[:551])
    status, out, _ = call("replay", path, "--to", "550", "--json", "-")
    told = msgspec.json.decode(out)
    last = part.splitlines()[-1].split(",")
    assert [told["step"], told["of"], told["as_saved"]] == [550, 700, True]
    assert [told["loss"], told["error"], told["parameters"]["W"]] == [float(cell) for cell in last[3:6]]
    status, words, _ = call("replay", path, "--to", "0")
    assert "bit for bit" in words
    assert "W = 0.1" in words


@pytest.mark.parametrize("name", ["circle", "schedule-plateau", "edge-of-stability", "catapult"])
def test_any_run_is_kept_where_it_ended(call, tmp_path, name):
    path = str(tmp_path / "a.lrsim")
    status, out, _ = call("run", name, "--epochs", "3", "--trials", "0", "--json", "-", "--save", path)
    assert status == 0
    status, again, errors = call("replay", path, "--json", "-")
    assert status == 0, errors
    assert msgspec.json.decode(again)["step"] == msgspec.json.decode(out)["steps"]
    assert msgspec.json.decode(again)["as_saved"]


def test_it_opens_as_a_session_and_goes_on(call, tmp_path):
    path = tmp_path / "a.lrsim"
    call("run", "clip250", *CHANGES, "--steps", "700", "--save", str(path))
    session, found = Session(files.load("xor"), trials=0.0), file.read(path)
    session.load(found.experiment, kept=found.kept)
    session.step(100)
    session.settle()
    fresh = Session(files.load("clip250"), trials=0.0)
    for step, keys in ((100, {RATE_KEY: 1e-6}), (120, {"W": 0.5, RATE_KEY: 2e-6}), (500, {"optimizer.momentum": 0.5})):
        fresh.step(step - fresh.snapshot().tip)
        fresh.settle()
        fresh.fork(step, keys)
        fresh.settle()
    fresh.step(300)
    fresh.settle()
    assert session.snapshot().theta.tobytes() == fresh.snapshot().theta.tobytes()


def test_branches_are_found_by_name_and_number(call, tmp_path):
    session = Session(files.load("clip250"), trials=0.0)
    session.step(60)
    session.fork(20, {RATE_KEY: 1e-4})
    session.step(5)
    session.settle()
    session.send(commands.NameBranch(1, "steep"))
    session.settle()
    path = str(tmp_path / "a.lrsim")
    file.write(SessionReader.kept(session.snapshot()), path)
    tips = {
        wanted: msgspec.json.decode(call("replay", path, *words, "--json", "-")[1])["of"]
        for wanted, words in {"shown": (), "0": ("--branch", "0"), "steep": ("--branch", "steep"),
                              "1": ("--branch", "1")}.items()
    }  # fmt: skip
    assert tips == {"shown": 25, "0": 60, "steep": 25, "1": 25}
    status, _, error = call("replay", path, "--branch", "step")
    assert status == 2
    assert error.startswith("lrsim: error: --branch: there is none of that name")
    status, _, error = call("replay", path, "--to", "26")
    assert (status, error) == (2, "lrsim: error: --to: expected at most 25, the last step of the branch, got 26\n")


def test_bad_names_and_files_are_refused_before_anything_is_trained(call, tmp_path):
    status, _, error = call("run", "clip250", "--save", str(tmp_path / "a.zip"))
    assert status == 2
    assert "--save: expected a name that ends in .lrsim" in error
    status, _, error = call("run", "clip250", "--save", str(tmp_path / "nowhere" / "a.lrsim"))
    assert status == 2
    assert "no folder" in error
    (tmp_path / "b.lrsim").write_bytes(b"PK")
    for name, why in (("b.lrsim", "no session file"), ("none.lrsim", "no such file")):
        status, out, error = call("replay", str(tmp_path / name))
        assert (status, out) == (2, "")
        assert why in error
        assert error.count("\n") == 1
