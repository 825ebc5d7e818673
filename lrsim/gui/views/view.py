"""What a view is, and how it is declared: what it is called, what makes it, where it stands and for which models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.picture import Picture
from lrsim.gui.look.theme import ThemeSource
from lrsim.session.snapshot import Snapshot


class View(QWidget):
    """A picture of one run, which it follows from snapshot to snapshot.

    Attributes
    ----------
    NAME : str
        What it is called in the code and in ``lrsim shot --view``.

    Signals
    -------
    seek_requested(int)
        A step was chosen in the view; one in which none can be chosen never sends it.
    rate_chosen(float)
        A rate to use from the next step on.
    rate_moved(int, object)
        As that of a chart.
    experiment_wanted(object, str)
        Another experiment, made from this one by hand, and what undo calls it.
    refused(str)
        What a hand wanted can't be had; the sentence says why.
    """

    NAME = ""
    seek_requested = Signal(int)
    rate_chosen = Signal(float)
    rate_moved = Signal(int, object)
    experiment_wanted = Signal(object, str)
    refused = Signal(str)

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        raise NotImplementedError

    @property
    def settled(self) -> bool:
        """Whether it is no longer refining what it shows."""
        return True

    def follow(self, bridge: Bridge) -> None:
        """Show the run as it stands, and from then on whatever becomes of it; called once it is built."""
        self.rebuild(bridge.reader.snapshot())
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    def rebuild(self, snapshot: Snapshot) -> None:
        """Set the view up for another run."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        raise NotImplementedError

    def give_up(self) -> None:
        """The experiment that was wanted last does not come: begin from the run at hand again."""


class PlotView(View):
    """A plot that fills its view; the view makes the plot and calls `fill` at the end of its own making."""

    def fill(self, bridge: Bridge, plot: Picture) -> None:
        """Show the plot, from the run as it stands on."""
        self.plot: Any = plot
        plot.setObjectName(self.NAME)
        if isinstance(plot, Chart):  # a step can be chosen in it
            plot.seek_requested.connect(self.seek_requested)
            plot.rate_moved.connect(self.rate_moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plot)
        self.follow(bridge)

    def put_below(self, row: QWidget) -> None:
        """Stand switches below the plot."""
        layout = self.layout()
        if layout is not None:
            layout.addWidget(row)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.plot.show_snapshot(snapshot)


@dataclass(frozen=True)
class ModelFacts:
    """What decides which views mean something: the size of the model, and how it is trained."""

    inputs: int
    outputs: int
    parameters: int
    batch_size: int
    held_out: int
    images: bool = False
    """Whether samples are images of classes."""
    recorded: bool = False
    """Whether each parameter is recorded at each step."""

    @property
    def one_by_one(self) -> bool:
        """Whether a single step says something: one number in, one out, one sample a step, and none held out."""
        return self.inputs == self.outputs == self.batch_size == 1 and not self.held_out


Fits = Callable[[ModelFacts], bool]
Column = Literal["curves", "details"]
"""The curves at the left, or the details at the right."""


def always(model: ModelFacts) -> bool:
    """Fits every model."""
    return True


@dataclass(frozen=True)
class ViewSpec:
    """The declaration of a view that stands in the middle of the window.

    Parameters
    ----------
    name, title
        What it is called in the code and for people.
    make
        Builds it.
    column
        Where it stands, unless a hand has put it elsewhere.
    layouts
        In which layouts it stands, each with the models that it fits there.
    share
        How much of its column it gets, compared to the others in it.
    folds
        Whether it gives way where there is little room.
    """

    name: str
    title: Callable[[], str]
    make: Callable[[Bridge, ThemeSource], View]
    column: Column
    layouts: Mapping[str, Fits]
    share: int = 500
    folds: bool = False

    def stands_in(self, layout: str, model: ModelFacts) -> bool:
        """Whether it has something to say about a model in a layout."""
        return layout in self.layouts and self.layouts[layout](model)

    def fits(self, model: ModelFacts) -> bool:
        """Whether it has something to say about a model anywhere."""
        return any(fits(model) for fits in self.layouts.values())
