"""An experiment with other layers: what + and - and a choice of activation make of it."""

from __future__ import annotations

from typing import Any

from lrsim.experiment.files import to_dict
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment

NEW_UNITS, NEW_ACTIVATION = 4, "tanh"

Layers = list[dict[str, Any]]


def layers_of(experiment: Experiment) -> Layers:
    """The layers as tables of the experiment's format."""
    found: Layers = to_dict(experiment)["model"]["layers"]
    return found


def with_layers(experiment: Experiment, layers: Layers) -> Experiment:
    """A copy with these layers; start weights and rates of layers that no longer fit go.

    Raises
    ------
    ExperimentError
        They can't be used; names the key.
    """
    changes: list[tuple[str, object]] = [("model.layers", layers)]
    if experiment.model.weights:
        changes.append(("model.weights", []))
    if experiment.optimizer.multipliers and len(layers) != len(experiment.model.layers):
        changes.append(("optimizer.multipliers", []))
    return with_values(experiment, changes)


def more_layers(layers: Layers) -> Layers:
    """One more hidden layer before the output, like the one before it."""
    before = layers[-2] if len(layers) > 1 else {"units": NEW_UNITS, "activation": NEW_ACTIVATION}
    new = {"units": before["units"], "activation": before.get("activation", NEW_ACTIVATION)}
    return [*layers[:-1], new, layers[-1]]


def fewer_layers(layers: Layers) -> Layers:
    """Without the last hidden layer."""
    return [*layers[:-2], layers[-1]]


def with_units(layers: Layers, place: int, more: int) -> Layers:
    """With more (or fewer) units in a layer."""
    changed = [dict(layer) for layer in layers]
    changed[place]["units"] += more
    return changed


def with_activation(layers: Layers, place: int, name: str) -> Layers:
    """With another activation of a layer, whose own numbers are the usual ones then."""
    changed = [dict(layer) for layer in layers]
    changed[place] = {"units": changed[place]["units"], "activation": name}
    return changed
