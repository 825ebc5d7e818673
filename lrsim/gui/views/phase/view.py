"""The phase plot of a parameter."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.phase.plot import PhasePlot
from lrsim.gui.views.view import ModelFacts, PlotView, ViewSpec
from lrsim.session.snapshot import Snapshot


class PhaseView(PlotView):
    """A parameter against itself one step later."""

    NAME = "phase"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self.fill(bridge, PhasePlot(bridge, themes, self.title()))

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("PhaseView", "Phase plot")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other parameters."""
        problem = self._reader.problem_of(snapshot)
        names = problem.parameter_names if problem.records_parameters else ()
        # A weight first: it is what swings where the rate is too high.
        self.plot.set_names(sorted(names, key=lambda name: not name.startswith("W")), snapshot)


def _recorded(model: ModelFacts) -> bool:
    return model.recorded


VIEW = ViewSpec(
    PhaseView.NAME,
    PhaseView.title,
    PhaseView,
    column="curves",
    layouts={"landscape": _recorded},
    share=440,
    folds=True,
)
