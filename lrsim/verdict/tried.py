"""What trials hand down to a verdict: the rates that were tried and what each of them came to. Plain, frozen data."""

from __future__ import annotations

from dataclasses import dataclass

FROM_START, FROM_HERE = "start", "here"


@dataclass(frozen=True, order=True)
class Candidate:
    """A rate to try.

    Attributes
    ----------
    rate
        `optimizer.lr`, before the schedule.
    falling
        Whether it falls to zero over the epochs of the trial, along half a cosine.
    start
        ``start``: from the start weights on; ``here``: from where the run stands.
    """

    rate: float
    falling: bool = False
    start: str = FROM_START


@dataclass(frozen=True)
class Trial:
    """What a candidate came to.

    Attributes
    ----------
    epochs
        That it was trained for.
    figure
        Of the end of these epochs, the lower the better; infinite where training diverged.
    """

    candidate: Candidate
    epochs: int
    figure: float


@dataclass(frozen=True)
class Tried:
    """What was tried for one piece of advice.

    Attributes
    ----------
    figure_name
        What candidates are compared by: ``val_loss`` where rows are held out, else ``loss``.
    own
        The run itself, with its own rate: what the others are held against.
    trials
        The longest trial of each candidate, in the order in which they were first tried.
    noise
        How much the figures of two trials may differ by chance.
    best
        The candidate that wins by more than that; None where none does, or as long as that is not known.
    whole
        Whether the longest trials went as far as the run is to go.
    work, budget
        Multiply-adds done, and those that may be done.
    done
        Whether nothing more is to come.
    """

    figure_name: str
    own: Trial
    trials: tuple[Trial, ...] = ()
    noise: float = 0.0
    best: Candidate | None = None
    whole: bool = True
    work: int = 0
    budget: int = 0
    done: bool = False
