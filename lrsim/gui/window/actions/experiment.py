"""What a hand can do with the experiment as a whole: choose, open, keep, hand on, and draw its data anew."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from lrsim.experiment.files import presets
from lrsim.gui.commands.actions import ActionSpec
from lrsim.gui.commands.edits import Commands
from lrsim.gui.panels.experiment.panel import ExperimentPanel
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.window.files import Files
from lrsim.gui.window.saving import Saving
from lrsim.gui.window.sessions import Sessions
from lrsim.gui.words.keys import in_words


class ReachesExperiment(Protocol):
    """A window with an experiment."""

    @property
    def commands(self) -> Commands: ...
    @property
    def files(self) -> Files: ...
    @property
    def saving(self) -> Saving: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def experiment(self) -> ExperimentPanel: ...
    @property
    def choose_panel(self) -> Overlay: ...


def tr(text: str) -> str:
    """A text of these actions in the user's language."""
    return QCoreApplication.translate("WindowActions", text)


def experiment_actions() -> list[ActionSpec]:
    """The actions of the experiment, in the order in which they are shown."""

    def loaded(name: str, window: ReachesExperiment) -> None:
        window.commands.load_named(name)

    specs = []
    for preset in presets():
        tip = tr("Starts a new run of {0}; undo brings this one back").format(preset.name)
        specs.append(
            ActionSpec(f"preset_{preset.name}", "experiment", preset.name,
                       f"{in_words(preset.line)}\n{tip}" if preset.line else tip, partial(loaded, preset.name),
                       synonyms=tr("preset example load"))
        )  # fmt: skip
    return [
        ActionSpec(
            "choose", "experiment", tr("Choose an experiment"),
            tr("Shows all experiments with a picture each, and files of late; undo brings this one back"),
            lambda window: window.choose_panel.toggle(), ("P", "Ctrl+N"),
            synonyms=tr("preset example open recent file new gallery"),
        ),
        *specs,
        ActionSpec(
            "regenerate", "experiment", tr("Regenerate the data"),
            tr("Draws other points of the same toy data, by the next seed; undo brings this run back"),
            lambda window: window.experiment.regenerate(), synonyms=tr("new points seed random redraw samples"),
        ),
        *_keeping(),
        ActionSpec(
            "open", "experiment", tr("Open a file"),
            tr("Starts a new run of an experiment file (.toml), or brings a saved session back (.lrsim)"),
            lambda window: window.files.ask_experiment(), ("Ctrl+O",), "open", synonyms=tr("load toml"),
        ),
        ActionSpec(
            "open_data", "experiment", tr("Open data\u2026"),
            tr("Starts a new run on a table (.csv), once you have chosen its columns"),
            lambda window: window.files.ask_data(), ("Ctrl+Shift+O",), "open", synonyms=tr("import load csv table"),
        ),
        ActionSpec(
            "open_images", "experiment", tr("Open a folder of images\u2026"),
            tr("Starts a new run on the files of MNIST (IDX, plain or gzip)"),
            lambda window: window.files.ask_images(), icon="open", synonyms=tr("import load mnist idx"),
        ),
    ]  # fmt: skip


def _keeping() -> list[ActionSpec]:
    return [
        ActionSpec(
            "save", "experiment", tr("Save"),
            tr("Writes the experiment, with the rate as it is now, into its file; training goes on"),
            lambda window: window.saving.save(), ("Ctrl+S",), "save", synonyms=tr("store keep write file toml"),
        ),
        ActionSpec(
            "save_as", "experiment", tr("Save as\u2026"),
            tr("Writes the experiment, with the rate as it is now, into another file; training goes on"),
            lambda window: window.saving.save_as(), ("Ctrl+Shift+S",), "save",
            synonyms=tr("store keep write export file toml"),
        ),
        ActionSpec(
            "save_session", "experiment", tr("Save the session\u2026"),
            tr("Writes the run with all branches, conditions, watches and bookmarks into a file; training goes on"),
            lambda window: window.sessions.save_as(), ("Ctrl+Alt+S",), "save",
            synonyms=tr("store keep write file run branches lrsim"),
        ),
        ActionSpec(
            "copy_experiment", "experiment", tr("Copy the experiment as text"),
            tr("Puts it onto the clipboard as TOML, to be pasted here or anywhere; training goes on"),
            lambda window: window.saving.copy(), ("Ctrl+Shift+C",), synonyms=tr("share export clipboard toml"),
        ),
        ActionSpec(
            "paste_experiment", "experiment", tr("Paste an experiment"),
            tr("Starts a new run of the TOML, lrsim command or file on the clipboard; undo brings this one back"),
            lambda window: window.saving.paste(), ("Ctrl+V",), synonyms=tr("share import open load clipboard toml"),
        ),
    ]  # fmt: skip
