"""What each command does: one function a type, called between two slices of training in the thread that works.

A function that raises ExperimentError has changed nothing, and the command is refused in its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lrsim.common.validation import ExperimentError
from lrsim.session import commands
from lrsim.session.commands import Command
from lrsim.session.player import Player


def _step(player: Player, command: commands.Step) -> None:
    player.go(player.heading + max(command.n, 0))


def _step_back(player: Player, command: commands.StepBack) -> None:
    back = max(command.n, 0) - (player.stage is not None)  # the first one leaves the stages
    player.go(max(player.heading - max(back, 0), 0))


def _seek(player: Player, command: commands.Seek) -> None:
    player.go(min(max(command.step, 0), player.branch.tip))


def _set_breakpoint(player: Player, command: commands.SetBreakpoint) -> None:
    player.breakpoints.put(command.id, command.text, command.hits, command.log, command.enabled)


def _set_watch(player: Player, command: commands.SetWatch) -> None:
    player.watches.put(command.id, command.name, command.text)
    player.breakpoints.read_anew()


def _remove_watch(player: Player, command: commands.RemoveWatch) -> None:
    player.watches.remove(command.id)
    player.breakpoints.read_anew()


def _cancel(player: Player, command: commands.Cancel) -> None:
    player.leave_search()
    player.background.cancel()


def _find_rates(player: Player, command: commands.FindRates) -> None:
    try:
        player.background.find_rates(player.place, command.lowest, command.highest, command.points)
    except (TypeError, ValueError) as error:
        raise ExperimentError("range test", str(error)) from error


HANDLERS: Mapping[type[Command], Callable[[Player, Any], None]] = {
    commands.Play: lambda player, _: player.play(),
    commands.Pause: lambda player, _: player.pause(),
    commands.Toggle: lambda player, _: player.toggle(),
    commands.Step: _step,
    commands.StepBack: _step_back,
    commands.StepInto: lambda player, command: player.step_into(command.n),
    commands.StepOut: lambda player, _: player.go(player.cursor + 1),
    commands.OpenStage: lambda player, command: player.open_stage(command.at),
    commands.Inspect: lambda player, command: player.inspect(command.sample, command.unit),
    commands.StepEpochs: lambda player, command: player.go_epochs(command.n),
    commands.Seek: _seek,
    commands.RunTo: lambda player, command: player.run_to(command.step),
    commands.SetSpeed: lambda player, command: player.set_speed(command.steps_per_second),
    commands.SetLive: lambda player, command: player.set_live(command.key, command.value, command.gesture),
    commands.Fork: lambda player, command: player.fork(command.step, command.values),
    commands.MoveRate: lambda player, command: player.move_rate(command.step, command.to),
    commands.GoTo: lambda player, command: player.go_to(command.branch, command.step),
    commands.NameBranch: lambda player, command: player.name_branch(command.branch, command.name),
    commands.HideBranch: lambda player, command: player.hide_branch(command.branch, command.hidden),
    commands.Compare: lambda player, command: player.compare(command.first, command.second),
    commands.TryRates: lambda player, command: player.try_rates(command.steps, command.factors),
    commands.SetBreakpoint: _set_breakpoint,
    commands.EnableBreakpoint: lambda player, command: player.breakpoints.enable(command.id, command.enabled),
    commands.RemoveBreakpoint: lambda player, command: player.breakpoints.remove(command.id),
    commands.SetWatch: _set_watch,
    commands.RemoveWatch: _remove_watch,
    commands.LookBack: lambda player, command: player.watches.look_back(command.on, player.place),
    commands.PlayBack: lambda player, _: player.play_back(),
    commands.SetLoop: lambda player, command: player.set_loop(command.first, command.last),
    commands.SetBookmark: lambda player, command: player.run.bookmarks.put(command.name, player.branch, player.cursor),
    commands.GoToBookmark: lambda player, command: player.go_to_bookmark(command.name),
    commands.RemoveBookmark: lambda player, command: player.run.bookmarks.remove(command.name),
    commands.SetFence: lambda player, command: player.set_fence(command.step),
    commands.Reverse: lambda player, _: player.reverse(),
    commands.FindRates: _find_rates,
    commands.AutoTune: lambda player, _: player.tune(),
    commands.Cancel: _cancel,
    commands.Reset: lambda player, _: player.reset(),
    commands.Load: lambda player, command: player.load(
        command.step, command.label or command.experiment.name, command.kept
    ),
    commands.CancelLoad: lambda player, _: player.leave_load(),
    commands.Undo: lambda player, _: player.undo(),
    commands.Redo: lambda player, _: player.redo(),
    commands.Restore: lambda player, command: player.restore(command.place),
}
