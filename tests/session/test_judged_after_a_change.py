"""A rate that is changed late in a long run, whose figures of epochs stand far apart: judged at once, and later."""

from __future__ import annotations

from lrsim.experiment.files import load
from lrsim.session.session import Session


def test_a_few_steps_after_a_change_in_a_long_run_its_beginning_is_told():
    session = Session(load("clip250"), trials=0.0)
    session.run_to(30_000)
    session.settle()
    session.set_rate(4.9e-5)
    session.settle()
    for step in (30_001, 30_007, 30_049):
        session.run_to(step)
        session.settle()
        assert session.snapshot().verdict.text.startswith("Converging")
    assert str(30_049 - 30_000) in session.snapshot().verdict.text
