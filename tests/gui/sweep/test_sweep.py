"""The sweep layout's parts, used as a person does: keys typed, runs started, charts clicked."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from lrsim.common.metrics import metric_of
from lrsim.common.numbers import full
from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.sweep.cells import cells_of, columns_for
from lrsim.gui.sweep.grid_view import Multiples
from lrsim.gui.sweep.key_row import log_range, values_text
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.sweep.race import runners_of, standings
from lrsim.gui.words.sweep import duration
from lrsim.sweep import executors
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from lrsim.sweep.ranking import ranking_metric
from tests.gui.labels import faults

RATES = [1e-6, 1e-5, 2e-4, 1.0]


@pytest.fixture
def make_page(qtbot, make_bridge):
    """A page on a preset, shown; whatever runs in it is ended with the test."""
    pages = []

    def make(preset: str = "clip250", theme: str = "light") -> SweepPage:
        page = SweepPage(make_bridge(preset), ThemeSource(THEMES[theme]))
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1200, 700)
        page.show()
        return page

    yield make
    for page in pages:
        page.stop()


def swept(qtbot, page: SweepPage, over=(("optimizer.lr", RATES),), epochs: str = "30") -> SweepPage:
    """Have the page run a sweep to its end."""
    page.form.set_over(over)
    page.form.epochs.setText(epochs)
    run(qtbot, page)
    return page


def test_the_bar_tells_what_the_sweep_came_to_until_a_run_is_chosen(make_page, qtbot):
    page = swept(qtbot, make_page(), [("optimizer.lr", [1e-5, 1.0])], epochs="400")
    assert page.finding().startswith("Best final training loss: ")
    assert " at learning rate 1e-05. It is the lowest rate of the sweep: whether less" in page.finding()
    assert page.finding().endswith(" Plateaued at 1e-05; diverged at 1.")
    page.results.select(1)
    assert page.finding().startswith("Diverged: ")
    page.results.select(None)
    assert page.finding().startswith("Best final training loss")


def run(qtbot, page: SweepPage) -> None:
    page.form.check()
    assert page.form.run.isEnabled()
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def table_texts(page: SweepPage, column: int) -> list[str]:
    model = page.table.runs
    return [model.index(row, column).data() for row in range(model.rowCount())]


def column_named(page: SweepPage, name: str) -> int:
    return [column.name for column in page.table.runs.columns].index(name)


# --- the form


def test_an_experiment_without_a_sweep_of_its_own_offers_rates_around_its_own(make_page):
    page = make_page("circle")
    row = page.form.rows[0]
    assert row.key == "optimizer.lr"
    assert row.values() == [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
    page.form.show_experiment(with_value(load("circle"), "optimizer.lr", 1e-5))
    assert page.form.rows[0].values() == [1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3]


def test_another_rate_takes_nothing_back_that_was_typed(make_page):
    form = make_page("circle").form
    form.epochs.setText("7")
    form.show_experiment(with_value(load("circle"), "optimizer.lr", 1.0))
    assert form.epochs.text() == "7"
    form.rows[0].set_values([0.2, 0.5])
    form.show_experiment(with_value(load("circle"), "optimizer.lr", 2.0))
    assert form.rows[0].values() == [0.2, 0.5]


def test_an_experiments_own_sweep_is_offered(make_page):
    form = make_page("bmi-momentum").form
    assert [(row.key, row.values()) for row in form.rows] == [("optimizer.momentum", [0, 0.1, 0.5, 0.9])]
    assert "4 runs" in form.summary.text()
    assert "200" in form.summary.text()


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("optimizer.lr", "0.1, fast", "Learning rate"),
        ("optimizer.lr", "0.1, -1", "> 0"),
        ("optimizer.lr", "0.1, 0.1", "twice"),
        ("optimizer.lr", "[0.1", "not closed"),
        ("optimizer.lr", "", "at least one"),
        ("optimizer.speed", "1", "optimizer.speed"),
        ("", "1", "Choose what to sweep"),
    ],
)
def test_what_is_wrong_is_said_at_the_key_and_nothing_can_be_run(make_page, qtbot, key, values, said):
    form = make_page().form
    row = form.rows[0]
    row.key_box.setCurrentText(key)
    row.values_field.clear()
    qtbot.keyClicks(row.values_field, values)
    form.check()
    assert said in row.problem()
    assert not form.run.isEnabled()
    row.key_box.setCurrentText("optimizer.lr")
    row.set_values([0.1, 0.2])
    form.check()
    assert row.problem() == ""
    assert form.run.isEnabled()


def test_a_range_fills_the_values_in(make_page, qtbot):
    row = make_page().form.rows[0]
    row.set_values([0.5, 0.02, 0.1])
    qtbot.mouseClick(row.spread, Qt.MouseButton.LeftButton)
    assert (row.range.low.text(), row.range.high.text()) == ("0.02", "0.5"), "those that stand there"
    for field, text in ((row.range.low, "0.001"), (row.range.high, "0.1"), (row.range.density, "2")):
        field.clear()
        qtbot.keyClicks(field, text)
    qtbot.mouseClick(row.range.fill, Qt.MouseButton.LeftButton)
    assert row.values_field.text() == "0.001, 0.00316, 0.01, 0.0316, 0.1"


@pytest.mark.parametrize(("low", "high", "density"), [(1, 0.1, "1"), (0.1, 1, "0"), (0.1, 1, "x"), (1e-300, 1, "9")])
def test_a_bad_range_is_refused(low, high, density):
    with pytest.raises(ValueError, match="expected"):
        log_range(low, high, density)


@pytest.mark.parametrize("values", [[0.1, 1e-7, 3], ["adam", "sgd"], [True, False], [[1, 2], [3.5]], [{"units": 3}]])
def test_values_are_written_as_they_are_read(make_page, values):
    row = make_page().form.rows[0]
    row.values_field.setText(values_text(values))
    assert row.values() == values


def test_keys_can_be_added_and_removed(make_page, qtbot):
    form = make_page().form
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    added = form.rows[1]
    added.key_box.setCurrentText("training.batch_size")
    qtbot.keyClicks(added.values_field, "1, 2, 3")
    form.rows[0].set_values([0.1, 0.2])
    form.check()
    assert "6 runs" in form.summary.text()
    qtbot.mouseClick(added.remove, Qt.MouseButton.LeftButton)
    form.check()
    assert "2 runs" in form.summary.text()


def test_bad_numbers_and_places_are_told(make_page):
    form = make_page().form
    form.seeds.setText("0")
    assert not form.check()
    form.seeds.setText("2")
    form.place.threads.setText("many")
    assert not form.check()
    form.place.threads.setText("2")
    assert form.check()
    form.place.kind.choose("cluster")
    assert not form.check()
    assert not form.run.isEnabled()


def test_what_was_typed_stays_while_it_suits_the_experiment(make_page):
    page = make_page()
    page.form.set_over([("training.batch_size", [1, 2])])
    page.form.show_experiment(load("circle"))
    assert page.form.rows[0].key == "training.batch_size"
    page.form.set_over([("data.noise", [0.1, 0.2])])
    page.form.show_experiment(load("xor"))
    assert page.form.rows[0].key == "data.noise"
    page.form.show_experiment(load("bmi-mlp"))
    assert page.form.rows[0].values() == [1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 1e-7], "it proposes its own"
    page.form.show_experiment(load("clip250"))
    assert page.form.rows[0].values() == [1, 2], "what was typed for it comes back"


# --- a sweep


def test_a_sweep_fills_charts_and_table_with_verdicts(qtbot, make_page):
    page = swept(qtbot, make_page())
    assert page.form.status.text().startswith("4 of 4 runs")
    assert table_texts(page, 0) == ["1e-06", "1e-05", "2e-04", "1"]
    verdicts = table_texts(page, column_named(page, "verdict"))
    assert verdicts == [record.verdict.replace("_", " ") for record in page.results.records]
    assert verdicts[-1] in ("diverged", "oscillating")
    assert page.bar.save.isEnabled()


def test_runs_appear_while_others_are_still_to_come(qtbot, make_page):
    page = make_page()
    seen = []
    page.results.grew.connect(lambda: seen.append(len(page.results.records)))
    swept(qtbot, page, [("optimizer.lr", [1e-6 * 1.1**n for n in range(40)])], "200")
    assert seen[-1] == 40
    assert len(seen) <= 40


def test_curves_grow_while_their_run_is_under_way(qtbot, make_page):
    page = make_page("spiral")
    page.form.set_over([("optimizer.lr", [0.003, 0.004])])
    page.form.epochs.setText("19000")
    page.form.check()
    qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(len(run.history["lr"]) > 50 for run in page.results.live))
    assert page.results.records == []
    qtbot.waitUntil(lambda: page.form.bar.value() > 0)
    qtbot.waitUntil(lambda: " left" in page.form.status.text())
    picture = page.grid.grab().toImage()
    green = QColor(THEMES["light"].series[1])
    every = ((x, y) for x in range(picture.width()) for y in range(60, picture.height()))
    assert sum(picture.pixelColor(x, y) == green for x, y in every) > 20
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    assert page.results.live == []


def test_cancel_keeps_what_is_done(qtbot, make_page):
    page = make_page()
    page.form.set_over([("optimizer.lr", [1e-6 * 1.01**n for n in range(500)])])
    page.form.epochs.setText("2000")
    page.form.check()
    with qtbot.waitSignal(page.runner.finished_run):
        qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    assert 1 <= len(page.results.records) < 500
    assert "Cancelled" in page.form.status.text()
    assert page.form.run.isEnabled()


def test_a_folder_keeps_the_sweep_and_is_resumed(qtbot, make_page, tmp_path):
    folder = tmp_path / "kept"
    page = make_page()
    page.form.place.folder.field.setText(str(folder))
    page.form.place.folder.make.setChecked(True)
    two = [("optimizer.lr", [1e-5, 1.0])]
    swept(qtbot, page, two)
    for name in ("results.csv", "curves.csv", "grid.png", "grid.svg", "run-optimizer.lr=1.png"):
        assert (folder / name).exists()
    again = make_page()
    again.form.place.folder.field.setText(str(folder))
    fresh = []
    again.runner.finished_run.connect(fresh.append)
    swept(qtbot, again, two)
    assert fresh == []
    assert len(again.results.records) == 2


def test_what_is_done_can_be_saved_afterwards(qtbot, make_page, tmp_path):
    page = swept(qtbot, make_page(), [("optimizer.lr", [1e-5])])
    with qtbot.waitSignal(page.runner.ended):
        page.save_to(str(tmp_path / "later"))
    assert (tmp_path / "later" / "results.csv").read_text().count("\n") == 2
    assert (tmp_path / "later" / "grid.png").exists()


def test_a_folder_of_another_sweep_is_refused_in_one_line(qtbot, make_page, tmp_path):
    page = make_page()
    page.form.place.folder.field.setText(str(tmp_path))
    swept(qtbot, page, [("optimizer.lr", [1e-5])])
    page.form.set_over([("optimizer.lr", [0.1, 0.2])])
    run(qtbot, page)
    assert "another sweep" in page.form.problem.text()
    assert len(page.results.records) == 1


def test_an_unreachable_cluster_is_one_clear_line(qtbot, make_page):
    pytest.importorskip("distributed")
    page = make_page()
    page.form.place.kind.choose("cluster")
    page.form.place.address.setText("tcp://127.0.0.1:1")
    page.form.set_over([("optimizer.lr", [0.1, 0.2])])
    run(qtbot, page)
    said = page.form.problem.text()
    assert said.startswith("Cluster: ")
    assert "\n" not in said
    assert page.form.run.isEnabled()


def test_a_run_that_cannot_be_built_is_refused_before_any_is_run(qtbot, make_page):
    page = make_page("circle")
    last = len(load("circle").model.layers) - 1
    swept(qtbot, page, [(f"model.layers[{last}].units", [3, 4])], "1")
    assert "one for each target" in page.form.problem.text()
    assert page.results.sweep is None


# --- choosing and opening


def test_a_click_chooses_a_run_everywhere(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.grid.canvas.grab()
    middle = page.grid.canvas._grid.plots[2].center().toPoint()
    qtbot.mouseClick(page.grid.canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert page.results.selection == 2
    assert page.table.currentIndex().row() == 2 or page.table.selectionModel().selectedRows()[0].row() == 2
    page.table.selectRow(0)
    assert page.results.selection == 0


def test_a_double_click_opens_the_run_at_its_last_step(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.grid.canvas.grab()
    middle = page.grid.canvas._grid.plots[1].center().toPoint()
    with qtbot.waitSignal(page.open_requested) as opened:
        qtbot.mouseDClick(page.grid.canvas, Qt.MouseButton.LeftButton, pos=middle)
    experiment, step, name = opened.args
    assert experiment.optimizer.lr == 1e-5
    assert step == page.results.records[1].steps == 180
    assert "1e-05" in name


def test_a_run_can_be_opened_at_any_epoch(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.grid.canvas.grab()
    area = page.grid.canvas._grid.plots[1]
    menu = page.grid.canvas.make_menu(QPointF(area.left() + area.width() / 2, area.center().y()))
    action = next(action for action in menu.actions() if "at epoch" in action.text())
    with qtbot.waitSignal(page.open_requested) as opened:
        action.trigger()
    assert opened.args[1] == 15 * 6


def test_return_in_the_table_opens_the_chosen_run(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.table.setCurrentIndex(page.table.runs.index(1, 0))
    with qtbot.waitSignal(page.open_requested) as opened:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert opened.args[0].optimizer.lr == 1e-5


def test_any_column_sorts_and_missing_figures_come_last(qtbot, make_page):
    page = swept(qtbot, make_page())
    column = column_named(page, "final training loss")
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        page.table.sortByColumn(column, order)
        figures = [record.final.get("loss", math.nan) for record in page.table.runs.rows]
        finite = [figure for figure in figures if not math.isnan(figure)]
        assert finite == sorted(finite, reverse=order == Qt.SortOrder.DescendingOrder)
        assert all(math.isnan(figure) for figure in figures[len(finite) :])


# --- the pictures


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("picture", ["charts", "overview", "race"])
def test_the_rate_wears_its_own_colour_in_every_picture(qtbot, make_page, theme, picture):
    page = swept(qtbot, make_page(theme=theme))
    page.choose(picture)
    QApplication.processEvents()
    image = page._stack.grab().toImage()
    accent = QColor(THEMES[theme].rate).rgb()
    assert any(image.pixel(x, y) == accent for x in range(image.width()) for y in range(image.height()))


def test_two_keys_make_a_map_and_three_make_lines(qtbot, make_page):
    page = make_page("circle")
    two = [("optimizer.lr", [0.01, 0.1]), ("training.batch_size", [8, 16, 32])]
    swept(qtbot, page, two, "2")
    page.choose("overview")
    assert page._overview.currentWidget() is page.map
    assert page.map.csv().count("\n") == 4
    swept(qtbot, page, [*two, ("optimizer.name", ["sgd", "adam"])], "2")
    assert page._overview.currentWidget() is page.lines
    assert page.lines.csv().count("\n") == 13
    page.grab()


def test_a_cell_of_the_map_is_read_chosen_and_opened(qtbot, make_page):
    page = swept(qtbot, make_page("circle"), [("optimizer.lr", [0.01, 0.1]), ("training.batch_size", [8, 16, 32])], "2")
    page.choose("overview")
    chart = page.map
    chart.grab()
    at = QPointF(float(chart.x_px(np.array([1.5]))[0]), float(chart.y_px(np.array([2.5]))[0]))
    wanted = next(r for r in page.results.records if dict(r.values) == {"optimizer.lr": 0.1, "training.batch_size": 32})
    lines = {line.name: line.value for line in chart.readout(at)}
    assert (lines["learning rate"], lines["batch"]) == ("0.1", "32")
    metric = ranking_metric(page.results.records)
    assert lines[metric_of(metric).words] == full(wanted.final[metric])
    rows = list(csv.reader(io.StringIO(chart.csv())))
    assert (rows[0][2], rows[3][0]) == ("0.1", "32")
    assert float(rows[3][2]) == wanted.final[metric]
    before = chart.grab().toImage()
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert page.results.selection == wanted.index
    assert chart.grab().toImage() != before
    with qtbot.waitSignal(page.map.open_requested) as opened:
        qtbot.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert opened.args == [wanted.index, wanted.steps]


def test_a_zoomed_map_stays_as_it_is_when_more_runs_are_done(qtbot, make_page):
    page = swept(qtbot, make_page("circle"), [("optimizer.lr", [0.01, 0.1]), ("training.batch_size", [8, 16])], "2")
    page.choose("overview")
    chart = page.map
    chart.grab()
    chart.zoom_at(0.5, chart.area.center())
    seen = (chart.x_scale, chart.y_scale)
    page.results.grew.emit()
    chart.grab()
    assert (chart.x_scale, chart.y_scale) == seen
    page.results.began.emit()
    assert (chart.x_scale, chart.y_scale) != seen


def test_pictures_are_saved(qtbot, make_page, tmp_path):
    page = swept(qtbot, make_page())
    for number, view in enumerate((page.grid.canvas, page.curve, page.race.chart, page.lines, page.map)):
        view.save_image(tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").stat().st_size > 200
    page.map.save_image(tmp_path / "map.svg")
    assert b"<svg" in (tmp_path / "map.svg").read_bytes()
    page.grid.canvas.save_image(tmp_path / "grid.svg")
    assert b"<svg" in (tmp_path / "grid.svg").read_bytes()
    with pytest.raises(ExperimentError, match="none"):
        page.grid.canvas.save_image(Path(tmp_path / "none" / "grid.png"))


def test_copied_curves_hold_every_epoch(qtbot, make_page):
    page = swept(qtbot, make_page())
    lines = page.grid.canvas.csv().splitlines()
    assert len(lines) == 1 + sum(record.epochs for record in page.results.records)
    assert page.curve.csv().splitlines()[0] == "optimizer.lr,seed,loss"


def test_seeds_share_a_chart_and_are_told_apart_in_the_table(qtbot, make_page):
    page = make_page("circle")
    page.form.seeds.setText("3")
    page.form.keys._touched = True
    swept(qtbot, page, [("optimizer.lr", [0.01, 0.1])], "2")
    assert len(page.results.records) == 6
    assert len(page.grid.canvas._cells) == 2
    assert table_texts(page, column_named(page, "seed")) == ["1", "2", "3"] * 2


@pytest.mark.parametrize(("width", "height", "columns"), [(700, 1200, 2), (1400, 500, 4), (300, 300, 1)])
def test_eight_charts_fill_the_room(width, height, columns):
    cells = cells_of(describe(load("clip250"), {"optimizer.lr": [10.0**-n for n in range(8)]}).runs)
    assert columns_for(cells, width, height, (200, 120)) == columns


# --- the race


def test_the_race_is_stepped_together(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.choose("race")
    race = page.race
    race.seek(0)
    qtbot.mouseClick(race.forward, Qt.MouseButton.LeftButton)
    assert race.step == 6
    leader, loss = race.board.rows()[0]
    records = page.results.records
    best = min((record for record in records if not record.diverged), key=lambda record: record.history["loss"][0])
    assert leader.endswith({1e-6: "1e-06", 1e-5: "1e-05", 2e-4: "2e-04", 1.0: "1"}[best.rate])
    assert float(loss) == pytest.approx(best.history["loss"][0], rel=1e-3)
    qtbot.mouseClick(race.back, Qt.MouseButton.LeftButton)
    assert race.step == 0


def test_the_race_plays_to_its_end_and_stops(qtbot, make_page):
    page = swept(qtbot, make_page())
    page.choose("race")
    page.race.seek(150)
    qtbot.mouseClick(page.race.play, Qt.MouseButton.LeftButton)
    assert page.race.playing
    qtbot.waitUntil(lambda: not page.race.playing)
    assert page.race.step == 180


def test_who_diverged_comes_last(qtbot, make_page):
    page = swept(qtbot, make_page(), epochs="200")
    runners = runners_of(page.results.records)
    assert any(runner.record.diverged for runner in runners)
    last = standings(runners, 10**9)[-1]
    assert last.record.diverged
    assert standings(runners, 0)[0].number == 0


# --- small things


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (7300, "2 h 1 min")])
def test_durations(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_labels_of_an_exploded_run_have_room_beside_its_chart(qtbot, make_bridge, monkeypatch, scale):
    theme = THEMES["projector"]
    theme = dataclasses.replace(theme, base_px=round(theme.base_px * scale), large_px=round(theme.large_px * scale))
    page = SweepPage(make_bridge("clip250"), ThemeSource(theme))
    qtbot.addWidget(page)
    page.show()
    job = SweepJob(
        describe(load("clip250"), {"optimizer.lr": [0.1, 1e-5, 0.001, 0.01]}, max_epochs=2), executors.threads
    )
    job.run()
    page.show_finished(job.sweep, job.records)
    page.choose("charts")
    canvas = page.findChild(Multiples)
    for height in (300, 500, 800, 1300):
        canvas.resize(900, height)
        assert faults(canvas, monkeypatch) == [], height
    page.stop()
