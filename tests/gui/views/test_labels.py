"""Labels of pictures: none is cut, none lies over another, in every theme, at any text size, in low and narrow ones."""

from __future__ import annotations

import dataclasses

import pytest

from lrsim.experiment.files import load
from lrsim.gui.chart.chart import Chart
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.registry import VIEWS
from lrsim.sweep import executors
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from tests.gui.driving import opened
from tests.gui.labels import faults

SIZES = ((300, 150), (370, 230), (370, 270), (470, 200), (640, 360), (930, 520))
SCALES = (1.0, 1.5)
MODELS = {
    "clip250": (0, 3, 2002), "spiral": (0, 5, 9000), "plane": (60,), "schedule-plateau": (420,), "bmi-mlp": (50, 2000),
}  # fmt: skip
PICTURES = [spec for spec in VIEWS if spec.name not in ("steps", "images")]


def themes_of_all_sizes():
    for theme in THEMES.values():
        for scale in SCALES:
            yield dataclasses.replace(
                theme, base_px=round(theme.base_px * scale), large_px=round(theme.large_px * scale)
            )


@pytest.mark.parametrize("preset", MODELS)
@pytest.mark.parametrize("spec", PICTURES, ids=lambda spec: spec.name)
def test_nothing_is_cut_and_nothing_lies_over_another(make_bridge, qtbot, monkeypatch, spec, preset):
    bridge = make_bridge(preset)
    themes = ThemeSource(THEMES["light"])
    view = spec.make(bridge, themes)
    qtbot.addWidget(view)
    view.show()
    found = set()
    for steps in MODELS[preset]:
        if steps:
            bridge.train(steps // 2)
            bridge.session.set_rate(bridge.session.snapshot().rate * 0.5)
            bridge.train(steps)
        for theme in themes_of_all_sizes():
            themes.wear(theme)
            for size in SIZES:
                if size[0] < 20 * theme.base_px or size[1] < 8 * theme.base_px:
                    continue
                view.setFixedSize(*size)
                for fault in faults(view.plot if hasattr(view, "plot") else view, monkeypatch):
                    found.add(f"{fault} ({steps} steps, {theme.name} {theme.base_px} px, {size[0]} x {size[1]})")
    assert not found, "\n".join(sorted(found)[:30])


def test_charts_of_many_runs_are_legible(qtbot, monkeypatch):
    found = set()
    for preset, over in (("spiral", {"optimizer.lr": [0.001, 0.01, 0.1], "training.batch_size": [10, 50]}),
                         ("bmi-linear", {"optimizer.lr": [1e-6, 1e-5, 10.0]})):  # fmt: skip
        job = SweepJob(describe(load(preset), over, 2, max_epochs=4), executors.threads)
        job.run()
        with opened(qtbot, experiment=preset, size=(1280, 720)) as driven:
            driven.window.choose_layout("sweep")
            driven.window.sweep.show_finished(job.sweep, job.records)
            for theme in THEMES:
                driven.window.choose_theme(theme)
                for picture in ("charts", "overview", "race"):
                    driven.window.sweep.choose(picture)
                    qtbot.wait(20)  # the finding takes its lines, the picture the rest
                    for chart in driven.window.sweep.findChildren(Chart):
                        if chart.isVisible():
                            where = f"{preset}, {theme}, {picture}, {chart.objectName()} {chart.width()} px"
                            found |= {f"{fault} ({where})" for fault in faults(chart, monkeypatch)}
    assert not found, "\n".join(sorted(found)[:30])
