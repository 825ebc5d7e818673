"""What was done to a table is said by every command, and stands in the JSON."""

from __future__ import annotations

import json

import pytest

from lrsim.cli import main as cli

NOTE = "Not used, since they hold no numbers: sex."
DROPPED = "2 rows with missing values left out."


@pytest.fixture
def said(tmp_path, capsys):
    """What a command says on an experiment with gaps and a column of texts: output and errors."""
    table = tmp_path / "gaps.csv"
    table.write_text("age,sex,y\n20,m,1\n,f,0\n30,f,0\n40,m,1\n25,f,0\n,m,1\n33,f,0\n22,m,1\n")
    file = tmp_path / "gaps.toml"
    file.write_text(
        '[data]\nsource = "csv"\npath = "gaps.csv"\ntarget = "y"\nmissing = "drop"\n'
        "[model]\nlayers = [{units = 1}]\n[training]\nepochs = 2\nbatch_size = 2\n[optimizer]\nlr = 1e-4\n"
    )

    def call(command: str, *more: str) -> tuple[str, str]:
        assert cli.main([command, str(file), *more]) == 0
        return capsys.readouterr()

    return call


@pytest.mark.parametrize("command", ["run", "find-lr"])
def test_a_command_says_what_became_of_the_table(said, command):
    out, _ = said(command)
    assert f"{NOTE}\n{DROPPED}\n" in out


@pytest.mark.parametrize("command", ["run", "find-lr"])
def test_the_json_has_it_as_notes(said, command):
    out, _ = said(command, "--json", "-")
    assert json.loads(out)["notes"] == [NOTE, DROPPED]


def test_a_sweep_says_it_once(said):
    _, err = said("sweep", "--over", "optimizer.lr=1e-4,1e-5")
    assert err.count(NOTE) == err.count(DROPPED) == 1
