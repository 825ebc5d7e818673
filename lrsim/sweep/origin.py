"""Where the figures of a run come from: which versions computed them, and on which data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lrsim import __version__
from lrsim.data.dataset import load_data
from lrsim.experiment.specs import Experiment
from lrsim.training.engine import Problem
from lrsim.training.model import coding


class Origin(NamedTuple):
    """What two runs must have in common to stand in one table.

    Attributes
    ----------
    made_by
        The versions that have a say in results, as in ``lrsim 0.1.0, NumPy 2.3``.
    data
        Digest of the rows, see `Dataset.digest`.
    """

    made_by: str
    data: str


UNKNOWN = Origin("", "")
"""Nothing is known of where it was computed."""


def made_by(lrsim: str = __version__, numpy: str = np.__version__) -> str:
    """Versions in words; of NumPy, which draws the starts and splits the rows, a mend makes no difference."""
    return f"lrsim {lrsim}, NumPy {'.'.join(numpy.split('.')[:2])}"


def origin_of(problem: Problem) -> Origin:
    """That of a run of this problem in this process."""
    return Origin(made_by(), problem.data.digest)


class Origins:
    """The origins that runs would have here and now; each data set is loaded once."""

    def __init__(self) -> None:
        self._digests: dict[Any, str] = {}

    def of(self, experiment: Experiment) -> Origin:
        """That of a run of this experiment; ExperimentError where its data can't be loaded."""
        key = (experiment.data, experiment.model.dtype, coding(experiment))
        if key not in self._digests:
            self._digests[key] = load_data(*key, keep=True).digest
        return Origin(made_by(), self._digests[key])


def difference(found: Origin, expected: Origin) -> str:
    """What tells them apart, in words that follow "has"; empty when nothing does."""
    if found.made_by != expected.made_by:
        return f"{found.made_by or 'a version that does not say its number'}, expected {expected.made_by}"
    return "other data, expected the same" if found.data != expected.data else ""
