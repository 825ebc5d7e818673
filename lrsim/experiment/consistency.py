"""Whether the parts of an experiment fit each other: rows to rows, data to layers, layers to weights."""

from __future__ import annotations

from lrsim.common.validation import ExperimentError
from lrsim.data.sources.registry import SOURCES
from lrsim.data.spec import DataSpec
from lrsim.experiment import optimizer_keys
from lrsim.experiment.specs import Experiment, LayerSpec, ModelSpec
from lrsim.schedules import keys
from lrsim_core import misplaced, output_needed


def check(experiment: Experiment) -> None:
    """Refuse parts that do not fit each other; ExperimentError names the key."""
    layers = experiment.model.layers
    if not layers:
        raise ExperimentError("model.layers", "expected at least one layer", [])
    _check_data(experiment.data, layers)
    if experiment.model.weights:
        _check_weights(experiment.data, experiment.model)
    _check_output(experiment)
    optimizer_keys.check(experiment.optimizer)
    if experiment.optimizer.multipliers and len(experiment.optimizer.multipliers) != len(layers):
        wanted = f"expected {len(layers)} numbers, one for each layer, got {len(experiment.optimizer.multipliers)}"
        raise ExperimentError("optimizer.multipliers", wanted)
    keys.check(experiment.schedule, experiment.optimizer.lr)


def _check_output(experiment: Experiment) -> None:
    """Softmax at the output alone, over several units, and a last activation that the loss can work with."""
    layers, loss = experiment.model.layers, experiment.training.loss
    place = misplaced([layer.activation for layer in layers])
    if place is not None:
        what = "softmax can stand at the output alone, expected another activation here"
        raise ExperimentError(f"model.layers[{place}].activation", what)
    if layers[-1].activation == "softmax" and layers[-1].units == 1:
        what = "one softmax unit always answers 1: expected one for each class, or sigmoid with binary_cross_entropy"
        raise ExperimentError(f"model.layers[{len(layers) - 1}].units", what, 1)
    needed = output_needed(loss)
    if needed is not None and layers[-1].activation != needed:
        what = f"{loss} needs {needed} as the last activation, which is {layers[-1].activation}"
        raise ExperimentError("training.loss", what)


def _check_data(data: DataSpec, layers: tuple[LayerSpec, ...]) -> None:
    """Rows that stand in the experiment; what stands in files is checked once they are read."""
    source = SOURCES[data.source]
    if not source.takes_rows:
        return
    if source.needs_rows and not data.inputs:
        raise ExperimentError("data.inputs", f"missing, expected at least one row for the source {source.name}")
    if len(data.inputs) != len(data.targets) and (source.needs_rows or (data.inputs and data.targets)):
        rows = f"expected {len(data.inputs)} rows, one for each input, got {len(data.targets)}"
        raise ExperimentError("data.targets", rows)
    outputs = layers[-1].units
    labels = "regression" not in (source.task, data.task)  # may be one a row for any number of classes
    if data.targets and len(data.targets[0]) != outputs and not (labels and len(data.targets[0]) == 1):
        wanted = f"expected {outputs} numbers a row, one for each output, got {len(data.targets[0])}"
        raise ExperimentError("data.targets", wanted)
    if data.trials and (outputs > 1 or (data.inputs and len(data.inputs[0]) > 1)):
        raise ExperimentError("data.trials", "only a model of one input and one output can be tried")


def _check_weights(data: DataSpec, model: ModelSpec) -> None:
    weights, layers = model.weights, model.layers
    if len(weights) != 2 * len(layers):
        wanted = f"expected {2 * len(layers)} arrays, W and b of each layer, got {len(weights)}"
        raise ExperimentError("model.weights", wanted)
    inputs = len(data.inputs[0]) if data.inputs and SOURCES[data.source].takes_rows else len(weights[0])
    for place, layer in enumerate(layers):
        W, b = weights[2 * place], weights[2 * place + 1]
        rows, columns = len(W), len(W[0]) if W else 0
        if (rows, columns) != (inputs, layer.units):
            wanted = f"expected {inputs} rows of {layer.units}, got {rows} rows of {columns}"
            raise ExperimentError(f"model.weights[{2 * place}]", wanted)
        if len(b) != layer.units:
            raise ExperimentError(f"model.weights[{2 * place + 1}]", f"expected {layer.units} numbers, got {len(b)}")
        inputs = layer.units
