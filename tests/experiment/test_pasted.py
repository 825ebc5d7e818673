"""What somebody pastes: taken as an experiment, or refused in one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.document import text_of
from lrsim.experiment.keys import with_value
from lrsim.experiment.pasted import experiment_of


@pytest.mark.parametrize("name", ["clip250", "spiral", "bmi-mlp", "rule-warmup"])
def test_a_copied_experiment_comes_back(name):
    assert experiment_of(text_of(files.load(name))).experiment == files.load(name)


@pytest.mark.parametrize(
    "line",
    [
        "lrsim run circle --set optimizer.lr=0.5",
        "  $ lrsim run circle --set=optimizer.lr=0.5\n",
        "python -m lrsim run circle --set optimizer.lr=0.5",
        "lrsim run circle \\\n  --set 'optimizer.lr=0.5'",
        "lrsim show --set optimizer.lr=0.5 circle",
        "lrsim circle --set optimizer.lr=0.5",
    ],
)
def test_a_command_line_is_taken_with_what_it_sets(line):
    found = experiment_of(line)
    assert found.experiment == with_value(files.load("circle"), "optimizer.lr", 0.5)
    assert found.left_out == ()


def test_what_an_experiment_can_not_hold_is_named():
    found = experiment_of("lrsim run circle --steps 10 --at 5 optimizer.lr=1 --at 6 optimizer.lr=2 --json=out.json")
    assert found.experiment == files.load("circle")
    assert found.left_out == ("--steps", "--at", "--json")


def test_a_name_or_a_path_alone_is_enough(tmp_path):
    assert experiment_of(" circle\n").experiment == files.load("circle")
    path = tmp_path / "my own.toml"
    path.write_text(text_of(files.load("xor")))
    assert experiment_of(str(path)).experiment == files.load("xor")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "pasted text: expected an experiment"),
        ("   \n ", "pasted text: expected an experiment"),
        ("hello world", "pasted text: expected an experiment"),
        ("name = ", "pasted text: line 1"),
        ("lrsim run", "pasted text: expected an experiment after lrsim"),
        ("lrsim run circle xor", "pasted text: expected a single experiment"),
        ("lrsim run circle --set", '""'),
        ("lrsim run circle\nrm -rf x", "pasted text: expected a single command"),
        ("lrsim run 'circle", "pasted text: no command line"),
        ("lrsim run circle --set optimizer.lr=fast", "optimizer.lr: expected a number > 0"),
        ("cirle", "cirle: no such preset or file"),
        ("[data]\nsource = 'circle'\n", "model"),
    ],
)
def test_what_is_none_is_refused_in_one_sentence(text, said):
    with pytest.raises(ExperimentError) as caught:
        experiment_of(text)
    assert str(caught.value).startswith(said)
    assert len(str(caught.value).splitlines()) == 1


def test_very_much_is_refused_before_it_is_read():
    with pytest.raises(ExperimentError, match="at most 10 MB"):
        experiment_of("#" * (files.MOST_BYTES + 1))


@given(st.text(max_size=200) | st.text(max_size=60).map("lrsim {}".format) | st.text(max_size=60).map("a = {}".format))
def test_any_text_is_an_experiment_or_refused_in_one_line(text):
    said = "one line"
    try:
        experiment_of(text)
    except ExperimentError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
