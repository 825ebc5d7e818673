"""One input, one unit, one sample: every number of the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrsim.common.marked_text import Item, Line, Part, parts, signed
from lrsim.common.numbers import short, typed
from lrsim.data.losses import LOSSES
from lrsim.debugger.answers import loss_line, output_line, passes, slope_line, target_of
from lrsim.debugger.rates import hand, layer_rate, rate_lines
from lrsim.debugger.updates import move_of, update_lines
from lrsim.schedules.timeline import RateParts
from lrsim.training import engine
from lrsim.training.engine import Problem, State
from lrsim_core import Network, OpenStep


def pair(problem: Problem, opened: OpenStep) -> tuple[Item, ...]:
    """The sample's input and target, where each is one number, as the network gets them."""
    if opened.inputs.size != 1 or opened.targets.size != 1:
        return ()
    data = problem.data
    scaled = (Part("  scaled", "muted"),) if data.scales_targets or data.scaler.kind != "none" else ()
    return (": ", float(opened.inputs[0, 0]), " -> ", float(opened.targets[0, 0]), *scaled)


def penalty(network: Network, w: float) -> tuple[Item, ...]:
    """What the penalties add to a weight's slope."""
    l1: tuple[Item, ...] = (f" + {typed(network.l1)} * sign(", w, ")") if network.l1 else ()
    return (*l1, f" + 2 * {typed(network.l2)} * ", signed(w)) if network.l2 else l1


def lines(
    problem: Problem, before: State, opened: OpenStep, rate: RateParts, multipliers: Sequence[float]
) -> list[Line]:
    """From the prediction to the new W and b."""
    network = problem.network
    x, z, p = float(opened.inputs[0, 0]), float(opened.z[0][0, 0]), float(opened.predictions[0, 0])
    W, b = opened.theta_before.astype(float).tolist()
    target = target_of(network, opened)
    factor = multipliers[0] if multipliers else 1.0
    total = (b, " + ", signed(W), " * ", signed(x))
    said = [
        output_line(network.layers[0], z, p, total),
        Line("Error", parts(target, " - ", signed(p), " = ", target - p)),
    ]
    given = [*rate_lines(rate), *layer_rate(0, rate.rate, factor)]
    if _by_the_error(problem, p, target):
        return [*said, *given, *_error_times_input(problem, opened, target - p, rate.rate * factor)]
    dz = float(opened.dz[0][0, 0])
    said += [loss_line(network, z, p, target, opened.loss), slope_line(network, z, p, target, dz)]
    return [*said, *_slopes(network, opened, dz), *given, *_updates(problem, before, opened, rate.rate * factor)]


def _by_the_error(problem: Problem, p: float, target: float) -> bool:
    """Whether each parameter moves by rate * error * input: the textbook's rule."""
    network, squared = problem.network, LOSSES[problem.network.loss].squared
    layer = network.layers[0]
    straight = layer.activation == "linear" or (layer.activation == "clip" and passes(layer, p))
    if not (problem.optimizer.is_plain and squared and straight) or network.l1 or network.l2:
        return False
    return not network.clip_gradient or abs(2 * squared * (target - p)) < network.clip_gradient


def _error_times_input(problem: Problem, opened: OpenStep, error: float, rate: float) -> list[Line]:
    network = problem.network
    x = float(opened.inputs[0, 0])
    (W, b), (new_W, new_b) = opened.theta_before.astype(float).tolist(), opened.theta_after.astype(float).tolist()
    slope = 2 * (LOSSES[network.loss].squared or 0.0)
    twice = () if slope == 1 else (f" * {slope:g}",)
    share = signed(x) if network.bias_rule == "as_input" else network.bias_share(x)
    return [
        Line("New W", parts(W, " + ", hand(rate), *twice, " * ", signed(error), " * ", signed(x), " = ", new_W)),
        Line("New b", parts(b, " + ", hand(rate), *twice, " * ", signed(error), " * ", share, " = ", new_b)),
        _stability(x, rate, slope, network.bias_share(x)),
    ]


def _stability(x: float, rate: float, slope: float, bias_share: float) -> Line:
    """What one step does to this sample's error: it is multiplied by 1 - rate * curvature."""
    curvature = (x * x + bias_share) * slope
    product = rate * curvature
    stable = 0 <= product < 2
    word = "stable on it, limit 2" if stable else "unstable on it, limit 2"
    return Line(
        "Rate x curvature of this sample",
        (hand(rate), *parts(" * ", signed(curvature), " = "),
         Part(short(product), "number" if stable else "bad"), Part(f"  {word}", "muted")),
    )  # fmt: skip


def _slopes(network: Network, opened: OpenStep, dz: float) -> list[Line]:
    """From the slope by the sum to those by W and b."""
    x, W = float(opened.inputs[0, 0]), float(opened.theta_before[0])
    dW, db = opened.gradient.astype(float).tolist()
    share = signed(x) if network.bias_rule == "as_input" else network.bias_share(x)
    return [
        Line("Slope by W", parts(dz, " * ", signed(x), *penalty(network, W), " = ", dW)),
        Line("Slope by b", parts(dz, " * ", share, " = ", db)),
    ]


def _updates(problem: Problem, before: State, opened: OpenStep, rate: float) -> list[Line]:
    found: list[Line] = []
    momentum = engine.momentum(problem, before)
    for index, name in enumerate("Wb"):
        made = update_lines(problem.optimizer, move_of(opened, name, index), rate, before.updates + 1, momentum)
        found += [_named(line, name) for line in made]
    return found


def _named(line: Line, name: str) -> Line:
    """With the parameter in its title, that is the same for both otherwise."""
    return line if line.title.startswith(("New", "Rate")) else replace(line, title=f"{line.title} of {name}")
