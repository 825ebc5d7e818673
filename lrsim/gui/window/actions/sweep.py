"""What a hand can do while many runs are on screen: the keys that drive one run elsewhere drive them here."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from lrsim.gui.commands.actions import ActionSpec
from lrsim.gui.sweep.bar import CHARTS, OVERVIEW, RACE
from lrsim.gui.sweep.page import SweepPage


class ReachesSweep(Protocol):
    """A window with a page of many runs."""

    @property
    def sweep(self) -> SweepPage: ...


def tr(text: str) -> str:
    """A text of these actions in the user's language."""
    return QCoreApplication.translate("WindowActions", text)


def sweep_actions() -> list[ActionSpec]:
    """The actions of many runs, in the order in which they are shown."""

    def shown(picture: str, window: ReachesSweep) -> None:
        window.sweep.choose(picture)

    return [
        ActionSpec(
            "sweep_run", "sweep", tr("Run the sweep"), tr("Trains all runs; the run in the other layouts is untouched"),
            lambda window: window.sweep.form.start(), ("Ctrl+Return",), synonyms=tr("train start grid"),
        ),
        ActionSpec(
            "sweep_cancel", "sweep", tr("Cancel the sweep"), tr("Ends the sweep; what is done is kept"),
            lambda window: window.sweep.runner.cancel(), synonyms=tr("stop end"),
        ),
        ActionSpec(
            "race_play", "sweep", tr("Play or pause the race"), tr("All runs step on together, or pause"),
            lambda window: window.sweep.play_race(), ("Space",), synonyms=tr("start stop"),
        ),
        ActionSpec(
            "race_on", "sweep", tr("Race on by one epoch"), tr("All runs one epoch on"),
            lambda window: window.sweep.step_race(1), ("Right", "Shift+Right"), repeats=True,
            synonyms=tr("forward next step"),
        ),
        ActionSpec(
            "race_back", "sweep", tr("Race back by one epoch"), tr("All runs one epoch back"),
            lambda window: window.sweep.step_race(-1), ("Left", "Shift+Left"), repeats=True,
            synonyms=tr("rewind previous step"),
        ),
        ActionSpec(
            "race_start", "sweep", tr("Race from the start"), tr("All runs at their start"),
            lambda window: window.sweep.send_race(to_end=False), ("Home",), synonyms=tr("first rewind"),
        ),
        ActionSpec(
            "race_end", "sweep", tr("End of the race"), tr("All runs at their last step"),
            lambda window: window.sweep.send_race(to_end=True), ("End",), synonyms=tr("last"),
        ),
        ActionSpec(
            "run_above", "sweep", tr("Choose the run above"), tr("The run above in the table, chosen in all pictures"),
            lambda window: window.sweep.choose_run(-1), ("Up",), repeats=True, synonyms=tr("previous select"),
        ),
        ActionSpec(
            "run_below", "sweep", tr("Choose the run below"), tr("The run below in the table, chosen in all pictures"),
            lambda window: window.sweep.choose_run(1), ("Down",), repeats=True, synonyms=tr("next select"),
        ),
        *(
            ActionSpec(f"sweep_{name}", "sweep", title, tip, partial(shown, name), synonyms=tr("picture view"))
            for name, title, tip in (
                (CHARTS, tr("Show the charts"), tr("A chart for each run, all with the same axes")),
                (OVERVIEW, tr("Show the overview"), tr("The final figure of all runs over the swept values")),
                (RACE, tr("Show the race"), tr("All runs stepped together, with who leads")),
            )
        ),
    ]  # fmt: skip
