"""Runs that fail in a sweep: said in the cell, in the table and above it, in every picture."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.words.sweep import failure_words
from lrsim.sweep.words import verdict_words

REASON = "Expression: expected a finite number > 0"


@pytest.fixture
def page(qtbot, make_bridge, tmp_path):
    """On an experiment without a rate for its step 14 where the base rate is high."""
    changes = [("schedule.name", "expression"), ("schedule.per", "step"),
               ("schedule.expression", "lr0 if lr0 < 2e-5 else 0.01 * abs(step - 13)")]  # fmt: skip
    path = tmp_path / "falls.toml"
    path.write_text(files.to_toml(with_values(files.load("clip250"), changes)))
    page = SweepPage(make_bridge(str(path)), ThemeSource(THEMES["light"]))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    yield page
    page.stop()


def run(qtbot, page, over):
    page.form.set_over(over)
    page.form.epochs.setText("5")
    page.form.check()
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


BIAS = ("training.bias_rule", ["delta", "as_input"])
BATCH = ("training.batch_size", [1, 2])


@pytest.mark.parametrize("more", [[], [BIAS], [BIAS, BATCH]])
@pytest.mark.parametrize("rates", [[1e-6, 1e-3], [1e-4, 1e-3]])
def test_a_run_that_fails_says_why_in_cell_table_and_form(qtbot, page, rates, more):
    run(qtbot, page, [("optimizer.lr", rates), *more])
    failed = [record for record in page.results.records if record.error]
    assert {record.rate for record in failed} == {rate for rate in rates if rate > 2e-5}
    assert failure_words(failed).startswith(REASON)
    assert verdict_words(failed) == ("failed", "bad")
    model = page.table.runs
    names = [column.name for column in model.columns]
    rows = [[model.index(row, column).data() for column in range(len(names))] for row in range(model.rowCount())]
    words = [row[names.index("in words")] for row in rows if row[names.index("verdict")] == "failed"]
    assert len(words) == len(failed)
    assert all(text.startswith(f"Failed: {REASON}") for text in words)
    assert REASON in page.form.problem.text()
    assert f"{len(failed)} failed" in page.form.status.text()
    page.results.select(failed[0].index)
    assert page.finding().startswith(f"Failed: {REASON}")
    for picture in ("charts", "overview", "race"):
        page.choose(picture)
        assert not page.grab().isNull()
    for step in (0, 5, 30):
        page.race.seek(step)
        assert not page.grab().isNull()


def test_an_error_of_the_system_that_names_no_file(qtbot, page, monkeypatch):
    def lost(*words, **options):
        raise OSError("the disk is gone")

    monkeypatch.setattr("lrsim.gui.sweep.runner.check_builds", lost)
    run(qtbot, page, [("optimizer.lr", [1e-6])])
    assert page.form.problem.text() == "the disk is gone"
