"""What a session can be asked to do: frozen values, one type a command.

They hold plain values, so that a command can be kept, sent again, or written down (`msgspec.to_builtins`) and read back
(`msgspec.convert` to `Written`). `Restore` alone points into the session that it came from and stays there.
"""

from __future__ import annotations

import math

import msgspec

from lrsim.experiment.specs import Experiment
from lrsim.history.file import Kept
from lrsim.instruments.range_test import HIGHEST, LOWEST, POINTS
from lrsim.session.snapshot import Place

LiveValue = bool | int | float | str | tuple[float, ...] | None
"""Of a key that may change in mid-run, or of a parameter."""


class Command(msgspec.Struct, frozen=True, tag_field="command", tag=True, forbid_unknown_fields=True):
    """Something that a session does between two slices of training; `Session.send` gives it an id."""


class Play(Command, frozen=True):
    """Walk what is recorded and train on; from the end of a run that a stop rule has ended, past that rule."""


class Pause(Command, frozen=True):
    """Stop after the slice at hand."""


class Toggle(Command, frozen=True):
    """Play or pause."""


class Step(Command, frozen=True):
    """Pause and take n steps: recorded ones are walked, new ones are trained."""

    n: int = 1


class StepBack(Command, frozen=True):
    """Pause and go n steps back."""

    n: int = 1


class StepInto(Command, frozen=True):
    """Pause and go n stages on within the update that follows, or, negative, back; past its last one it is taken."""

    n: int = 1


class StepOut(Command, frozen=True):
    """Pause and take the update that stands open to its end."""


class OpenStage(Command, frozen=True):
    """Pause and open a stage, from 0, of the update that follows."""

    at: int


class Inspect(Command, frozen=True):
    """Look at one sample of the batch, from 0, or at all of it together, and at one unit of the layer."""

    sample: int | None = 0
    unit: int = 0


class StepEpochs(Command, frozen=True):
    """Pause and go to the n-th epoch boundary after (or, negative, before) the cursor."""

    n: int


class Seek(Command, frozen=True):
    """Pause and show a recorded step (0 to the tip); further ones mean the tip."""

    step: int


class RunTo(Command, frozen=True):
    """Go to a step at full speed, training as far as needed; divergence ends it early."""

    step: int


class SetSpeed(Command, frozen=True):
    """Steps a second while playing; inf is as fast as the machine can."""

    steps_per_second: float = math.inf


class SetLive(Command, frozen=True):
    """Use another value of a key, or of a parameter by its trace name, from the next step on; in the past, and where it
    changes more than what is to come, this forks a new branch there.

    Changes of one `gesture` other than 0 are taken back together.
    """

    key: str
    value: LiveValue
    gesture: int = 0


class Fork(Command, frozen=True):
    """Pause and begin a new branch at a recorded step (0 to the tip) with other values of keys, or of parameters by
    their trace names, from there on.

    What was trained stays on the old branch, to which `Undo` leads back.
    """

    step: int
    values: dict[str, LiveValue]


class MoveRate(Command, frozen=True):
    """Have a change of the rate that was made by hand after `step` steps made after `to` steps (0 to the tip) instead,
    or not at all.

    A new branch begins at the earlier of the two and is trained to where this one ends, with all other changes that
    were made by hand. `Undo` leads back to the old one.
    """

    step: int
    to: int | None = None


class GoTo(Command, frozen=True):
    """Pause and show a step of a branch, at most its tip."""

    branch: int
    step: int


class NameBranch(Command, frozen=True):
    """Call a branch by a name of its own; an empty one takes that back."""

    branch: int
    name: str


class HideBranch(Command, frozen=True):
    """Put a branch out of sight, or show it again; nothing of it is lost."""

    branch: int
    hidden: bool = True


class Compare(Command, frozen=True):
    """Hold two branches against each other; what is found comes as `Snapshot.comparison`."""

    first: int
    second: int


class TryRates(Command, frozen=True):
    """Begin a branch here for each factor of the present rate, and train each for so many steps."""

    steps: int
    factors: tuple[float, ...] = (1 / 3, 1.0, 3.0)


