"""Parameters over steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.branches_plot import BranchesPlot
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import Curve
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.view import ModelFacts, PlotView, ViewSpec
from lrsim.session.snapshot import Snapshot

MOST_CURVES = 8


class ParametersView(PlotView):
    """Weights and biases after each step, on one axis."""

    NAME = "parameters"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        plot = BranchesPlot(bridge, themes, self.title(), self.tr("value"), ScaleKind.LINEAR, self._values)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("ParametersView", "Weights and biases")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other parameters."""
        problem = self._reader.problem_of(snapshot)
        names = problem.parameter_names if problem.records_parameters else ()
        # The bias is told before the weight, as in the table of steps.
        self._shown = [names.index(name) for name in sorted(names, key=_bias_first)][:MOST_CURVES]
        curves = [Curve(names[number], names[number], place) for place, number in enumerate(self._shown)]
        notice = self.tr("This model has {0} parameters: too many to record each of them.")
        self.plot.title = self._title_for(len(names))
        self.plot.short_title = self.tr("Weights")
        self.plot.set_curves(curves, snapshot.run, notice.format(count(problem.n_parameters)))
        self.show_snapshot(snapshot)

    def _title_for(self, number: int) -> str:
        if number <= MOST_CURVES:
            return self.title()
        return self.tr("First {0} of {1} parameters").format(MOST_CURVES, number)

    def _values(self, snapshot: Snapshot) -> Sequence[float | None]:
        return [float(snapshot.theta[number]) for number in self._shown]


def _bias_first(name: str) -> int:
    return 0 if name == "b" else 1


def _few(model: ModelFacts) -> bool:
    return model.parameters <= MOST_CURVES


VIEW = ViewSpec(
    ParametersView.NAME,
    ParametersView.title,
    ParametersView,
    column="curves",
    layouts={"step": _few, "curves": _few},
)
