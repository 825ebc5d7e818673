"""A training step written out with its numbers, as lines of marked text that any display can draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrsim.common.marked_text import Item, Line, Part, parts, signed
from lrsim.common.numbers import short
from lrsim.data.losses import LOSSES
from lrsim.debugger.updates import move_of, update_lines
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.training import engine
from lrsim.training.engine import Problem, State
from lrsim_core import FloatArray


def lines_at(history: History, branch: Branch, step: int) -> tuple[Line, ...]:
    """The step that a branch took last at `step`."""
    problem = history.problem
    if step == 0:
        return step_lines(problem, None, problem.theta, None)
    rate = float(history.rates(branch, step - 1, 1)[0])
    before, after = history.state_at(branch, step - 1), history.state_at(branch, step)
    return step_lines(problem, before, after.theta, rate, history.multipliers(branch, step - 1))


def step_lines(
    problem: Problem, before: State | None, after: FloatArray, rate: float | None, multipliers: Sequence[float] = ()
) -> tuple[Line, ...]:
    """The step that led from `before` to the parameters `after` at `rate`; without them the start and the rule.

    Parameters
    ----------
    before
        The state that the step began with; None at step 0.
    after
        Parameters, shape (n_parameters,).
    """
    if before is None or rate is None:
        return _start(problem, after)
    single = problem.network.shapes == ((1, 1),) and problem.batch_size == 1
    if single and problem.optimizer.is_plain and not multipliers:
        return _single(problem, before.step + 1, before.theta, after, rate)
    return _general(problem, before, rate, multipliers)


def _start(problem: Problem, theta: FloatArray) -> tuple[Line, ...]:
    rule = Line("Rule", parts("w <- w - ", Part("rate", "rate"), " * gradient"))
    if problem.network.shapes != ((1, 1),):
        return (Line("Start", parts(f"{problem.n_parameters} parameters, no step taken yet")), rule)
    W, b = theta.tolist()
    share = "input" if problem.network.bias_rule == "as_input" else "1"
    return (
        Line("Start", parts("W = ", W, ", b = ", b)),
        Line("Rule for W", parts("W + ", Part("rate", "rate"), " * (target - prediction) * input")),
        Line("Rule for b", parts("b + ", Part("rate", "rate"), f" * (target - prediction) * {share}")),
    )


def _single(problem: Problem, step: int, before: FloatArray, after: FloatArray, rate: float) -> tuple[Line, ...]:
    """One input, one unit, one sample: every number of the step."""
    network, layer = problem.network, problem.network.layers[0]
    sample = int(problem.batch(step)[0])
    x, target = float(problem.data.X_train[sample, 0]), float(problem.data.Y_train[sample, 0])
    (W, b), (new_W, new_b) = before.tolist(), after.tolist()
    prediction = float(engine.predict(problem, before, np.array([[x]]))[0, 0])
    error = target - prediction
    sum_ = parts(b, " + ", signed(W), " * ", signed(x))
    match layer.activation:
        case "linear":
            made = (*sum_, *parts(" = ", prediction))
        case "clip":
            made = (*parts("min("), *sum_, *parts(", ", layer.limit, ") = ", prediction))
        case name:
            made = (*parts(f"{name}("), *sum_, *parts(") = ", prediction))
    lines = [
        Line("Sample", parts(f"{sample + 1} of {problem.samples}: ", x, " -> ", target)),
        Line("Prediction", made),
        Line("Error", parts(target, " - ", signed(prediction), " = ", error)),
    ]
    squared = LOSSES[network.loss].squared
    if layer.activation in ("linear", "clip") and squared:
        slope = 2 * squared
        factor = () if slope == 1 else (f" * {slope:g}",)
        share = signed(x) if network.bias_rule == "as_input" else 1.0
        hand = Part(short(rate), "rate")
        lines += [
            Line("New W", parts(W, " + ", hand, *factor, " * ", signed(error), " * ", signed(x), " = ", new_W)),
            Line("New b", parts(b, " + ", hand, *factor, " * ", signed(error), " * ", share, " = ", new_b)),
            _stability(x, rate, slope, network.bias_rule),
        ]
    else:
        lines += [
            Line("New W", parts(W, " -> ", new_W)),
            Line("New b", parts(b, " -> ", new_b)),
        ]
    return tuple(lines)


def _stability(x: float, rate: float, slope: float, bias_rule: str) -> Line:
    """What one step does to this sample's error: it is multiplied by 1 - rate * curvature."""
    curvature = (x * x + (x if bias_rule == "as_input" else 1)) * slope
    product = rate * curvature
    word = "stable on this sample, limit 2" if 0 <= product < 2 else "unstable on this sample, limit 2"
    return Line(
        "Rate x curvature",
        (Part(short(rate), "rate"), *parts(" * ", curvature, " = "),
         Part(short(product), "number" if 0 <= product < 2 else "bad"), Part(f"  {word}", "muted")),
    )  # fmt: skip


def _general(problem: Problem, before: State, rate: float, multipliers: Sequence[float]) -> tuple[Line, ...]:
    """Any network: the batch, its gradient, and the update of the parameter with the steepest slope."""
    opened = engine.open_step(problem, before, rate, multipliers)
    network, rows = problem.network, opened.rows
    size = f"rows {rows[0] + 1} to {rows[-1] + 1}" if problem.experiment.data.order == "cyclic" else "drawn at random"
    lines = [Line("Batch", parts(f"{len(rows)} of {problem.samples} samples, {size}"))]
    extra: list[Item] = [] if opened.accuracy is None else [Part("  accuracy ", "muted"), opened.accuracy]
    lines.append(Line("Loss before", parts(opened.loss, *extra)))
    norms = [np.linalg.norm(dW.astype(np.float64)) for dW in opened.dW]
    shown: list[Item] = [item for k, norm in enumerate(norms) for item in (Part(f"  W{k + 1} ", "muted"), float(norm))]
    whole = float(np.linalg.norm(opened.gradient.astype(np.float64)))
    lines.append(Line("Gradient norm", parts(whole, *(shown if len(norms) > 1 else []))))
    moved, length = np.linalg.norm(opened.update.astype(np.float64)), np.linalg.norm(before.theta.astype(np.float64))
    share = float(moved / length) if length else np.inf
    lines.append(Line("Update size", parts(float(moved), Part("  of the weights' length ", "muted"), share)))
    steepest = int(np.argmax(np.abs(opened.gradient)))
    move = move_of(opened, network.parameter_name(steepest), steepest)
    lines.append(Line("Steepest slope", parts(f"{move.name}: ", move.gradient)))
    layer = int(np.searchsorted(np.cumsum([W.size + b.size for W, b in zip(opened.dW, opened.db)]), steepest, "right"))
    if multipliers and multipliers[layer] != 1.0:
        lines.append(_layer_rate(layer, rate, multipliers[layer]))
        rate *= multipliers[layer]
    return (*lines, *update_lines(problem.optimizer, move, rate, before.step + 1))


def _layer_rate(layer: int, rate: float, factor: float) -> Line:
    """What a factor makes of the rate for all that follows."""
    return Line(f"Rate of layer {layer + 1}", (Part(short(rate), "rate"), *parts(" * ", factor, " = ", rate * factor)))