class SetBreakpoint(Command, frozen=True):
    """Stop the run where a condition comes true, or write a line there; an `id` says which one is written anew.

    `hits` is which of the times count, as in ``5``, ``>=5`` or ``%5``; with a `log` such as ``loss {loss} at {step}``
    the line is written and the run goes on.
    """

    text: str
    hits: str = ""
    log: str = ""
    enabled: bool = True
    id: int | None = None


class EnableBreakpoint(Command, frozen=True):
    """Use a condition, or leave it aside."""

    id: int
    enabled: bool = True


class RemoveBreakpoint(Command, frozen=True):
    """Take a condition away."""

    id: int


class PlayBack(Command, frozen=True):
    """Play backwards through what is recorded, to the start, the fence or round the loop; conditions do not stop it."""


class SetLoop(Command, frozen=True):
    """Play round between two steps; a loop without a `last` one is only begun, without a `first` one there is none."""

    first: int | None = None
    last: int | None = None


class SetBookmark(Command, frozen=True):
    """Give the present place a name that no other has."""

    name: str


class GoToBookmark(Command, frozen=True):
    """Pause and show the place of a name, on its branch unless the one at hand goes through it."""

    name: str


class RemoveBookmark(Command, frozen=True):
    """Take a name away."""

    name: str


class SetWatch(Command, frozen=True):
    """Follow an expression under a name, over all steps; an `id` says which watch is written anew."""

    name: str
    text: str
    id: int | None = None


class RemoveWatch(Command, frozen=True):
    """Take a watch away."""

    id: int


class LookBack(Command, frozen=True):
    """Work out watches over what came before, or leave what is not known yet of it."""

    on: bool = True


class SetFence(Command, frozen=True):
    """The step at which going backwards ends at the latest; 0 for none."""

    step: int = 0


class Reverse(Command, frozen=True):
    """Pause and go back to the last place where a condition came true, else to the fence, else to step 0."""


class FindRates(Command, frozen=True):
    """Begin a range test on a copy of what stands at the cursor, and trials of rates on other copies after it.

    What is found comes as `Snapshot.range_test`.
    """

    lowest: float = LOWEST
    highest: float = HIGHEST
    points: int = POINTS


class AutoTune(Command, frozen=True):
    """Pause, find a rate for each layer, and use these where copies of the run end lower with them than with one rate.

    This begins a new branch, and `Undo` goes back to the old one. `Snapshot.tuning` says how the rates were found.
    """


class Cancel(Command, frozen=True):
    """End what goes on beside training; a range test keeps what it has found."""


class Reset(Command, frozen=True):
    """Back to step 0 with the live values that are in effect now; `Undo` goes back to what was trained."""


class Load(Command, frozen=True):
    """Begin another experiment and train it to `step`; one that can't be built is refused and changes nothing.

    It is loaded in a thread of its own; the run at hand stands still meanwhile, and commands wait. `label` is what undo
    calls it. With a session that was `kept` all its branches are trained again, and its conditions, watches and
    bookmarks take the place of those that there are.
    """

    experiment: Experiment
    step: int = 0
    label: str = ""
    kept: Kept | None = None


class CancelLoad(Command, frozen=True):
    """Give up all that is being loaded or waits to be, and what was sent for it; does not wait its turn."""


class Undo(Command, frozen=True):
    """Take the newest edit back: stand where it was made, on the line of training that it left."""


class Redo(Command, frozen=True):
    """Do again what was taken back last: stand where it led and had been trained to."""


class Restore(Command, frozen=True):
    """Go back to where `place` was taken: another run, branch and step."""

    place: Place


Written = (
    Play | Pause | Toggle | Step | StepBack | StepInto | StepOut | OpenStage | Inspect
    | StepEpochs | Seek | RunTo | SetSpeed | SetLive | Fork | MoveRate | GoTo
    | NameBranch | HideBranch | Compare | TryRates | SetBreakpoint
    | EnableBreakpoint | RemoveBreakpoint | SetWatch | RemoveWatch | LookBack
    | PlayBack | SetLoop | SetBookmark | GoToBookmark | RemoveBookmark
    | SetFence | Reverse | FindRates | AutoTune | Cancel | Reset | Load
    | CancelLoad | Undo | Redo
)  # fmt: skip
"""The commands that can be written down."""
