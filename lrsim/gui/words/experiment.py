"""An experiment in plain words, a sentence for each of its tables."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, short
from lrsim.data.dataset import Dataset
from lrsim.experiment.specs import Experiment, LayerSpec


def describe(experiment: Experiment, data: Dataset) -> dict[str, str]:
    """A sentence for each table of the format."""
    translate = QCoreApplication.translate
    context = "ExperimentWords"
    start = translate(context, "starts from {0}").format(_start(experiment))
    epochs = translate(context, "{0} epochs").format(count(experiment.training.epochs))
    return {
        "data": _data(experiment, data),
        "model": f"{_model(experiment)}; {start}",
        "optimizer": _optimizer(experiment),
        "schedule": experiment.schedule.name.replace("_", " "),
        "training": f"{experiment.training.loss.replace('_', ' ')}, {_portion(experiment, data)}, {epochs}",
        "stop": _stop(experiment),
    }


def _data(experiment: Experiment, data: Dataset) -> str:
    rows, inputs = data.X_train.shape
    translate = QCoreApplication.translate
    samples = translate("ExperimentWords", "{0} samples of {1} inputs").format(count(rows), count(inputs))
    if inputs == 1:
        samples = translate("ExperimentWords", "{0} samples of one input").format(count(rows))
    if experiment.data.order == "cyclic":
        order = translate("ExperimentWords", "always in the same order")
    else:
        order = translate("ExperimentWords", "shuffled each epoch")
    return translate("ExperimentWords", "{0}, {1}").format(samples, order)


def _portion(experiment: Experiment, data: Dataset) -> str:
    batch, rows = experiment.training.batch_size, len(data.X_train)
    if batch == 1:
        return QCoreApplication.translate("ExperimentWords", "one sample a step")
    return QCoreApplication.translate("ExperimentWords", "{0} samples a step").format(count(min(batch, rows)))


def _model(experiment: Experiment) -> str:
    return ", ".join(_layer(layer) for layer in experiment.model.layers)


def _layer(layer: LayerSpec) -> str:
    translate = QCoreApplication.translate
    if layer.activation == "clip":
        kind = translate("ExperimentWords", "cut off at {0}").format(short(layer.limit))
    else:
        kind = layer.activation
    if layer.units == 1:
        return translate("ExperimentWords", "one unit, {0}").format(kind)
    return translate("ExperimentWords", "{0} units, {1}").format(count(layer.units), kind)


def _start(experiment: Experiment) -> str:
    translate = QCoreApplication.translate
    weights = experiment.model.weights
    if len(weights) == 2 and len(weights[0]) == 1 and len(weights[0][0]) == 1:
        return translate("ExperimentWords", "W = {0}, b = {1}").format(short(weights[0][0][0]), short(weights[1][0]))
    if weights:
        return translate("ExperimentWords", "given weights")
    method = experiment.model.init.replace("_", " ")
    return translate("ExperimentWords", "{0}, seed {1}").format(method, experiment.training.seed)


def _optimizer(experiment: Experiment) -> str:
    translate = QCoreApplication.translate
    words = [experiment.optimizer.name]
    if experiment.optimizer.momentum:
        words.append(translate("ExperimentWords", "momentum {0}").format(short(experiment.optimizer.momentum)))
    if experiment.training.bias_rule == "as_input":
        words.append(translate("ExperimentWords", "the bias moves by the input's share too"))
    if experiment.training.bias_rule == "fixed":
        words.append(translate("ExperimentWords", "biases stay as they start"))
    return ", ".join(words)


def _stop(experiment: Experiment) -> str:
    translate = QCoreApplication.translate
    stop = experiment.stop
    words = []
    if stop.target_error > 0:
        rule = translate("ExperimentWords", "error below {0} once {1} steps are done")
        words.append(rule.format(short(stop.target_error), count(stop.min_steps)))
    words.append(translate("ExperimentWords", "after {0} epochs").format(count(experiment.training.epochs)))
    if stop.divergence:
        words.append(translate("ExperimentWords", "at the first value that is not finite"))
    return translate("ExperimentWords", "; or ").join(words)
