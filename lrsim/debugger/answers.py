"""The answer to a single sample written out: the output, its error, its loss, and the slope that the error pulls by."""

from __future__ import annotations

import math

from lrsim.common.marked_text import Item, Line, parts, signed
from lrsim.common.numbers import typed
from lrsim_core import Layer, Network, OpenStep

PREDICTION = "Prediction"


def target_of(network: Network, opened: OpenStep) -> float:
    """The only target of a step, as its loss sees it: of hinge -1 and 1."""
    target = float(opened.targets[0, 0])
    return -1.0 if network.loss == "hinge" and target == 0 else target


def output_line(layer: Layer, z: float, p: float, total: tuple[Item, ...] = ()) -> Line:
    """From z, or from the sum that it is, through the activation of the last layer."""
    inner = total or (z,)
    return Line(PREDICTION, parts(*_activated(layer, z, inner), " = ", p))


def _activated(layer: Layer, z: float, inner: tuple[Item, ...]) -> tuple[Item, ...]:
    below = typed(layer.slope_below)
    match layer.activation:
        case "linear":
            return inner
        case "clip":
            return ("min(", *inner, ", ", layer.limit, ")")
        case "relu":
            return ("max(", *inner, ", 0)")
        case "leaky_relu":
            return inner if z >= 0 else (f"{below} * (", *inner, ")")
        case "elu":
            return inner if z >= 0 else (f"{below} * (exp(", *inner, ") - 1)")
        case "softplus":
            return ("log(1 + exp(", *inner, "))")
        case name:
            return (f"{name}(", *inner, ")")


def loss_line(network: Network, z: float, p: float, target: float, loss: float) -> Line:
    """The loss of the one output, written as its formula where that is short."""
    e, t = signed(target - p), signed(target)
    delta = typed(network.huber_delta)
    made: tuple[Item, ...]
    match network.loss:
        case "mse":
            made = (e, "²")
        case "half_mse":
            made = ("0.5 * ", e, "²")
        case "mae":
            made = ("|", target - p, "|")
        case "huber" if abs(target - p) <= network.huber_delta:
            made = ("0.5 * ", e, "²")
        case "huber":
            made = (f"{delta} * (|", target - p, f"| - 0.5 * {delta})")
        case "binary_cross_entropy":
            made = ("max(", z, ", 0) - ", signed(z), " * ", t, " + log(1 + exp(-|", z, "|))")
        case "hinge":
            made = ("max(0, 1 - ", signed(p), " * ", t, ")")
        case _:
            return Line("Loss", parts(loss))
    return Line("Loss", parts(*made, " = ", loss))


def slope_line(network: Network, z: float, p: float, target: float, dz: float) -> Line:
    """The slope of the loss by z, the sum before the last activation: through limit and activation."""
    by_output = _loss_slope(network, p, target)
    if by_output is None:
        return Line("Slope by the sum", parts(dz))
    through = () if network.loss == "binary_cross_entropy" else _activation_slope(network.layers[-1], z, p)
    if network.clip_gradient:
        limit = typed(network.clip_gradient)
        by_output = (f"max(-{limit}, min({limit}, ", *by_output, "))")
    elif through and network.loss == "half_mse":
        by_output = ("(", *by_output, ")")
    return Line("Slope by the sum", parts(*by_output, *through, " = ", dz))


def _loss_slope(network: Network, p: float, target: float) -> tuple[Item, ...] | None:
    difference: tuple[Item, ...] = (p, " - ", signed(target))
    delta = typed(network.huber_delta)
    match network.loss:
        case "mse":
            return ("2 * (", *difference, ")")
        case "half_mse" | "binary_cross_entropy":
            return difference
        case "mae":
            return ("sign(", *difference, ")")
        case "huber":
            return (f"max(-{delta}, min({delta}, ", *difference, "))")
        case "hinge":
            return (-target if 1 - p * target > 0 else 0.0,)
    return None


def _activation_slope(layer: Layer, z: float, p: float) -> tuple[Item, ...]:
    """What the slope is multiplied by on its way through an activation; nothing where that is 1."""
    below = typed(layer.slope_below)
    flat = (" * 0",)
    match layer.activation:
        case "clip":
            return () if passes(layer, p) else flat
        case "relu":
            return () if p > 0 else flat
        case "leaky_relu":
            return () if p > 0 else (f" * {below}",)
        case "elu":
            return () if p >= 0 else (" * (", p, f" + {below})")
        case "softplus":
            return (" * (1 - exp(-", p, "))")
        case "tanh":
            return (" * (1 - ", signed(p), "²)")
        case "sigmoid" | "softmax":
            return (" * ", p, " * (1 - ", p, ")")
        case "gelu":
            density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
            return (" * ", signed(0.5 * (1 + math.erf(z / math.sqrt(2))) + z * density))
    return ()


def passes(layer: Layer, p: float) -> bool:
    """Whether a clip hands the slope on at its output p."""
    return layer.straight_through or p < layer.limit
