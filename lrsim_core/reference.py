"""The readable NumPy twin of the kernel: what each step is, one line a formula.

It is the specification, and what the tests compare the compiled code with. Formulas are the textbook ones
(Rumelhart, Hinton and Williams, 1986, for the backward pass; Pearlmutter, 1994, for the Hessian-vector product).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .network import FloatArray, Layer, Network
from .optimizer import Optimizer

CLIPPED = (1e-7, 1 - 1e-7)
"""Range of the probabilities that cross_entropy_clipped looks at."""

_erf = np.vectorize(math.erf, otypes=[np.float64])


def normal_density(z: FloatArray) -> FloatArray:
    return np.exp(-z * z / 2) / np.asarray(math.sqrt(2 * math.pi), z.dtype)


def normal_below(z: FloatArray) -> FloatArray:
    """Share of the normal distribution below z."""
    share: FloatArray = (0.5 * (1 + _erf(z.astype(np.float64) / math.sqrt(2)))).astype(z.dtype)
    return share


def sigmoid(z: FloatArray) -> FloatArray:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def log_sum_exp(z: FloatArray) -> FloatArray:
    top = z.max(axis=1, keepdims=True)
    total: FloatArray = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return total


def activate(layer: Layer, z: FloatArray) -> FloatArray:
    """f(z), element by element; the softmax row by row."""
    zero, alpha = np.asarray(0, z.dtype), np.asarray(layer.slope_below, z.dtype)
    match layer.activation:
        case "linear":
            return z
        case "clip":
            return np.minimum(z, np.asarray(layer.limit, z.dtype))
        case "relu":
            return np.maximum(z, zero)
        case "leaky_relu":
            return np.where(z < 0, alpha * z, z)
        case "elu":
            return np.where(z < 0, alpha * np.expm1(np.minimum(z, zero)), z)
        case "softplus":
            return np.maximum(z, zero) + np.log1p(np.exp(-np.abs(z)))
        case "tanh":
            return np.tanh(z)
        case "sigmoid":
            return sigmoid(z)
        case "gelu":
            return z * normal_below(z)
        case "softmax":
            return np.exp(z - log_sum_exp(z))
    raise ValueError(f"no activation {layer.activation!r}")


def slope(layer: Layer, z: FloatArray, a: FloatArray) -> FloatArray:
    """df/dz at z, with a = f(z); not of the softmax, whose outputs depend on all z of a row."""
    one = np.ones_like(a)
    alpha = np.asarray(layer.slope_below, a.dtype)
    match layer.activation:
        case "linear":
            return one
        case "clip":
            return one if layer.straight_through else np.where(a < layer.limit, one, 0 * one)
        case "relu":
            return np.where(a > 0, one, 0 * one)
        case "leaky_relu":
            return np.where(a > 0, one, alpha)
        case "elu":
            return np.where(a < 0, a + alpha, one)
        case "softplus":
            return -np.expm1(-a)
        case "tanh":
            return 1 - a * a
        case "sigmoid":
            return a * (1 - a)
        case "gelu":
            return normal_below(z) + z * normal_density(z)
    raise ValueError(f"no activation {layer.activation!r}")


def curvature(layer: Layer, z: FloatArray, a: FloatArray) -> FloatArray:
    """d2f/dz2 at z, with a = f(z); 0 at a kink."""
    match layer.activation:
        case "elu":
            return np.where(a < 0, a + np.asarray(layer.slope_below, a.dtype), 0 * a)
        case "softplus":
            return -np.expm1(-a) * np.exp(-a)
        case "tanh":
            return -2 * a * (1 - a * a)
        case "sigmoid":
            return a * (1 - a) * (1 - 2 * a)
        case "gelu":
            return normal_density(z) * (2 - z * z)
    return 0 * a


def through_softmax(p: FloatArray, d: FloatArray) -> FloatArray:
    """The softmax's (symmetric) Jacobian at its output p, times d, row by row."""
    product: FloatArray = p * (d - (p * d).sum(axis=1, keepdims=True))
    return product


