"""Where epochs begin and end among the steps of a training; another batch size gives later ones another length."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int64]


class Piece(NamedTuple):
    """From `step` steps and `epoch` epochs on, every epoch has `size` steps."""

    step: int
    epoch: int
    size: int


@dataclass(frozen=True)
class EpochGrid:
    """The epochs of one training.

    Attributes
    ----------
    pieces
        Stretches of epochs of one length, in order; the first begins at 0.
    total_steps
        Steps of the whole training; None where that is not known.
    """

    pieces: tuple[Piece, ...]
    total_steps: int | None = None

    @classmethod
    def uniform(cls, size: int, total_steps: int | None = None) -> EpochGrid:
        """All epochs of one length."""
        return cls((Piece(0, 0, size),), total_steps)

    def with_size(self, step: int, size: int, epochs: int) -> EpochGrid:
        """Epochs have `size` steps from the first on that begins once `step` steps are done, or later.

        Parameters
        ----------
        epochs
            Of the whole training.
        """
        begin = self.next_begin(step)
        epoch = self.ended(begin)
        pieces = tuple(piece for piece in self.pieces if piece.step < begin)
        if not pieces or pieces[-1].size != size:
            pieces = (*pieces, Piece(begin, epoch, size))
        bare = EpochGrid(pieces)
        return EpochGrid(pieces, bare.end_of(epochs))

    def _at(self, step: int) -> Piece:
        if len(self.pieces) == 1:
            return self.pieces[0]
        return self.pieces[bisect_right(self.pieces, step, key=lambda piece: piece.step) - 1]

    def size_at(self, step: int) -> int:
        """Steps of the epoch to which the step after `step` steps belongs."""
        return self._at(step).size

    def place(self, step: int) -> tuple[int, int]:
        """Whole epochs that are done once `step` steps are, and steps of the next one."""
        piece = self._at(step)
        epochs, into = divmod(step - piece.step, piece.size)
        return piece.epoch + epochs, into

    def ended(self, step: int) -> int:
        """Whole epochs that are done once `step` steps are."""
        return self.place(step)[0]

    def epoch_of(self, step: int) -> int:
        """The epoch, from 1, of step `step`, from 1; 0 for none."""
        return self.ended(step - 1) + 1 if step else 0

    def begin_of(self, step: int) -> int:
        """Steps that were done when the epoch at hand began, `step` being done."""
        return step - self.place(step)[1]

    def next_begin(self, step: int) -> int:
        """The first number of steps from `step` on at which an epoch begins."""
        into = self.place(step)[1]
        return step + self.size_at(step) - into if into else step

    def end_of(self, epoch: int) -> int:
        """Steps that are done once so many epochs are."""
        pieces = self.pieces
        piece = pieces[bisect_right(pieces, epoch, key=lambda each: each.epoch) - 1] if len(pieces) > 1 else pieces[0]
        return piece.step + (epoch - piece.epoch) * piece.size

    def position(self, step: int) -> float:
        """Epochs that are done once `step` steps are, with their fraction."""
        piece = self._at(step)
        return piece.epoch + (step - piece.step) / piece.size

    def step_at(self, epochs: float) -> float:
        """Steps that are done at a position in epochs, which may lie within one."""
        pieces = self.pieces
        piece = pieces[bisect_right(pieces, epochs, key=lambda each: each.epoch) - 1]
        return piece.step + (epochs - piece.epoch) * piece.size

    def all_ended(self, steps: Steps) -> Steps:
        """As `ended`, of each of some numbers of steps."""
        if len(self.pieces) == 1:
            return steps // self.pieces[0].size
        begins, epochs, sizes = (np.array(part) for part in zip(*self.pieces))
        at = np.searchsorted(begins, steps, side="right") - 1
        found: Steps = epochs[at] + (steps - begins[at]) // sizes[at]
        return found

    def all_into(self, steps: Steps) -> Steps:
        """Steps that are done of the epoch at hand, for each of some numbers of steps."""
        if len(self.pieces) == 1:
            return steps % self.pieces[0].size
        begins, _, sizes = (np.array(part) for part in zip(*self.pieces))
        at = np.searchsorted(begins, steps, side="right") - 1
        found: Steps = (steps - begins[at]) % sizes[at]
        return found

    def ends(self, epochs: NDArray[np.int64]) -> Steps:
        """As `end_of`, of each of some epochs."""
        if len(self.pieces) == 1:
            return epochs * self.pieces[0].size
        begins, firsts, sizes = (np.array(part) for part in zip(*self.pieces))
        at = np.searchsorted(firsts, epochs, side="right") - 1
        found: Steps = begins[at] + (epochs - firsts[at]) * sizes[at]
        return found
