"""A training step written out with its numbers, as lines of marked text that any display can draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrsim import engine
from lrsim.engine import Problem
from lrsim.numbers import short
from lrsim_core import FloatArray, loss_and_gradient


@dataclass(frozen=True)
class Part:
    """A stretch of text; `role` is text, number, rate, muted or bad, and says how it is drawn."""

    text: str
    role: str = "text"


@dataclass(frozen=True)
class Line:
    """One statement under a title that names what is worked out."""

    title: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def step_lines(
    problem: Problem, step: int, before: FloatArray | None, after: FloatArray, rate: float | None
) -> tuple[Line, ...]:
    """The step that led from `before` to `after` at `rate`; at step 0 the start and the rule.

    Parameters
    ----------
    before, after
        Parameters, shape (n_parameters,); `before` is None at step 0 and where it was not recorded.
    """
    if step == 0 or rate is None:
        return _start(problem, after)
    if before is not None and problem.network.shapes == ((1, 1),) and problem.batch_size == 1:
        return _single(problem, step, before, after, rate)
    return _general(problem, step, before, after, rate)


def _number(value: float) -> Part:
    return Part(short(value), "number" if np.isfinite(value) else "bad")


def _parts(*items: str | float | Part) -> tuple[Part, ...]:
    """Text as it is, numbers formatted."""
    return tuple(
        item if isinstance(item, Part) else Part(item) if isinstance(item, str) else _number(item) for item in items
    )


def _signed(value: float) -> float | str:
    return f"({short(value)})" if value < 0 else value


def _start(problem: Problem, theta: FloatArray) -> tuple[Line, ...]:
    rule = Line("Rule", _parts("w <- w - ", Part("rate", "rate"), " * gradient"))
    if problem.network.shapes != ((1, 1),):
        return (Line("Start", _parts(f"{problem.n_parameters} parameters, no step taken yet")), rule)
    W, b = theta.tolist()
    share = "input" if problem.network.bias_rule == "as_input" else "1"
    return (
        Line("Start", _parts("W = ", W, ", b = ", b)),
        Line("Rule for W", _parts("W + ", Part("rate", "rate"), " * (target - prediction) * input")),
        Line("Rule for b", _parts("b + ", Part("rate", "rate"), f" * (target - prediction) * {share}")),
    )


def _single(problem: Problem, step: int, before: FloatArray, after: FloatArray, rate: float) -> tuple[Line, ...]:
    """One input, one unit, one sample: every number of the step."""
    network, layer = problem.network, problem.network.layers[0]
    sample = int(problem.batch(step)[0])
    x, target = float(problem.data.X_train[sample, 0]), float(problem.data.Y_train[sample, 0])
    (W, b), (new_W, new_b) = before.tolist(), after.tolist()
    prediction = float(engine.predict(problem, before, np.array([[x]]))[0, 0])
    error = target - prediction
    sum_ = _parts(b, " + ", _signed(W), " * ", _signed(x))
    match layer.activation:
        case "linear":
            made = (*sum_, *_parts(" = ", prediction))
        case "clip":
            made = (*_parts("min("), *sum_, *_parts(", ", layer.limit, ") = ", prediction))
        case name:
            made = (*_parts(f"{name}("), *sum_, *_parts(") = ", prediction))
    lines = [
        Line("Sample", _parts(f"{sample + 1} of {problem.samples}: ", x, " -> ", target)),
        Line("Prediction", made),
        Line("Error", _parts(target, " - ", _signed(prediction), " = ", error)),
    ]
    if layer.activation in ("linear", "clip"):
        factor = () if network.loss == "half_mse" else (" * 2",)
        share = _signed(x) if network.bias_rule == "as_input" else 1.0
        hand = Part(short(rate), "rate")
        lines += [
            Line("New W", _parts(W, " + ", hand, *factor, " * ", _signed(error), " * ", _signed(x), " = ", new_W)),
            Line("New b", _parts(b, " + ", hand, *factor, " * ", _signed(error), " * ", share, " = ", new_b)),
            _stability(problem, x, rate),
        ]
    else:
        lines += [
            Line("New W", _parts(W, " -> ", new_W)),
            Line("New b", _parts(b, " -> ", new_b)),
        ]
    return tuple(lines)


def _stability(problem: Problem, x: float, rate: float) -> Line:
    """What one step does to this sample's error: it is multiplied by 1 - rate * curvature."""
    by_input = problem.network.bias_rule == "as_input"
    curvature = (x * x + (x if by_input else 1)) * (1 if problem.network.loss == "half_mse" else 2)
    product = rate * curvature
    word = "stable on this sample, limit 2" if 0 <= product < 2 else "unstable on this sample, limit 2"
    return Line(
        "Rate x curvature",
        (Part(short(rate), "rate"), *_parts(" * ", curvature, " = "),
         Part(short(product), "number" if 0 <= product < 2 else "bad"), Part(f"  {word}", "muted")),
    )  # fmt: skip


def _general(
    problem: Problem, step: int, before: FloatArray | None, after: FloatArray, rate: float
) -> tuple[Line, ...]:
    """Any network: the gradient of the batch and how far it moved the parameters."""
    rows = problem.batch(step)
    size = f"rows {rows[0] + 1} to {rows[-1] + 1}" if problem.experiment.data.order == "cyclic" else "drawn rows"
    lines = [Line("Batch", _parts(f"{len(rows)} of {problem.samples} samples, {size}"))]
    if before is not None:
        X, Y = np.ascontiguousarray(problem.data.X_train[rows]), np.ascontiguousarray(problem.data.Y_train[rows])
        loss, error, gradient = loss_and_gradient(problem.network, before, X, Y)
        moved = float(np.linalg.norm((after - before).astype(np.float64)))
        largest = int(np.argmax(np.abs(gradient)))
        name = problem.network.parameter_name(largest)
        old, slope, new = float(before[largest]), float(gradient[largest]), float(after[largest])
        lines += [
            Line("Loss before", _parts(loss, Part("  mean error ", "muted"), error)),
            Line("Gradient norm", _parts(float(np.linalg.norm(gradient.astype(np.float64))))),
            Line("Update", _parts(Part(short(rate), "rate"), " * gradient, length ", moved)),
            Line(f"{name}, steepest", _parts(old, " - ", Part(short(rate), "rate"), " * ", _signed(slope), " = ", new)),
        ]
    return tuple(lines)
