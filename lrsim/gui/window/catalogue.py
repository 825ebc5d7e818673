"""The actions of the main window, group by group: this is the list of everything that a hand can do."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction

from lrsim.experiment.files import presets
from lrsim.gui.commands.actions import Actions
from lrsim.gui.commands.edits import Commands
from lrsim.gui.settings import THEME_NAMES
from lrsim.gui.window.files import Files
from lrsim.session.session import Session


class WindowActions(Actions):
    """Each `add_*` adds one group; the window says what is done where it is more than one call."""

    def add_run(self, session: Session, commands: Commands, focus_target: Callable[[], None]) -> None:
        group = self.tr("Run")
        self.add(
            "play", group, self.tr("Play or pause"), self.tr("Trains on at the chosen speed, or pauses"),
            session.toggle, keys=["Space"], icon="play",
        )  # fmt: skip
        self.add(
            "step", group, self.tr("Step"), self.tr("Takes one step with the present rate"),
            session.step, keys=["Right"], icon="step", repeats=True,
        )  # fmt: skip
        self.add(
            "step_back", group, self.tr("Step back"), self.tr("Goes back one step; nothing recorded is lost"),
            session.step_back, keys=["Left"], icon="step-back", repeats=True,
        )  # fmt: skip
        self.add(
            "epoch", group, self.tr("Step one epoch"), self.tr("Goes on to the end of the epoch, training if needed"),
            partial(session.step_epochs, 1), keys=["Shift+Right"], repeats=True,
        )  # fmt: skip
        self.add(
            "epoch_back", group, self.tr("Step back one epoch"), self.tr("Goes back to where the epoch began"),
            partial(session.step_epochs, -1), keys=["Shift+Left"], repeats=True,
        )  # fmt: skip
        self.add(
            "to_start", group, self.tr("Go to the start"), self.tr("Shows the start parameters; the run is kept"),
            partial(session.seek, 0), keys=["Home"], icon="to-start",
        )  # fmt: skip
        self.add(
            "to_newest", group, self.tr("Go to the newest step"), self.tr("Shows the last step that was trained"),
            lambda: session.seek(session.snapshot().tip), keys=["End"], icon="to-end",
        )  # fmt: skip
        self.add(
            "run_to", group, self.tr("Run to a step"), self.tr("Type a step: trains to it at full speed and pauses"),
            focus_target, icon="run-to",
        )  # fmt: skip
        self.add(
            "reset", group, self.tr("Reset"),
            self.tr("Starts over from the start parameters with the present rate; undo brings the run back"),
            commands.reset, keys=["R"], icon="reset",
        )  # fmt: skip
        self.add(
            "unlimited", group, self.tr("Train as fast as possible"), self.tr("Sets the speed to unlimited"),
            partial(session.set_speed, math.inf),
        )  # fmt: skip

    def add_rate(self, commands: Commands, focus_rate: Callable[[], None], use_suggested: Callable[[], None]) -> None:
        group = self.tr("Learning rate")
        changes = [
            ("rate_up", self.tr("×1.1"), 1.1, "Up"),
            ("rate_down", self.tr("÷1.1"), 1 / 1.1, "Down"),
            ("rate_double", self.tr("×2"), 2.0, "Shift+Up"),
            ("rate_half", self.tr("÷2"), 0.5, "Shift+Down"),
            ("rate_tenfold", self.tr("×10"), 10.0, ""),
            ("rate_tenth", self.tr("÷10"), 0.1, ""),
        ]
        tip = self.tr("Changes the learning rate from the next step on: {0}")
        for name, text, factor, key in changes:
            self.add(
                name, group, text, tip.format(text), partial(commands.scale_rate, factor),
                keys=[key] if key else [], repeats=bool(key),
            )  # fmt: skip
        self.add(
            "rate_type", group, self.tr("Type a rate"), self.tr("Puts the keyboard into the rate's field"), focus_rate
        )
        self.add(
            "rate_suggested", group, self.tr("Use the suggested rate"),
            self.tr("The next step uses the rate that the verdict suggests"), use_suggested,
        )  # fmt: skip

    def add_finding(
        self, find: Callable[[], None], show_schedule: Callable[[], None], tune: Callable[[], None]
    ) -> None:
        group = self.tr("Learning rate")
        self.add(
            "find_rate", group, self.tr("Find a learning rate"),
            self.tr("Opens the range test: a copy is trained with rates that grow, the run stays as it is"),
            find, keys=["L"],
        )  # fmt: skip
        self.add(
            "show_schedule", group, self.tr("Show the schedule"),
            self.tr("Shows the rate over the whole training, and what callbacks are about to do"),
            show_schedule, keys=["S"],
        )  # fmt: skip
        self.add(
            "tune_layers", group, self.tr("Tune each layer"),
            self.tr("Finds a rate for each layer from the training rows alone; undo takes them back"), tune,
        )  # fmt: skip

    def add_edit(self, commands: Commands) -> None:
        group = self.tr("Edit")
        stack = commands.undo_stack
        self.add("undo", group, self.tr("Undo"), "", stack.undo, keys=["Ctrl+Z"], icon="undo", repeats=True)
        self.add(
            "redo", group, self.tr("Redo"), "", stack.redo, keys=["Ctrl+Shift+Z", "Ctrl+Y"], icon="redo", repeats=True
        )
        stack.canUndoChanged.connect(self["undo"].setEnabled)
        stack.canRedoChanged.connect(self["redo"].setEnabled)
        stack.undoTextChanged.connect(self._explain_undo)
        stack.redoTextChanged.connect(self._explain_redo)
        self["undo"].setEnabled(False)
        self["redo"].setEnabled(False)
        self._explain_undo("")
        self._explain_redo("")

    def _explain_undo(self, what: str) -> None:
        self.explain("undo", self.tr("Takes back: {0}").format(what or self.tr("a change of the rate, reset or load")))

    def _explain_redo(self, what: str) -> None:
        self.explain("redo", self.tr("Does again: {0}").format(what or self.tr("what was taken back")))

    def add_layouts(self, choose: Callable[[str], None]) -> None:
        group = self.tr("Layout")
        self.add(
            "layout_step", group, self.tr("Step"), self.tr("Shows curves, what is learnt and the steps side by side"),
            partial(choose, "step"), keys=["1"], checkable=True,
        )  # fmt: skip
        self.add(
            "layout_curves", group, self.tr("Curves"), self.tr("Shows parameters, error and loss, large"),
            partial(choose, "curves"), keys=["2"], checkable=True,
        )  # fmt: skip
        self.add(
            "layout_sweep", group, self.tr("Sweep"), self.tr("Trains many runs over some values and compares them"),
            partial(choose, "sweep"), keys=["3"], checkable=True,
        )  # fmt: skip
        self.choice(["layout_step", "layout_curves", "layout_sweep"])

    def add_panels(self, panels: dict[str, QAction], reset_layout: Callable[[], None]) -> None:
        group = self.tr("Panels")
        for name, action in panels.items():
            tip = self.tr("Shows or folds this panel; training goes on").format(action.text())
            self.take(name, group, action, tip, "")
        self.add(
            "reset_layout", group, self.tr("Reset layout"), self.tr("Puts every panel back; training goes on"),
            reset_layout,
        )  # fmt: skip

    def add_themes(self, choose: Callable[[str], None], present: Callable[[], None], leave: Callable[[], None]) -> None:
        group = self.tr("Theme")
        words = {"light": self.tr("Light"), "dark": self.tr("Dark"), "projector": self.tr("Projector")}
        for name in THEME_NAMES:
            self.add(
                f"theme_{name}", group, words[name], self.tr("Changes the look; training goes on"),
                partial(choose, name), checkable=True,
            )  # fmt: skip
        self.choice([f"theme_{name}" for name in THEME_NAMES])
        self.add(
            "present", group, self.tr("Present"), self.tr("Full screen, large, panels folded; training goes on"),
            present, keys=["F5"], icon="present",
        )  # fmt: skip
        self.add(
            "leave", group, self.tr("Leave the presentation"), self.tr("Back to the window as it was"),
            leave, keys=["Esc"],
        )  # fmt: skip
        self["leave"].setEnabled(False)

    def add_experiments(self, commands: Commands, files: Files) -> None:
        group = self.tr("Experiment")
        for preset in presets():
            tip = self.tr("Starts a new run of {0}; undo brings this one back").format(preset.name)
            self.add(
                f"preset_{preset.name}", group, preset.name, f"{preset.line}\n{tip}" if preset.line else tip,
                partial(commands.load_named, preset.name),
            )  # fmt: skip
        self.add(
            "open", group, self.tr("Open a file"), self.tr("Starts a new run of an experiment file (.toml)"),
            files.ask_experiment, keys=["Ctrl+O"], icon="open",
        )  # fmt: skip
        self.add(
            "open_data", group, self.tr("Open data\u2026"),
            self.tr("Starts a new run on a table (.csv), once you have chosen its columns"),
            files.ask_data, keys=["Ctrl+Shift+O"], icon="open",
        )  # fmt: skip
        self.add(
            "open_images", group, self.tr("Open a folder of images\u2026"),
            self.tr("Starts a new run on the files of MNIST (IDX, plain or gzip)"), files.ask_images, icon="open",
        )  # fmt: skip

    def add_help(
        self,
        palette: Callable[[], None],
        keys: Callable[[], None],
        settings: Callable[[], None],
        close: Callable[[], object],
    ) -> None:
        group = self.tr("Program")
        self.add(
            "palette", group, self.tr("Commands"), self.tr("Every command, found by typing"),
            palette, keys=["Ctrl+K"], icon="search",
        ).setIconText("Ctrl+K")  # fmt: skip
        self.add("keys", group, self.tr("Keys"), self.tr("Lists the keys"), keys, keys=["?", "F1"], icon="help")
        self.add(
            "settings", group, self.tr("Settings"), self.tr("Text size, memory for the history"),
            settings, keys=["Ctrl+,"], icon="settings",
        )  # fmt: skip
        self.add("quit", group, self.tr("Quit"), self.tr("Ends training and closes the window"), close, keys=["Ctrl+Q"])

    def file_actions(self) -> list[QAction]:
        """The actions that open something from the disk."""
        return [self[name] for name in ("open", "open_data", "open_images")]

    def preset_actions(self) -> list[QAction]:
        """The actions that load a preset."""
        return [action for name, action in self.items() if name.startswith("preset_")]
