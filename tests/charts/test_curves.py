"""Charts: what they say and show, for every kind of run; drawn without a display and without global state."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from lrsim.charts import sweep_pictures
from lrsim.charts.canvas import image
from lrsim.charts.curves import run_chart, small_multiples
from lrsim.charts.look import LOOKS, QUANTITY_SERIES, contrast
from lrsim.charts.overviews import heat_map, metric_curve, overview, parallel_coordinates
from lrsim.charts.sweep_pictures import draw_all
from lrsim.common.numbers import short
from lrsim.experiment import files
from lrsim.sweep import executors
from lrsim.sweep.axes import best_record
from lrsim.sweep.cells import grouped
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from lrsim.sweep.ranking import exploded

CLIP = files.load("clip250")
RATES = [1e-7, 1e-5, 1e-4, 0.1, 1.0]


def records_of(over, seeds=None, epochs=40):
    job = SweepJob(describe(CLIP, over, seeds, max_epochs=epochs), lambda: executors.threads(2))
    job.run()
    assert not job.failures
    return job.records


BY_RATE = records_of({"optimizer.lr": RATES})
BY_TWO = records_of({"optimizer.lr": RATES[1:4], "training.batch_size": [1, 3, 6]})
BY_THREE = records_of(
    {"optimizer.lr": RATES, "training.batch_size": [1, 6], "training.bias_rule": ["delta", "as_input"]}
)


def classified(record, epochs=30):
    """The record with the curves of a classifier that overfits."""
    epoch = np.arange(1, epochs + 1)
    history = {
        "loss": 2.3 * np.exp(-0.2 * epoch), "accuracy": 1 - 0.9 * np.exp(-0.2 * epoch),
        "val_loss": 2.3 * np.exp(-0.2 * epoch) + 0.02 * epoch, "val_accuracy": 0.95 - 0.85 * np.exp(-0.2 * epoch),
        "lr": np.full(epochs, record.rate),
    }  # fmt: skip
    return replace(
        record, history=history, steps=epochs * record.steps_per_epoch, diverged_at=None, loss_name="cross_entropy",
        final={name: float(values[-1]) for name, values in history.items() if name != "lr"},
    )  # fmt: skip


def texts(figure):
    from matplotlib.text import Text

    with np.errstate(all="ignore"):  # the last decades before the largest float
        return [item.get_text() for item in figure.findobj(Text) if item.get_visible() and item.get_text()]


def curves(axes):
    return [line for line in axes.get_lines() if not line.get_label().startswith("_")]


def size(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


# --- one run


def test_the_chart_of_a_classifier():
    figure = run_chart(classified(BY_RATE[1]))
    left, right = figure.axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("accuracy", "loss (cross entropy)")
    assert [line.get_label() for line in curves(left)] == ["training accuracy", "validation accuracy"]
    assert [line.get_label() for line in curves(right)] == ["training loss", "validation loss"]
    assert {line.get_linestyle() for line in (curves(left)[0], curves(right)[0])} == {"-"}
    assert {line.get_linestyle() for line in (curves(left)[1], curves(right)[1])} == {"--"}
    assert curves(left)[0].get_color() == curves(left)[1].get_color() != curves(right)[0].get_color()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["training accuracy", "validation accuracy", "training loss", "validation loss"]
    assert curves(left)[0].get_xdata().tolist() == list(range(1, 31))


def test_the_title_has_the_rate_in_its_own_colour_and_nothing_else_wears_it():
    from matplotlib.text import Text

    for look in LOOKS.values():
        figure = run_chart(classified(BY_RATE[1]), look)
        assert [item.get_text() for item in figure.findobj(Text) if item.get_color() == look.rate] == ["1e-05"]
        assert all(line.get_color() != look.rate for axes in figure.axes for line in axes.get_lines())


def test_a_chart_is_300_dpi_and_the_same_each_time():
    first, second = (image(run_chart(BY_RATE[1]), "png") for _ in range(2))
    assert first == second
    assert size(first) == (2100, 1260)
    assert b"pHYs" + struct.pack(">IIB", 11811, 11811, 1) in first
    svg = image(run_chart(BY_RATE[1]), "svg")
    assert svg == image(run_chart(BY_RATE[1]), "svg")
    assert b"<svg" in svg


def test_a_run_that_diverged_says_at_which_step():
    figure = run_chart(BY_RATE[4])
    step = BY_RATE[4].diverged_at
    assert any(text.startswith(f"diverged at step {step} (epoch ") for text in texts(figure))
    assert figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize("epochs", [0, 1])
def test_a_run_without_curves_is_not_an_empty_plot(epochs):
    nothing = {"loss": np.full(epochs, np.nan), "lr": np.full(epochs, 1.0)}
    record = replace(BY_RATE[4], history=nothing, diverged_at=3, steps=3)
    figure = run_chart(record)
    assert any("diverged at step 3" in text for text in texts(figure))
    image(figure, "png")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, 5e-324, 0.0])
def test_any_number_can_be_drawn(bad):
    history = {"loss": np.array([1.0, bad, 2.0]), "val_loss": np.array([bad, bad, bad]), "lr": np.ones(3)}
    record = replace(BY_RATE[1], history=history, final={"loss": bad}, steps=3 * BY_RATE[1].steps_per_epoch)
    for figure in (run_chart(record), small_multiples([record, BY_RATE[0]]), metric_curve([record, BY_RATE[0]])):
        image(figure, "png")


def test_many_epochs_are_means_joined_with_their_spread_as_a_shade():
    values = np.abs(np.sin(np.arange(3000.0))) + 0.01
    record = replace(BY_RATE[1], history={"loss": values, "lr": np.ones(3000)}, steps=3000)
    for figure in (run_chart(record), small_multiples([record, replace(record, seed=2)])):
        axes = figure.axes[0]
        size = int(axes.get_xlabel().split(",")[1].split()[0])
        assert size > 1
        blocks = [values[start : start + size] for start in range(0, 3000, size)]
        assert axes.lines[0].get_ydata() == pytest.approx([block.mean() for block in blocks])
        corners = axes.collections[0].get_paths()[0].vertices[:, 1]
        assert {block.min() for block in blocks} | {block.max() for block in blocks} == set(corners.tolist())


def test_an_axis_is_logarithmic_where_the_loss_spans_decades():
    def scale(*losses):
        history = {"loss": np.array(losses), "lr": np.ones(len(losses))}
        return run_chart(replace(BY_RATE[1], history=history)).axes[0].get_yscale()

    assert scale(20.0, 1.0) == "linear"
    assert scale(10000.0, 1.0) == "log"
    assert scale(10000.0, 0.0) == "linear"


# --- small multiples


@pytest.mark.parametrize(
    ("count", "shape"), [(1, (1, 1)), (2, (1, 2)), (4, (2, 2)), (8, (4, 2)), (9, (3, 3)), (14, (4, 4))]
)
def test_cells_and_their_axes(count, shape):
    records = [replace(BY_RATE[1], index=k, values=(("optimizer.lr", 0.1 * (k + 1)),)) for k in range(count)]
    figure = small_multiples(records)
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == count
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in shown}) == 1


def test_two_keys_are_rows_and_columns_and_seeds_share_a_cell():
    grid = small_multiples(BY_TWO).axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (3, 3)
    seeded = records_of({"optimizer.lr": [1e-5, 1e-6]}, seeds=3, epochs=5)
    assert [len(cell) for cell in grouped(seeded)] == [3, 3]
    assert len(curves(small_multiples(seeded).axes[0])) == 3


def test_runs_that_explode_do_not_squeeze_the_others():
    figure = small_multiples(BY_RATE)
    settled = max(record.history["loss"].max() for record in BY_RATE[:3])
    _, high = figure.axes[0].get_ylim()
    assert high < 1.5 * settled
    assert sum("diverged at step" in text for text in texts(figure)) == sum(record.diverged for record in BY_RATE)


def test_runs_that_explode_without_diverging_are_told_and_left_out():
    """As where a clipped gradient holds the loss at 1e20."""
    held = replace(BY_RATE[3], history={"loss": np.full(9, 1e20), "lr": np.ones(9)}, final={"loss": 1e20},
                   diverged_at=None)  # fmt: skip
    records = [*BY_RATE[:3], held]
    assert exploded(records) == {held.index}
    figure = small_multiples(records)
    assert figure.axes[0].get_ylim()[1] < 1e5
    assert "own scale, loss up to 1e+20" in texts(figure)
    assert "exploded" in texts(metric_curve(records))
    assert exploded([held]) == set(), "alone it has nothing to squeeze"


def test_cells_of_classifiers_have_two_linked_axes():
    records = [classified(replace(record, index=place)) for place, record in enumerate(BY_RATE[:4])]
    axes = small_multiples(records).axes
    left, right = axes[:4], axes[4:]
    assert len({item.get_ylim() for item in left}) == len({item.get_ylim() for item in right}) == 1
    assert {item.get_ylabel() for item in right} == {"", "loss"}


# --- all runs in one picture


def test_the_final_figure_over_the_rate():
    figure = metric_curve(BY_RATE)
    axes = figure.axes[0]
    best = best_record(BY_RATE, "loss")
    assert axes.get_xscale() == "log"
    assert any(text.startswith(f"best {short(best.rate)}") for text in texts(figure))
    marks = [line for line in axes.get_lines() if line.get_color() == LOOKS["light"].rate]
    assert [line.get_xdata()[0] for line in marks] == [best.rate]
    assert "diverged" in texts(figure)
    line = curves(axes)[0]
    assert np.isnan(line.get_ydata()).tolist() == [record.diverged for record in BY_RATE]


def test_a_best_that_is_no_rate_does_not_wear_the_rates_colour():
    for records in (records_of({"training.loss": ["mse", "half_mse"]}, epochs=5),
                    records_of({"training.batch_size": [1, 2, 3]}, epochs=5)):  # fmt: skip
        figure = metric_curve(records)
        rate = LOOKS["light"].rate
        assert all(
            line.get_color() != rate and line.get_markeredgecolor() != rate for line in figure.axes[0].get_lines()
        )


def test_a_heat_map_tells_every_cell():
    figure = heat_map(BY_TWO)
    found = texts(figure)
    lost = sum(record.diverged for record in BY_TWO)
    assert found.count("diverged") == lost > 0
    assert found.count("best") == 1
    assert {"learning rate", "batch"} <= set(found)


def test_every_number_of_keys_has_its_picture():
    assert texts(overview(BY_RATE)) == texts(metric_curve(BY_RATE))
    assert texts(overview(BY_TWO)) == texts(heat_map(BY_TWO))
    assert texts(overview(BY_THREE)) == texts(parallel_coordinates(BY_THREE))


@pytest.mark.parametrize("look", LOOKS)
def test_all_pictures_when_everything_diverged(look):
    lost = records_of({"optimizer.lr": [1.0, 2.0], "training.bias_rule": ["delta", "as_input"]})
    one = [replace(record, values=record.values[:1]) for record in lost[::2]]
    three = [replace(record, values=(*record.values, ("training.batch_size", 1))) for record in lost]
    for records in (one, lost, three):
        assert best_record(records, "loss") is None
        image(overview(records, LOOKS[look]), "png")


# --- the look


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_colours_can_be_read_and_told_apart(look):
    inks = [look.text, look.muted, look.rate, *look.series, look.good, look.warn, look.bad]
    assert all(contrast(ink, look.background) >= look.min_contrast for ink in inks)
    assert look.rate not in (*look.series, look.good, look.warn, look.bad)
    assert len(set(QUANTITY_SERIES.values())) == len(QUANTITY_SERIES)


# --- files


def test_the_files_of_a_sweep(tmp_path):
    seen = []
    records = BY_RATE[1:4:2]
    draw_all(tmp_path, records, jobs=1, on_chart=lambda done, total: seen.append((done, total)))
    runs = {f"{record.name}.png" for record in records}
    assert {path.name for path in tmp_path.iterdir()} == runs | {"grid.png", "grid.svg", "overview.png", "overview.svg"}
    assert seen[-1] == (3, 3)
    kept = tmp_path / f"{records[0].name}.png"
    kept.write_bytes(b"kept")
    draw_all(tmp_path, records, jobs=1)
    assert kept.read_bytes() == b"kept"


def test_many_charts_are_drawn_by_processes_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_pictures, "MANY", 3)
    draw_all(tmp_path, BY_THREE[:3], jobs=2)
    assert len(list(tmp_path.glob("run-*.png"))) == 3
    assert (tmp_path / f"{BY_THREE[0].name}.png").read_bytes() == image(run_chart(BY_THREE[0]), "png")


def test_an_interruption_leaves_the_rest_for_another_time(tmp_path):
    draw_all(tmp_path, BY_RATE, jobs=1, interrupted=lambda: any(tmp_path.iterdir()))
    assert [path.name for path in tmp_path.iterdir()] == [f"{BY_RATE[0].name}.png"]


def test_nothing_is_loaded_before_something_is_drawn():
    script = "import sys, lrsim.cli.main, lrsim.cli.sweep; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {"matplotlib", "distributed", "dask"}


def test_an_interruption_does_not_wait_for_the_picture_at_hand(tmp_path, monkeypatch):
    begun, over = threading.Event(), threading.Event()

    def endless(*_words):
        begun.set()
        over.wait(60)
        return b""

    monkeypatch.setattr(sweep_pictures, "draw_run", endless)
    draw_all(tmp_path, BY_RATE, jobs=1, interrupted=begun.is_set)
    assert not list(tmp_path.iterdir())
    over.set()
