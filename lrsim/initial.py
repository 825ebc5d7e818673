"""Parameters that a run starts with: explicit weights, or drawn as a function of the seed alone."""

from __future__ import annotations

import math

import numpy as np

from lrsim.specs import ModelSpec
from lrsim_core import FloatArray, Network


def initial_parameters(network: Network, model: ModelSpec, seed: int) -> FloatArray:
    """Flat vector, shape (n_parameters,), of the network's dtype.

    Biases start at 0. Each layer draws from its own generator keyed by (seed, layer), so that widening
    one layer leaves the draws of the others alone. Scales: Glorot and Bengio (2010), He et al. (2015),
    LeCun et al. (1998).
    """
    if model.weights:
        return network.pack(model.weights)
    theta = np.zeros(network.n_parameters, dtype=network.dtype)
    for k, (W, _) in enumerate(network.unpack(theta)):
        W[...] = _draw(W.shape, model, np.random.default_rng((seed, k)))
    return theta


def _draw(shape: tuple[int, ...], model: ModelSpec, generator: np.random.Generator) -> FloatArray:
    inputs, units = shape
    variances = {"glorot": 2 / (inputs + units), "he": 2 / inputs, "lecun": 1 / inputs}
    family, _, distribution = model.init.partition("_")
    match model.init:
        case "zeros":
            return np.zeros(shape)
        case "normal":
            return generator.normal(0, model.init_std, shape)
        case "uniform":
            return generator.uniform(-0.05, 0.05, shape)
    deviation = math.sqrt(variances[family])
    if distribution == "normal":
        return generator.normal(0, deviation, shape)
    bound = math.sqrt(3) * deviation
    return generator.uniform(-bound, bound, shape)