def forward(network: Network, theta: FloatArray, X: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """z of every layer, and the outputs of every layer with the inputs first."""
    z: list[FloatArray] = []
    below = [X]
    for layer, (W, b) in zip(network.layers, network.unpack(theta)):
        z.append(below[-1] @ W + b)
        below.append(activate(layer, z[-1]))
    return z, below


def outputs(network: Network, theta: FloatArray, X: FloatArray) -> list[FloatArray]:
    """Outputs of every layer, the inputs first: shapes (n, inputs), (n, units), ..."""
    return forward(network, theta, X)[1]


def wanted(network: Network, Y: FloatArray) -> FloatArray:
    """Targets as the loss sees them: of hinge -1 and 1."""
    return np.where(Y == 0, -1, Y).astype(Y.dtype) if network.loss == "hinge" else Y


def loss_terms(network: Network, z: FloatArray, p: FloatArray, Y: FloatArray) -> FloatArray:
    """Loss of each output of each row, shape (n, outputs); `z` and `p` before and after the last activation."""
    e = p - Y
    delta = np.asarray(network.huber_delta, p.dtype)
    match network.loss:
        case "mse":
            return e * e
        case "half_mse":
            return 0.5 * e * e
        case "mae":
            return np.abs(e)
        case "huber":
            return np.where(np.abs(e) <= delta, 0.5 * e * e, delta * (np.abs(e) - 0.5 * delta))
        case "cross_entropy":
            return np.where(Y == 0, 0, Y * (log_sum_exp(z) - z)).astype(p.dtype)
        case "cross_entropy_clipped":
            return -Y * np.log(np.clip(p, *CLIPPED))
        case "binary_cross_entropy":
            return np.maximum(z, 0) - z * Y + np.log1p(np.exp(-np.abs(z)))
        case "hinge":
            return np.maximum(1 - p * Y, 0)
    raise ValueError(f"no loss {network.loss!r}")


def is_from_logits(network: Network) -> bool:
    return network.loss in ("cross_entropy", "binary_cross_entropy")


def loss_slopes(network: Network, p: FloatArray, Y: FloatArray) -> FloatArray:
    """Derivative of each term by p; where the loss is taken from logits, of the row's loss by z."""
    e = p - Y
    match network.loss:
        case "mse":
            return 2 * e
        case "half_mse":
            return e
        case "mae":
            return np.sign(e)
        case "huber":
            return np.clip(e, -network.huber_delta, network.huber_delta)
        case "cross_entropy":
            return np.asarray(p * Y.sum(axis=1, keepdims=True) - Y)
        case "cross_entropy_clipped":
            q = np.clip(p, *CLIPPED).astype(p.dtype)
            return np.where(p == q, -Y / q, 0 * p)
        case "binary_cross_entropy":
            return e
        case "hinge":
            return np.where(1 - p * Y > 0, -Y, 0 * p)
    raise ValueError(f"no loss {network.loss!r}")


def loss_bends(network: Network, p: FloatArray, Y: FloatArray) -> FloatArray:
    """Second derivative of each term by p, for losses that are not taken from logits."""
    match network.loss:
        case "mse":
            return 2 * np.ones_like(p)
        case "half_mse":
            return np.ones_like(p)
        case "huber":
            return (np.abs(p - Y) <= network.huber_delta).astype(p.dtype)
        case "cross_entropy_clipped":
            return np.where((p > CLIPPED[0]) & (p < CLIPPED[1]), Y / (p * p), 0 * p)
    return np.zeros_like(p)


def terms_per_row(network: Network) -> int:
    """What the loss is averaged over within a row: cross-entropies sum over the classes."""
    return 1 if network.loss.startswith("cross_entropy") else network.outputs


def metrics(network: Network, z: FloatArray, p: FloatArray, Y: FloatArray) -> tuple[float, ...]:
    """Mean loss (without penalties), mean absolute error, and accuracy where `network.metrics` has it."""
    target = wanted(network, Y)
    loss = float(loss_terms(network, z, p, target).sum(dtype=np.float64)) / (len(Y) * terms_per_row(network))
    error = float(np.abs(p - target).mean(dtype=np.float64))
    if "accuracy" not in network.metrics:
        return loss, error
    if network.one_answer:
        return loss, error, float(np.mean(p.argmax(axis=1) == Y.argmax(axis=1)))
    return loss, error, float(np.mean((p > network.threshold) == (network.threshold < Y)))


def shares(network: Network, x: FloatArray) -> FloatArray:
    """What dz is multiplied by in the bias' gradient, (n, 1)."""
    if network.bias_rule == "as_input":
        return np.asarray(x.sum(axis=1, keepdims=True))
    return np.full((len(x), 1), network.bias_share(1.0), dtype=x.dtype)


def last_d(network: Network, p: FloatArray, Y: FloatArray) -> FloatArray:
    """dL/d(output) of the last layer (dL/dz where the loss is taken from it), of the mean loss."""
    d = loss_slopes(network, p, wanted(network, Y))
    if network.clip_gradient > 0:
        d = np.clip(d, -network.clip_gradient, network.clip_gradient)
    return (d / (len(Y) * terms_per_row(network))).astype(p.dtype)


def gradient(network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray) -> FloatArray:
    """dL/d(theta) with the penalties, shape (n_parameters,)."""
    z, below = forward(network, theta, X)
    d = last_d(network, below[-1], Y)
    result = np.zeros_like(theta)
    weights, gradients = network.unpack(theta), network.unpack(result)
    last = len(network.layers) - 1
    for k in range(last, -1, -1):
        (W, _), (dW, db), x, layer = weights[k], gradients[k], below[k], network.layers[k]
        if k == last and is_from_logits(network):
            dz = d
        elif layer.activation == "softmax":
            dz = through_softmax(below[k + 1], d)
        else:
            dz = d * slope(layer, z[k], below[k + 1])
        dW[...] = x.T @ dz + network.l1 * np.sign(W) + 2 * network.l2 * W
        db[...] = (shares(network, x) * dz).sum(axis=0)
        d = dz @ W.T
    return result


def hessian_vector_product(
    network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray, v: FloatArray
) -> FloatArray:
    """Derivative of the gradient along v, shape (n_parameters,). R marks the derivative of a quantity along v."""
    z, below = forward(network, theta, X)
    weights, directions = network.unpack(theta), network.unpack(network.movable(v))
    Rz, Rbelow = [], [np.zeros_like(X)]
    for k, (layer, (W, _), (V, c)) in enumerate(zip(network.layers, weights, directions)):
        Rz.append(Rbelow[-1] @ W + below[k] @ V + c)
        p = below[k + 1]
        Rbelow.append(through_softmax(p, Rz[-1]) if layer.activation == "softmax" else slope(layer, z[k], p) * Rz[-1])
    p, Rp, y = below[-1], Rbelow[-1], wanted(network, Y)
    d = last_d(network, p, Y)
    bends = y.sum(axis=1, keepdims=True) if network.loss == "cross_entropy" else np.ones_like(p)
    if not is_from_logits(network):
        bends = loss_bends(network, p, y)
    Rd = bends * Rp
    if network.clip_gradient > 0:
        Rd = np.where(np.abs(loss_slopes(network, p, y)) >= network.clip_gradient, 0, Rd)
    Rd = (Rd / (len(Y) * terms_per_row(network))).astype(p.dtype)
    result = np.zeros_like(theta)
    products = network.unpack(result)
    last = len(network.layers) - 1
    for k in range(last, -1, -1):
        layer, (W, _), (V, _), (dW, db) = network.layers[k], weights[k], directions[k], products[k]
        a = below[k + 1]
        if k == last and is_from_logits(network):
            dz, Rdz = d, Rd
        elif layer.activation == "softmax":
            dz = through_softmax(a, d)
            moved = (Rp * d + p * Rd).sum(axis=1, keepdims=True)
            Rdz = Rp * (d - (p * d).sum(axis=1, keepdims=True)) + p * (Rd - moved)
        else:
            f = slope(layer, z[k], a)
            dz, Rdz = d * f, Rd * f + d * curvature(layer, z[k], a) * Rz[k]
        dW[...] = below[k].T @ Rdz + Rbelow[k].T @ dz + 2 * network.l2 * V
        db[...] = (shares(network, below[k]) * Rdz).sum(axis=0)
        if network.bias_rule == "as_input":
            db[...] += (shares(network, Rbelow[k]) * dz).sum(axis=0)
        d, Rd = dz @ W.T, Rdz @ W.T + dz @ V.T
    return result


def update(
    o: Optimizer,
    theta: FloatArray,
    slots: FloatArray,
    g: FloatArray,
    rate: FloatArray,
    momentum: float | None,
    t: int,
) -> FloatArray:
    """Parameters after update t (from 1); `slots` is changed in place. `rate`: one for each parameter, float64."""
    w, torch = theta.astype(np.float64), o.flavor == "torch"
    g = g.astype(np.float64)
    lr = rate / (1 + o.decay * (t - 1))
    if torch and o.name != "adamw":
        g = g + o.weight_decay * w
    else:
        w = w - lr * o.weight_decay * w
    s = slots.astype(np.float64)
    mu = o.momentum if momentum is None else momentum
    b1, b2, eps = (o.beta_1 if momentum is None else momentum), o.beta_2, o.epsilon
    if o.name in ("adam", "adamw", "adamax", "nadam"):
        s[0] += (1 - b1) * (g - s[0])
    if o.name in ("adam", "adamw", "nadam"):
        s[1] += (1 - b2) * (g * g - s[1])
    if o.name in ("rmsprop", "adadelta"):
        s[0] = o.rho * s[0] + (1 - o.rho) * g * g
    match o.name:
        case "sgd" if o.n_slots == 0:
            w = w - lr * g
        case "sgd" if torch:
            s[0] = mu * s[0] + g
            w = w - lr * (g + mu * s[0] if o.nesterov else s[0])
        case "sgd":
            s[0] = mu * s[0] - lr * g
            w = w + (mu * s[0] - lr * g if o.nesterov else s[0])
        case "adagrad":
            s[0] += g * g
            w = w - lr * g / (np.sqrt(s[0]) + eps if torch else np.sqrt(s[0] + eps))
        case "adadelta":
            move = np.sqrt(s[1] + eps) / np.sqrt(s[0] + eps) * g
            s[1] = o.rho * s[1] + (1 - o.rho) * move * move
            w = w - lr * move
        case "rmsprop":
            move = g / (np.sqrt(s[0]) + eps if torch else np.sqrt(s[0] + eps))
            if o.momentum == 0:
                w = w - lr * move
            elif torch:
                s[1] = mu * s[1] + move
                w = w - lr * s[1]
            else:
                s[1] = mu * s[1] + lr * move
                w = w - s[1]
        case "adam" | "adamw" if torch:
            w = w - lr * (s[0] / (1 - b1**t)) / (np.sqrt(s[1] / (1 - b2**t)) + eps)
        case "adam" | "adamw":
            w = w - lr * math.sqrt(1 - b2**t) / (1 - b1**t) * s[0] / (np.sqrt(s[1]) + eps)
        case "adamax" if torch:
            s[1] = np.maximum(b2 * s[1], np.abs(g) + eps)
            w = w - lr / (1 - b1**t) * s[0] / s[1]
        case "adamax":
            s[1] = np.maximum(b2 * s[1], np.abs(g))
            w = w - lr / (1 - b1**t) * s[0] / (s[1] + eps)
        case "nadam":
            mus = [b1 * (1 - 0.5 * 0.96 ** (i * o.momentum_decay)) for i in range(1, t + 2)]
            now, product = mus[t - 1], math.prod(mus[:t])
            mean = mus[t] * s[0] / (1 - product * mus[t]) + (1 - now) * g / (1 - product)
            w = w - lr * mean / (np.sqrt(s[1] / (1 - b2**t)) + eps)
    slots[...] = s
    return w.astype(theta.dtype)


def batches(samples: int, batch_size: int, order: NDArray[np.intp] | None) -> Iterator[NDArray[np.intp]]:
    """Rows of one batch after the other, epoch after epoch; `order` holds epochs * samples places."""
    epoch = 0
    while order is None or (epoch + 1) * samples <= len(order):
        places = np.arange(samples) if order is None else order[epoch * samples : (epoch + 1) * samples]
        for start in range(0, samples, batch_size):
            yield places[start : start + batch_size]
        epoch += 1


def run_steps(
    network: Network,
    theta: FloatArray,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    *,
    optimizer: Optimizer | None = None,
    slots: FloatArray | None = None,
    multipliers: NDArray[np.float64] | None = None,
    momenta: NDArray[np.float64] | None = None,
    batch_size: int = 1,
    first_step: int = 0,
    into_epoch: int | None = None,
    updates: int | None = None,
    order: NDArray[np.intp] | None = None,
) -> tuple[FloatArray, NDArray[np.float64]]:
    """Parameters after len(rates) steps, and a (steps, metrics) array; `theta` is left alone, `slots` moves on."""
    theta, optimizer = theta.copy(), optimizer or Optimizer()
    slots = optimizer.new_slots(network) if slots is None else slots
    sizes = [(inputs + 1) * units for inputs, units in network.shapes]
    factors = np.repeat(np.ones(len(sizes)) if multipliers is None else multipliers, sizes)
    rows = batches(len(X), batch_size, order)
    for _ in range(first_step % -(-len(X) // batch_size) if into_epoch is None else into_epoch):
        next(rows)
    record = np.empty((len(rates), len(network.metrics)))
    for k, rate in enumerate(rates):
        batch = next(rows)
        z, below = forward(network, theta, X[batch])
        record[k] = metrics(network, z[-1], below[-1], Y[batch])
        g = gradient(network, theta, X[batch], Y[batch])
        momentum = None if momenta is None else float(momenta[k])
        theta = update(
            optimizer, theta, slots, g, rate * factors, momentum, (first_step if updates is None else updates) + k + 1
        )
    return theta, record
