"""From the experiment's words to the kernel's: the network and the optimizer, checked against the data."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset
from lrsim.data.encode import Coding, coding_for
from lrsim.data.losses import LOSSES
from lrsim.data.progress import report
from lrsim.experiment.specs import Experiment, ModelSpec, OptimizerSpec
from lrsim_core import FloatArray, Layer, Network, Optimizer

DRAWN_AT_A_TIME = 1 << 20


def coding(experiment: Experiment) -> Coding:
    """How classes become targets for the experiment's output layer and loss; see `coding_for`."""
    output = experiment.model.layers[-1]
    return coding_for(experiment.training.loss, output.units, output.activation, experiment.data.task)


def network_of(experiment: Experiment, data: Dataset) -> Network:
    """The network, fitted to the data.

    Raises
    ------
    ExperimentError
        The data has no rows or values that are not finite, or the last layer or the loss does not suit the targets.
    """
    training, layers = experiment.training, experiment.model.layers
    _check_data(experiment, data)
    return Network(
        inputs=data.X_train.shape[1],
        layers=tuple(
            Layer(item.units, item.activation, item.limit, item.straight_through, item.alpha) for item in layers
        ),
        loss=training.loss,
        bias_rule=training.bias_rule,
        clip_gradient=training.clip_gradient,
        l1=training.l1,
        l2=training.l2,
        dtype=experiment.model.dtype,
        huber_delta=training.huber_delta,
        class_threshold=(1.0 + data.low) / 2 if data.task == "classification" else None,
    )


def optimizer_of(spec: OptimizerSpec) -> Optimizer:
    """The optimizer, its flavor's defaults filled in."""
    given = {field.name: getattr(spec, field.name) for field in fields(Optimizer)}
    return Optimizer.make(**given)


def _check_data(experiment: Experiment, data: Dataset) -> None:
    if len(data.X_train) == 0:
        raise ExperimentError("data", "expected at least one training sample, got none")
    outputs = experiment.model.layers[-1].units
    if outputs != data.Y_train.shape[1]:
        where = f"model.layers[{len(experiment.model.layers) - 1}].units"
        raise ExperimentError(where, f"expected {data.Y_train.shape[1]}, one for each target", outputs)
    for part, X, Y in (("training", data.X_train, data.Y_train), ("test", data.X_test, data.Y_test)):
        for name, values in (("inputs", X), ("targets", Y)):
            bad = np.argwhere(~np.isfinite(values))
            if len(bad):
                row, column = bad[0].tolist()
                what = f"expected finite numbers, row {row + 1} of the {part} set, column {column + 1} is not"
                raise ExperimentError(f"data.{name}", what, float(values[row, column]))
        _check_targets(experiment.training.loss, part, Y)


def _check_targets(loss: str, part: str, Y: FloatArray) -> None:
    facts = LOSSES[loss]
    wrong = facts.misfits(Y)
    if wrong.any():
        row = int(np.argwhere(wrong)[0][0])
        what = f"{loss} takes {facts.targets}, row {row + 1} of the {part} set is {Y[row].tolist()}"
        raise ExperimentError("data.targets", what)


def initial_parameters(network: Network, model: ModelSpec, seed: int) -> FloatArray:
    """Flat vector, shape (n_parameters,), of the network's dtype.

    Biases start at 0, but with ``torch_uniform``, which draws weights and biases from one range, as `nn.Linear` of
    PyTorch 2.13 does. Each layer draws from its own generator keyed by (seed, layer), so that widening
    one layer leaves the draws of the others alone. Scales: Glorot and Bengio (2010), He et al. (2015),
    LeCun et al. (1998).
    """
    if model.weights:
        return network.pack(model.weights)
    theta = np.zeros(network.n_parameters, dtype=network.dtype)
    for k, (W, b) in enumerate(network.unpack(theta)):
        generator = np.random.default_rng((seed, k))
        _draw_into(W, model, generator)
        if model.init == "torch_uniform":
            bound = 1 / math.sqrt(len(W))
            b[...] = generator.uniform(-bound, bound, len(b))
    return theta


def _draw_into(W: FloatArray, model: ModelSpec, generator: np.random.Generator) -> None:
    """Fill W a piece at a time: the same numbers as at once, without a second array of all of them."""
    values = W.reshape(-1)
    for start in range(0, len(values), DRAWN_AT_A_TIME):
        report(start, len(values), "weights")
        part = values[start : start + DRAWN_AT_A_TIME]
        part[...] = _draw(W.shape, len(part), model, generator)


def _draw(shape: tuple[int, ...], count: int, model: ModelSpec, generator: np.random.Generator) -> FloatArray:
    inputs, units = shape
    variances = {"glorot": 2 / (inputs + units), "he": 2 / inputs, "lecun": 1 / inputs}
    family, _, distribution = model.init.partition("_")
    match model.init:
        case "zeros":
            return np.zeros(count)
        case "normal":
            return generator.normal(0, model.init_std, count)
        case "uniform":
            return generator.uniform(-0.05, 0.05, count)
        case "torch_uniform":
            bound = 1 / math.sqrt(inputs)
            return generator.uniform(-bound, bound, count)
    deviation = math.sqrt(variances[family])
    if distribution == "normal":
        return generator.normal(0, deviation, count)
    bound = math.sqrt(3) * deviation
    return generator.uniform(-bound, bound, count)
