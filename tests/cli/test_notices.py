"""What is told on standard error while something takes long."""

from __future__ import annotations

import sys

import pytest

from lrsim.cli.notices import notices


@pytest.mark.parametrize("terminal", [False, True])
def test_each_notice_is_a_line_of_its_own(capsys, monkeypatch, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with notices() as on_notice:
        on_notice("fetching this")
        on_notice("fetching that")
    found = capsys.readouterr()
    assert found.out == ""
    assert [line.partition("lrsim: ")[2].strip() for line in found.err.splitlines() if "lrsim: " in line] == [
        "fetching this", "fetching that",
    ]  # fmt: skip
