"""The actions that look into a run: stages, conditions, watches, forks and branches."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from lrsim.gui.commands.actions import ActionSpec
from lrsim.gui.panels.bookmarks import BookmarkSheet
from lrsim.gui.panels.conditions.panel import ConditionsPanel
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.window.docks import Docks
from lrsim.session.session import Session


class ReachesDebugger(Protocol):
    """What these actions reach of the window."""

    @property
    def session(self) -> Session: ...
    @property
    def docks(self) -> Docks: ...
    @property
    def conditions(self) -> ConditionsPanel: ...
    @property
    def fork_panel(self) -> Overlay: ...
    @property
    def bookmarks(self) -> BookmarkSheet: ...


TRIED_EPOCHS, LEAST_TRIED = 5, 100
"""How long each of three rates is tried: epochs, and steps where these are few."""


def tr(text: str) -> str:
    """A text of the window's actions in the user's language."""
    return QCoreApplication.translate("WindowActions", text)


def debugger_actions() -> list[ActionSpec]:
    """In the order in which they are shown."""
    return [*_stages(), *_places(), *_conditions(), *_branches()]


def _stages() -> list[ActionSpec]:
    def into(stages: int, window: ReachesDebugger) -> None:
        window.docks["this_step"].show()
        window.session.step_into(stages)

    return [
        ActionSpec(
            "step_into", "run", tr("Step into"),
            tr("Opens the next update stage by stage: batch, forward, loss, backward, update"),
            partial(into, 1), ("F11",), repeats=True, synonyms=tr("stage debug inside layer"),
        ),
        ActionSpec(
            "stage_back", "run", tr("Stage before"), tr("Goes back one stage, or into the update before"),
            partial(into, -1), ("Shift+F11",), repeats=True, synonyms=tr("stage debug inside layer"),
        ),
        ActionSpec(
            "step_out_of", "run", tr("Step out"), tr("Takes the update that stands open to its end"),
            lambda window: window.session.step_out(), ("Ctrl+F11",), synonyms=tr("stage debug finish close"),
        ),
    ]  # fmt: skip


def _places() -> list[ActionSpec]:
    def mark_loop(window: ReachesDebugger) -> None:
        snapshot = window.session.snapshot()
        loop = snapshot.loop
        if loop is None:
            window.session.set_loop(snapshot.step)
        elif loop.last is None and loop.first != snapshot.step:
            window.session.set_loop(loop.first, snapshot.step)
        else:
            window.session.set_loop()

    return [
        ActionSpec(
            "play_back", "run", tr("Play backwards"),
            tr("Goes back by itself through what is recorded, at the chosen speed; Space pauses"),
            lambda window: window.session.play_back(), ("J",), synonyms=tr("reverse rewind playback"),
        ),
        ActionSpec(
            "loop", "run", tr("Loop from here, to here"),
            tr("Marks where a loop begins; pressed again elsewhere, where it ends: playing goes round; once more takes "
               "it away"),
            mark_loop, ("O",), synonyms=tr("repeat range round playback"),
        ),
        ActionSpec(
            "bookmark", "run", tr("Bookmark this step"), tr("Names the present place, to come back to it"),
            lambda window: window.bookmarks.name_here(), ("M",), synonyms=tr("mark name place"),
        ),
        ActionSpec(
            "to_bookmark", "run", tr("Go to a bookmark"), tr("Goes to a place that has a name, also on another branch"),
            lambda window: window.bookmarks.choose(), ("'",), synonyms=tr("mark jump place"),
        ),
    ]  # fmt: skip


def _conditions() -> list[ActionSpec]:
    return [
        ActionSpec(
            "reverse", "run", tr("Back to where a condition came true"),
            tr("Goes back to the last place at which one of the conditions came true, else to the start"),
            lambda window: window.conditions.reverse_or_cancel(), ("Shift+Space",),
            synonyms=tr("reverse continue rewind breakpoint"),
        ),
        ActionSpec(
            "break_here", "run", tr("Stop at this step"),
            tr("Sets a condition that stops the run at the present step, or takes it away"),
            lambda window: window.conditions.toggle_here(), ("F9",), synonyms=tr("breakpoint toggle pause"),
        ),
        ActionSpec(
            "fence", "run", tr("Fence at this step"),
            tr("Going back to a condition ends at the present step at the latest; once more takes the fence away"),
            lambda window: window.conditions.toggle_fence(), synonyms=tr("limit reverse bound"),
        ),
        ActionSpec(
            "show_conditions", "run", tr("Show the conditions"),
            tr("Opens what stops the run: write a condition, or take one that is ready-made"),
            lambda window: window.docks.toggle("conditions"), ("B",), synonyms=tr("breakpoints stop when logpoint"),
        ),
        ActionSpec(
            "show_watches", "run", tr("Show the watches"),
            tr("Opens what is followed over all steps, also those that were: write an expression, see its curve"),
            lambda window: window.docks.toggle("watches"), ("W",), synonyms=tr("watch expression gradient norm plot"),
        ),
        ActionSpec(
            "show_instruments", "run", tr("Show the instruments"),
            tr("Opens what is measured of the model: sharpness, rate x sharpness against its limit, alpha, noise"),
            lambda window: window.docks.toggle("instruments"), ("I",),
            synonyms=tr("sharpness hessian curvature stability alpha noise dead units distance"),
        ),
        ActionSpec(
            "show_answers", "run", tr("Show the answers"),
            tr("Opens a table of classes against what the model takes them for"),
            lambda window: window.docks.toggle("answers"), ("A",),
            synonyms=tr("confusion matrix classes mistakes wrong misclassified accuracy"),
        ),
    ]  # fmt: skip


def _branches() -> list[ActionSpec]:
    def branch_beside(away: int, window: ReachesDebugger) -> None:
        snapshot = window.session.snapshot()
        seen = [each for each in snapshot.branches if each.current or not each.hidden]
        here = next(place for place, each in enumerate(seen) if each.current)
        other = seen[(here + away) % len(seen)]
        window.session.go_to(other.number, min(snapshot.step, other.tip))

    def try_three(window: ReachesDebugger) -> None:
        snapshot = window.session.snapshot()
        window.session.try_rates(max(TRIED_EPOCHS * snapshot.steps_per_epoch, LEAST_TRIED))

    return [
        ActionSpec(
            "fork", "run", tr("Fork here"),
            tr("Asks what to change from this step on; what was trained stays on the old branch"),
            lambda window: window.fork_panel.toggle(), ("F",), synonyms=tr("branch change optimizer momentum weight"),
        ),
        ActionSpec(
            "try_three", "run", tr("Try three rates"),
            tr("Forks here with a third of the rate, the same and three times it, and trains each for as many steps "
               "as five epochs, at least a hundred"),
            try_three, synonyms=tr("branch compare rates experiment"),
        ),
        ActionSpec(
            "show_branches", "run", tr("Show the branches"),
            tr("Opens the tree of all that was trained from this start: go there, name, hide, compare"),
            lambda window: window.docks.toggle("branches"), ("Y",), synonyms=tr("fork tree compare futures rename"),
        ),
        ActionSpec(
            "branch_before", "run", tr("Branch before"), tr("Goes to the branch before, at the same step"),
            partial(branch_beside, -1), ("[",), repeats=True, synonyms=tr("fork previous other"),
        ),
        ActionSpec(
            "branch_after", "run", tr("Branch after"), tr("Goes to the next branch, at the same step"),
            partial(branch_beside, 1), ("]",), repeats=True, synonyms=tr("fork next other"),
        ),
    ]  # fmt: skip
