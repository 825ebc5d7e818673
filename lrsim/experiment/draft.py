"""Changes to an experiment that wait to be applied together."""

from __future__ import annotations

from typing import Any

import msgspec

from lrsim.experiment import fields
from lrsim.experiment.keys import RATE_KEY, SCALE_TARGET, with_values
from lrsim.experiment.specs import Experiment

NEW_SUBJECT = {"data.source", "model.layers"}
OF_OTHER_SOURCE = ("data.inputs", "data.targets", "data.trials")


class Draft:
    """An experiment and what is to become of it.

    A change that means nothing at present (the momentum, once the optimizer is one without) waits aside and counts
    again as soon as it does.
    """

    def __init__(self, base: Experiment) -> None:
        self.base = base
        self._changes: dict[str, Any] = {}

    def value(self, key: str) -> Any:
        """The changed value of a dotted key, else the present one; None under a table that is not there."""
        if key in self._changes:
            return self._changes[key]
        if key.startswith(fields.EARLY + ".") and self.base.stop.early_stopping is None:
            return fields.plain_default(key)
        node = self._present(key)
        return _plain_layers(node) if key == "model.layers" else node

    def _present(self, key: str) -> Any:
        node: Any = self.base
        for part in key.split("."):
            node = getattr(node, part)
        return node

    def want(self, key: str, wanted: bool) -> None:
        """Have a table or given weights, or do without."""
        nothing: Any = () if fields.all_fields()[key].kind == "given" else None
        node = self._present(key)
        self.set(key, (node or {}) if wanted else nothing)

    def set(self, key: str, value: Any) -> None:
        """Change a key; its present value takes the change back."""
        self._changes.pop(key, None)
        if value != self.value(key):
            self._changes[key] = value

    def discard(self) -> None:
        self._changes.clear()

    @property
    def changes(self) -> dict[str, Any]:
        """The changes that mean something at the present values."""
        return {key: value for key, value in self._changes.items() if fields.applies(key, self.value) or _drops(key)}

    def experiment(self, lr: float | None = None) -> Experiment:
        """The changed experiment, checked; `lr` is the rate that it goes on with.

        Raises
        ------
        ExperimentError
            The changes don't fit the rules or each other; names the key.
        """
        values: dict[str, Any] = {} if lr is None else {RATE_KEY: lr}
        if "data.source" in self._changes:
            values |= self._reset_for_source()
        if not fields.applies(SCALE_TARGET, self.value):
            values[SCALE_TARGET] = None  # classes can't be scaled
        values |= self.changes
        if fields.EARLY in values and values[fields.EARLY] is not None:
            prefix = fields.EARLY + "."
            inner = [key for key in values if key.startswith(prefix)]
            values[fields.EARLY] = {key.removeprefix(prefix): values.pop(key) for key in inner}
        if set(values) & NEW_SUBJECT:
            values |= {"description": "", "source": "", "claim": ""}  # they speak of what is no longer there
        return with_values(self.base, values.items())

    def _reset_for_source(self) -> dict[str, Any]:
        """Keys of the data that another source has no use for, at their defaults."""
        unused = [key for key in fields.all_fields() if key.startswith("data.") and not fields.applies(key, self.value)]
        return dict.fromkeys([*OF_OTHER_SOURCE, *unused])


def _drops(key: str) -> bool:
    """Weights that are dropped no longer apply, which is the change."""
    return key == "model.weights"


def _plain_layers(layers: Any) -> list[dict[str, Any]]:
    """Layers as the tables of the file, without what is left at its default."""
    plain: list[dict[str, Any]] = []
    for layer in layers:
        given = {item.name: getattr(layer, item.name) for item in msgspec.structs.fields(type(layer))}
        standard = {item.name: item.default for item in msgspec.structs.fields(type(layer))}
        plain.append(
            {key: value for key, value in given.items() if key in ("units", "activation") or value != standard[key]}
        )
    return plain
