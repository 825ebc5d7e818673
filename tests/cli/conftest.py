"""What the tests of the command line share."""

from __future__ import annotations

import pytest

from lrsim.cli import main as cli


@pytest.fixture
def call(capsys):
    """Run a command in this process: (status, standard output, standard error)."""

    def run(*words: str):
        try:
            status = cli.main(list(words))
        except SystemExit as ended:
            status = ended.code
        out, err = capsys.readouterr()
        return status, out, err

    return run
