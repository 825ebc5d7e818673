"""Verdicts against those that a careful reader of the curves gives, over a table of runs.

MNIST takes minutes: its runs are left out unless $LRSIM_MNIST_VERDICTS is set.
"""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.runs import run
from lrsim.training import engine
from lrsim.verdict.codes import VerdictCode

TABLE = Path(__file__).with_name("table.toml")
LEAST_AGREEMENT = 0.95
MOST_DOUBTFUL = 0.25
"""Share of the runs for which the table allows more than one verdict, at most."""


@dataclass(frozen=True)
class Row:
    preset: str
    epochs: int | None
    needs: str
    settings: tuple[tuple[str, Any], ...]
    expected: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join([self.preset, *(f"{key}={value}" for key, value in self.settings)])


def table() -> list[Row]:
    return [
        Row(group["preset"], group.get("epochs"), group.get("needs", ""),
            (*group.get("set", {}).items(), ("optimizer.lr", rate)), tuple(codes))
        for group in tomllib.loads(TABLE.read_text())["group"]
        for rate, *codes in group["runs"]
    ]  # fmt: skip


def at_hand(row: Row) -> bool:
    if row.needs == "mnist" and "LRSIM_MNIST_VERDICTS" not in os.environ:
        return False
    if row.preset.startswith("digits") and find_spec("sklearn") is None:
        return False
    return not row.needs or (Path(os.environ.get("LRSIM_DATA", "nowhere")) / row.needs).exists()


def verdict_of(row: Row) -> tuple[str, str]:
    settings = list(row.settings)
    if row.needs.endswith(".csv"):
        settings.append(("data.path", str(Path(os.environ["LRSIM_DATA"]) / row.needs)))
    result = run.run(engine.build(with_values(ex.load(row.preset), settings)), max_epochs=row.epochs)
    return result.verdict.code, result.verdict.text


def test_the_table_is_large_and_seldom_in_doubt():
    rows = table()
    assert len(rows) >= 40
    assert {code for row in rows for code in row.expected} == set(VerdictCode)
    assert all(1 <= len(row.expected) <= 2 for row in rows)
    assert sum(len(row.expected) > 1 for row in rows) <= MOST_DOUBTFUL * len(rows)
    rates = [dict(row.settings)["optimizer.lr"] for row in rows]
    assert min(rates) <= 1e-7
    assert max(rates) >= 10


@pytest.mark.timeout(1800)
def test_verdicts_are_those_of_a_careful_reader():
    rows = [row for row in table() if at_hand(row)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(verdict_of, rows))
    misses = [
        f"{row}: {code}, the curves say {' or '.join(row.expected)} ({text})"
        for row, (code, text) in zip(rows, found)
        if code not in row.expected
    ]
    agreement = 1 - len(misses) / len(rows)
    report = "\n".join([f"{agreement:.1%} of {len(rows)} verdicts agree; misses:", *misses])
    print(report)
    assert agreement >= LEAST_AGREEMENT, report
    raw = [text for row, (_, text) in zip(rows, found) if row.preset == "bmi-linear"]
    assert raw
    assert all("Scale the features" in text for text in raw)
