"""All views that stand in the middle of the window, in the order from top to bottom of their columns."""

from __future__ import annotations

from lrsim.gui.views import error, learning, parameters, weights
from lrsim.gui.views.along import view as along
from lrsim.gui.views.filters import view as filters
from lrsim.gui.views.function import view as function
from lrsim.gui.views.images import view as images
from lrsim.gui.views.layers import flips, histogram
from lrsim.gui.views.network import view as network
from lrsim.gui.views.phase import view as phase
from lrsim.gui.views.regions import view as regions
from lrsim.gui.views.stability import view as stability
from lrsim.gui.views.steps import view as steps
from lrsim.gui.views.surface import view as surface
from lrsim.gui.views.view import ViewSpec

VIEWS: tuple[ViewSpec, ...] = (
    parameters.VIEW, weights.VIEW, error.VIEW, learning.VIEW, stability.VIEW, along.VIEW, phase.VIEW, histogram.VIEW,
    flips.VIEW, network.VIEW, function.VIEW, regions.VIEW, images.VIEW, filters.VIEW, steps.VIEW, surface.VIEW,
)  # fmt: skip
