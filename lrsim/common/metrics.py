"""The figures that are taken of a model: a quantity on a split, one name for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

QUANTITIES = ("loss", "error", "accuracy")
ERROR_IN_UNITS = "error_in_units"
"""The error in the units of the source, by which runs compare whose targets are scaled differently; of a whole run."""


class Split(StrEnum):
    """Rows that are trained on, or held out."""

    TRAINING = "training"
    VALIDATION = "validation"


_PREFIXES = {Split.TRAINING: "", Split.VALIDATION: "val_"}


@dataclass(frozen=True)
class Metric:
    """A figure, as results, tables and callbacks name it: ``loss``, ``val_loss`` ..."""

    quantity: str
    split: Split = Split.TRAINING

    @property
    def name(self) -> str:
        return _PREFIXES[self.split] + self.quantity

    @property
    def held_out(self) -> bool:
        return self.split is Split.VALIDATION

    @property
    def higher_is_better(self) -> bool:
        return self.quantity == "accuracy"

    @property
    def words(self) -> str:
        """As in ``validation loss``."""
        return f"{self.split} {quantity_words(self.quantity)}"


def quantity_words(quantity: str) -> str:
    """What a quantity is called in titles."""
    return "error in the file's units" if quantity == ERROR_IN_UNITS else quantity


METRICS = tuple(Metric(quantity, split) for split in Split for quantity in QUANTITIES)
METRIC_NAMES = tuple(metric.name for metric in METRICS)
TOLD_AT_THE_END = tuple(
    Metric(quantity, split) for split in Split for quantity in (*QUANTITIES, ERROR_IN_UNITS) if quantity != "error"
)
"""What tables of finished runs show: the error alone where it is in the units of the source."""


@cache
def metric_of(name: str) -> Metric:
    """The metric of this name; a name without a split's mark is of the training rows."""
    mark = _PREFIXES[Split.VALIDATION]
    if name.startswith(mark):
        return Metric(name.removeprefix(mark), Split.VALIDATION)
    return Metric(name)


def held_out(quantity: str) -> str:
    """Name of a quantity on the held-out rows."""
    return Metric(quantity, Split.VALIDATION).name
