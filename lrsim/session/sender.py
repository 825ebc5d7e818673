"""One method for each command, so that who steers a session need not name the commands."""

from __future__ import annotations

from abc import ABC, abstractmethod

from lrsim.experiment.keys import RATE_KEY
from lrsim.experiment.specs import Experiment
from lrsim.history.file import Kept
from lrsim.instruments.range_test import HIGHEST, LOWEST, POINTS
from lrsim.session import commands
from lrsim.session.commands import Command
from lrsim.session.snapshot import Place


class Sender(ABC):
    """Something that takes commands; each method returns the id that `send` has given."""

    @abstractmethod
    def send(self, command: Command) -> int:
        """Take a command; returns its id."""

    def play(self) -> int:
        """Send `Play`."""
        return self.send(commands.Play())

    def play_back(self) -> int:
        """Send `PlayBack`."""
        return self.send(commands.PlayBack())

    def set_loop(self, first: int | None = None, last: int | None = None) -> int:
        """Send `SetLoop`."""
        return self.send(commands.SetLoop(first, last))

    def set_bookmark(self, name: str) -> int:
        """Send `SetBookmark`."""
        return self.send(commands.SetBookmark(name))

    def go_to_bookmark(self, name: str) -> int:
        """Send `GoToBookmark`."""
        return self.send(commands.GoToBookmark(name))

    def pause(self) -> int:
        """Send `Pause`."""
        return self.send(commands.Pause())

    def toggle(self) -> int:
        """Send `Toggle`."""
        return self.send(commands.Toggle())

    def step(self, n: int = 1) -> int:
        """Send `Step`."""
        return self.send(commands.Step(n))

    def step_back(self, n: int = 1) -> int:
        """Send `StepBack`."""
        return self.send(commands.StepBack(n))

    def step_into(self, n: int = 1) -> int:
        """Send `StepInto`."""
        return self.send(commands.StepInto(n))

    def step_out(self) -> int:
        """Send `StepOut`."""
        return self.send(commands.StepOut())

    def open_stage(self, at: int) -> int:
        """Send `OpenStage`."""
        return self.send(commands.OpenStage(at))

    def inspect(self, sample: int | None, unit: int = 0) -> int:
        """Send `Inspect`."""
        return self.send(commands.Inspect(sample, unit))

    def step_epochs(self, n: int) -> int:
        """Send `StepEpochs`."""
        return self.send(commands.StepEpochs(n))

    def seek(self, step: int) -> int:
        """Send `Seek`."""
        return self.send(commands.Seek(step))

    def run_to(self, step: int) -> int:
        """Send `RunTo`."""
        return self.send(commands.RunTo(step))

    def set_speed(self, steps_per_second: float) -> int:
        """Send `SetSpeed`."""
        return self.send(commands.SetSpeed(steps_per_second))

    def set_rate(self, value: float, gesture: int = 0) -> int:
        """Send `SetLive` of `optimizer.lr`."""
        return self.send(commands.SetLive(RATE_KEY, value, gesture))

    def fork(self, step: int, values: dict[str, commands.LiveValue]) -> int:
        """Send `Fork`."""
        return self.send(commands.Fork(step, values))

    def move_rate(self, step: int, to: int | None) -> int:
        """Send `MoveRate`."""
        return self.send(commands.MoveRate(step, to))

    def go_to(self, branch: int, step: int) -> int:
        """Send `GoTo`."""
        return self.send(commands.GoTo(branch, step))

    def try_rates(self, steps: int) -> int:
        """Send `TryRates`."""
        return self.send(commands.TryRates(steps))

    def find_rates(self, lowest: float = LOWEST, highest: float = HIGHEST, points: int = POINTS) -> int:
        """Send `FindRates`."""
        return self.send(commands.FindRates(lowest, highest, points))

    def auto_tune(self) -> int:
        """Send `AutoTune`."""
        return self.send(commands.AutoTune())

    def set_breakpoint(self, text: str, hits: str = "", log: str = "", number: int | None = None) -> int:
        """Send `SetBreakpoint`."""
        return self.send(commands.SetBreakpoint(text, hits, log, id=number))

    def set_watch(self, name: str, text: str, number: int | None = None) -> int:
        """Send `SetWatch`."""
        return self.send(commands.SetWatch(name, text, number))

    def reverse(self) -> int:
        """Send `Reverse`."""
        return self.send(commands.Reverse())

    def cancel(self) -> int:
        """Send `Cancel`."""
        return self.send(commands.Cancel())

    def reset(self) -> int:
        """Send `Reset`."""
        return self.send(commands.Reset())

    def load(self, experiment: Experiment, step: int = 0, label: str = "", kept: Kept | None = None) -> int:
        """Send `Load`."""
        return self.send(commands.Load(experiment, step, label, kept))

    def cancel_load(self) -> int:
        """Send `CancelLoad`."""
        return self.send(commands.CancelLoad())

    def undo(self) -> int:
        """Send `Undo`."""
        return self.send(commands.Undo())

    def redo(self) -> int:
        """Send `Redo`."""
        return self.send(commands.Redo())

    def restore(self, place: Place) -> int:
        """Send `Restore`."""
        return self.send(commands.Restore(place))
