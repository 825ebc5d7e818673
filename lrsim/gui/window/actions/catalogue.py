"""The actions of the main window, group by group: this is the list of everything that a hand can do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import LOOKS
from lrsim.gui.commands.actions import MANY_RUNS, ONE_RUN, Actions, ActionSpec
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.banner import Banner
from lrsim.gui.panels.strip.rate import RateStrip
from lrsim.gui.panels.strip.transport import Transport
from lrsim.gui.views.switches import Switches
from lrsim.gui.views.switches import declared as switch_specs
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.window.actions.debugger import ReachesDebugger, debugger_actions
from lrsim.gui.window.actions.experiment import ReachesExperiment, experiment_actions
from lrsim.gui.window.actions.sweep import ReachesSweep, sweep_actions
from lrsim.gui.window.layouts import layouts
from lrsim.gui.words.edits import edit_words, way_words


class Reach(ReachesDebugger, ReachesExperiment, ReachesSweep, Protocol):
    """What an action reaches: the parts of the window, and what it does with more than one of them."""

    @property
    def banner(self) -> Banner: ...
    @property
    def rate(self) -> RateStrip: ...
    @property
    def transport(self) -> Transport: ...
    @property
    def palette_panel(self) -> Overlay: ...
    @property
    def keys_panel(self) -> Overlay: ...
    @property
    def settings_panel(self) -> Overlay: ...
    @property
    def arrange_panel(self) -> Overlay: ...
    def choose_layout(self, name: str) -> None: ...
    def reset_layout(self) -> None: ...
    def choose_theme(self, name: str) -> None: ...
    def present(self) -> None: ...
    def step_out(self) -> None: ...
    def close(self) -> bool: ...


def tr(text: str) -> str:
    """A text of the window's actions in the user's language."""
    return QCoreApplication.translate("WindowActions", text)


def group_titles() -> dict[str, str]:
    """The groups in order, with their titles."""
    return {
        "run": tr("Run"),
        "rate": tr("Learning rate"),
        "sweep": tr("Sweep"),
        "edit": tr("Edit"),
        "layout": tr("Layout"),
        "panels": tr("Panels"),
        "pictures": tr("Pictures"),
        "theme": tr("Theme"),
        "experiment": tr("Experiment"),
        "program": tr("Program"),
    }


def declared() -> list[ActionSpec]:
    """All actions; those of a group in the order in which they are shown."""
    return [
        *_about(ONE_RUN, [*_run(), *debugger_actions(), *_rate(), *_views()]),
        *_about(MANY_RUNS, sweep_actions()),
        *_edit(),
        *_layout(),
        *_theme(),
        *experiment_actions(),
        *_program(),
    ]


def _about(seen: str, specs: list[ActionSpec]) -> list[ActionSpec]:
    """Actions that mean something only while that is seen; the same key may do another thing elsewhere."""
    return [replace(spec, seen=seen) for spec in specs]


def _run() -> list[ActionSpec]:
    def to_newest(window: Reach) -> None:
        window.session.seek(window.session.snapshot().tip)

    return [
        ActionSpec(
            "play", "run", tr("Play or pause"),
            tr("Trains on at the chosen speed, or pauses; at the end of a run it trains on past it"),
            lambda window: window.transport.toggle(), ("Space",), "play", synonyms=tr("train start stop resume"),
        ),
        ActionSpec(
            "step", "run", tr("Step"), tr("Takes one step with the present rate"),
            lambda window: window.session.step(), ("Right", "F10"), "step", repeats=True,
            synonyms=tr("forward next over"),
        ),
        ActionSpec(
            "step_back", "run", tr("Step back"), tr("Goes back one step; nothing recorded is lost"),
            lambda window: window.session.step_back(), ("Left", "Shift+F10"), "step-back", repeats=True,
            synonyms=tr("rewind previous"),
        ),
        ActionSpec(
            "epoch", "run", tr("Step one epoch"), tr("Goes on to the end of the epoch, training if needed"),
            lambda window: window.session.step_epochs(1), ("Shift+Right",), repeats=True,
            synonyms=tr("forward next pass"),
        ),
        ActionSpec(
            "epoch_back", "run", tr("Step back one epoch"), tr("Goes back to where the epoch began"),
            lambda window: window.session.step_epochs(-1), ("Shift+Left",), repeats=True,
            synonyms=tr("rewind previous pass"),
        ),
        ActionSpec(
            "to_start", "run", tr("Go to the start"), tr("Shows the start parameters; the run is kept"),
            lambda window: window.session.seek(0), ("Home",), "to-start", synonyms=tr("first rewind"),
        ),
        ActionSpec(
            "to_newest", "run", tr("Go to the newest step"), tr("Shows the last step that was trained"),
            to_newest, ("End",), "to-end", synonyms=tr("last latest"),
        ),
        ActionSpec(
            "run_to", "run", tr("Run to a step"), tr("Type a step: trains to it at full speed and pauses"),
            lambda window: window.transport.focus_target(), icon="run-to", synonyms=tr("go seek jump until"),
        ),
        ActionSpec(
            "reset", "run", tr("Reset"),
            tr("Starts over from the start parameters with the present rate; undo brings the run back"),
            lambda window: window.commands.reset(), ("R",), "reset", synonyms=tr("restart again clear"),
        ),
        ActionSpec(
            "cancel_load", "run", tr("Cancel loading"), tr("Keeps the run that is shown, as it is"),
            lambda window: window.commands.cancel_load(), enabled=False, synonyms=tr("stop abort"),
        ),
        ActionSpec(
            "faster", "run", tr("Train faster"), tr("Doubles the steps a second"),
            lambda window: window.transport.scale_speed(2.0), synonyms=tr("speed up quicker double"),
        ),
        ActionSpec(
            "slower", "run", tr("Train slower"), tr("Halves the steps a second"),
            lambda window: window.transport.scale_speed(0.5), synonyms=tr("speed down half"),
        ),
        ActionSpec(
            "unlimited", "run", tr("Train as fast as possible"), tr("Sets the speed to unlimited"),
            lambda window: window.session.set_speed(math.inf), synonyms=tr("maximum unlimited speed faster"),
        ),
    ]  # fmt: skip


def _rate() -> list[ActionSpec]:
    tip = tr("Changes the learning rate from the next step on: {0}")
    changes = [
        ("rate_up", tr("×1.1"), 1.1, ("Up",), tr("increase higher")),
        ("rate_down", tr("÷1.1"), 1 / 1.1, ("Down",), tr("decrease lower")),
        ("rate_double", tr("×2"), 2.0, ("Shift+Up",), tr("increase higher double")),
        ("rate_half", tr("÷2"), 0.5, ("Shift+Down",), tr("decrease lower half")),
        ("rate_tenfold", tr("×10"), 10.0, (), tr("increase higher")),
        ("rate_tenth", tr("÷10"), 0.1, (), tr("decrease lower")),
    ]

    def scaled(factor: float, window: Reach) -> None:
        window.commands.scale_rate(factor)

    return [
        *(
            ActionSpec(name, "rate", title, tip.format(title), partial(scaled, factor), keys, repeats=bool(keys),
                       synonyms=words)
            for name, title, factor, keys, words in changes
        ),
        ActionSpec(
            "rate_type", "rate", tr("Type a rate"), tr("Puts the keyboard into the rate's field"),
            lambda window: window.rate.field.setFocus(Qt.FocusReason.ShortcutFocusReason), synonyms=tr("set enter lr"),
        ),
        ActionSpec(
            "rate_suggested", "rate", tr("Use the suggested rate"),
            tr("The next step uses the rate that the verdict suggests"),
            lambda window: window.banner.accept(), synonyms=tr("accept advice"),
        ),
        ActionSpec(
            "find_rate", "rate", tr("Find a learning rate"),
            tr("Opens the search for a rate: rates are tried on copies, the run stays as it is"),
            lambda window: window.docks.toggle("finder"), ("L",), synonyms=tr("lr range test finder"),
        ),
        ActionSpec(
            "show_tried", "rate", tr("Show the rates tried"),
            tr("Opens what each rate came to that was tried on a copy before one is advised"),
            lambda window: window.docks.toggle("tried"), ("T",), synonyms=tr("trials advice candidates experiment"),
        ),
        ActionSpec(
            "show_schedule", "rate", tr("Show the schedule"),
            tr("Shows the rate over the whole training, and what callbacks are about to do"),
            lambda window: window.docks.toggle("schedule"), ("S",), synonyms=tr("decay warmup plateau callbacks"),
        ),
        ActionSpec(
            "tune_layers", "rate", tr("Tune each layer"),
            tr("Finds a rate for each layer, used where it does better than one; undo takes them back"),
            lambda window: window.commands.tune_layers(), synonyms=tr("multipliers factors"),
        ),
    ]  # fmt: skip


def _edit() -> list[ActionSpec]:
    return [
        ActionSpec(
            "undo", "edit", tr("Undo"), "", lambda window: window.commands.undo(), ("Ctrl+Z",), "undo",
            repeats=True, enabled=False, synonyms=tr("take back revert"),
        ),
        ActionSpec(
            "redo", "edit", tr("Redo"), "", lambda window: window.commands.redo(),
            ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", repeats=True, enabled=False, synonyms=tr("again"),
        ),
    ]  # fmt: skip


def _layout() -> list[ActionSpec]:
    def chosen(name: str, window: Reach) -> None:
        window.choose_layout(name)

    return [
        *(
            ActionSpec(f"layout_{layout.name}", "layout", layout.title, layout.tip, partial(chosen, layout.name),
                       (layout.key,), choice=True, synonyms=tr("view show tab"))
            for layout in layouts()
        ),
        ActionSpec(
            "reset_layout", "panels", tr("Reset layout"), tr("Puts every panel back; training goes on"),
            lambda window: window.reset_layout(), synonyms=tr("restore default windows"),
        ),
    ]  # fmt: skip


def _views() -> list[ActionSpec]:
    return [
        ActionSpec(
            "arrange", "panels", tr("Arrange views"),
            tr("Puts any view beside any other in this layout, or leaves it out; training goes on"),
            lambda window: window.arrange_panel.toggle(), ("V",),
            synonyms=tr("move place columns show hide pictures customise customize"),
        ),
    ]  # fmt: skip


def _theme() -> list[ActionSpec]:
    def chosen(name: str, window: Reach) -> None:
        window.choose_theme(name)

    return [
        *(
            ActionSpec(f"theme_{name}", "theme", QCoreApplication.translate("Theme", name.capitalize()),
                       tr("Changes the look; training goes on"), partial(chosen, name), choice=True,
                       synonyms=tr("colours colors mode look night bright"))
            for name in LOOKS
        ),
        ActionSpec(
            "present", "theme", tr("Present"), tr("Full screen, large, panels folded; training goes on"),
            lambda window: window.present(), ("F5",), "present", synonyms=tr("full screen fullscreen projector zoom"),
        ),
        ActionSpec(
            "leave", "theme", tr("Leave the presentation"), tr("Back to the window as it was"),
            lambda window: window.step_out(), ("Esc",), enabled=False,
            synonyms=tr("exit full screen window end"),
        ),
    ]  # fmt: skip


def _program() -> list[ActionSpec]:
    return [
        ActionSpec(
            "palette", "program", tr("Commands"), tr("Every command, found by typing"),
            lambda window: window.palette_panel.toggle(), ("Ctrl+K",), "search", icon_text="Ctrl+K",
            synonyms=tr("palette search find"),
        ),
        ActionSpec(
            "keys", "program", tr("Keys"), tr("Lists the keys"), lambda window: window.keys_panel.toggle(),
            ("?", "F1"), "help", synonyms=tr("help shortcuts keyboard hotkeys"),
        ),
        ActionSpec(
            "settings", "program", tr("Settings"), tr("Text size, memory for the history"),
            lambda window: window.settings_panel.toggle(), ("Ctrl+,",), "settings",
            synonyms=tr("preferences options font zoom larger smaller bigger memory"),
        ),
        ActionSpec(
            "quit", "program", tr("Quit"), tr("Ends training and closes the window"), lambda window: window.close(),
            ("Ctrl+Q",), synonyms=tr("exit close"),
        ),
    ]  # fmt: skip


class WindowActions(Actions):
    """The declared actions, and those that show or fold a panel.

    Parameters
    ----------
    window
        What they act on: a window that is a `Reach`.
    panels
        The actions of the panels, by name.
    switches
        Those of the pictures.
    commands
        Tells what can be taken back.
    """

    def __init__(
        self, window: QWidget, panels: Mapping[str, QAction], switches: Switches, commands: Commands,
        themes: ThemeSource,
    ) -> None:  # fmt: skip
        super().__init__(window, group_titles(), themes)
        tip = tr("Shows or folds this panel; training goes on")
        for name, action in panels.items():
            self.take(name, "panels", action, tip, synonyms=tr("show hide fold"))
        for switch in switch_specs():
            self.take(switch.name, "pictures", switches[switch.name], switch.tip, synonyms=switch.synonyms)
        for spec in declared():
            self.add(spec)
        self._commands = commands
        commands.edits_changed.connect(self._show_edits)
        self._show_edits()

    def _show_edits(self) -> None:
        """Say what undo and redo would do, and where that leads."""
        run = self._commands.session.snapshot().run
        for name, bare, title, way in (
            ("undo", self.tr("Undo"), self.tr("Undo {0}"), self._commands.undoable),
            ("redo", self.tr("Redo"), self.tr("Redo {0}"), self._commands.redoable),
        ):
            self[name].setEnabled(way is not None)
            self[name].setText(title.format(edit_words(way.edit)) if way else bare)
        undo, redo = self._commands.undoable, self._commands.redoable
        self.explain("undo", self.tr(
            "Takes back: {0}. Goes to {1}, with all that was trained there; redo leads back here"
        ).format(edit_words(undo.edit), way_words(undo, run)) if undo else self.tr(
            "Goes back to before the last change of the rate, reset or load; nothing that was trained is lost"
        ))  # fmt: skip
        self.explain("redo", self.tr("Does again: {0}. Goes to {1}, where it was left").format(
            edit_words(redo.edit), way_words(redo, run)
        ) if redo else self.tr("Does again what was taken back"))  # fmt: skip

    def file_actions(self) -> list[QAction]:
        """The actions that open something from the disk."""
        return [self[name] for name in ("open", "open_data", "open_images")]

    def keeping_actions(self) -> list[QAction]:
        """The actions that keep or hand on the experiment."""
        return [self[name] for name in ("save", "save_as", "save_session", "copy_experiment", "paste_experiment")]

    def theme_actions(self) -> list[QAction]:
        """The actions that choose a look."""
        return [self[f"theme_{name}"] for name in LOOKS]
