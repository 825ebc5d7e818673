"""A training step written out with its numbers, as lines of marked text that any display can draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrsim.common.marked_text import Item, Line, Part, parts, signed
from lrsim.common.numbers import count, length, percent, share, short, typed
from lrsim.debugger import unit
from lrsim.debugger.answers import PREDICTION, loss_line, output_line, slope_line, target_of
from lrsim.debugger.rates import layer_rate, rate_lines
from lrsim.debugger.updates import move_of, update_lines
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.schedules.timeline import RateParts
from lrsim.training import engine
from lrsim.training.engine import Problem, State
from lrsim_core import OpenStep

LARGEST = 1 << 25
"""Numbers of a step that is still opened to be written out; beyond it that would take more memory than training."""


def lines_at(history: History, branch: Branch, step: int) -> tuple[Line, ...]:
    """The step that a branch took last at `step`; at step 0 the first one, as it will be."""
    done = max(step - 1, 0)
    rate, multipliers = branch.course.timeline.parts(done), history.multipliers(branch, done)
    title = f"Step {count(done + 1)}"
    if not np.isfinite(rate.rate):
        return (Line(title, parts("there is no rate for it")),)
    problem = branch.course.problem_at(done)
    if is_too_large(problem):
        return (Line(title, parts("too large to be written out")),)
    return step_lines(problem, history.state_at(branch, done), rate, multipliers, taken=step > 0)


def step_lines(
    problem: Problem, before: State, rate: RateParts, multipliers: Sequence[float] = (), *, taken: bool = True
) -> tuple[Line, ...]:
    """The step that follows on `before`.

    Parameters
    ----------
    multipliers
        Factor on the rate of each layer; empty means 1 for all.
    taken
        Whether it is a step of the run; otherwise it is said that it is yet to come.
    """
    opened = engine.open_step(problem, before, rate.rate, multipliers)
    alone = problem.network.shapes == ((1, 1),) and len(opened.rows) == 1
    lines = (unit.lines if alone else _general)(problem, before, opened, rate, multipliers)
    said = 1 if lines[0].title == PREDICTION else 0
    undone = _in_units(problem, opened)
    return (_step(problem, before.step + 1, opened, taken), *lines[:said], *undone, *lines[said:])


def is_too_large(problem: Problem) -> bool:
    """Whether an opened step would hold too much: three numbers for each output of each row, and the parameters with
    their slots."""
    outputs = problem.batch_size * sum(units for _, units in problem.network.shapes)
    return 3 * outputs + (4 + 2 * problem.optimizer.n_slots) * problem.n_parameters > LARGEST


def _step(problem: Problem, step: int, opened: OpenStep, taken: bool) -> Line:
    """Which step it is, and what it is computed on."""
    rows = opened.rows
    title = f"Step {count(step)}" if taken else f"Step {count(step)}, yet to be taken"
    if len(rows) == 1:
        return Line(title, parts(f"sample {rows[0] + 1} of {problem.samples}", *unit.pair(problem, opened)))
    size = f"rows {rows[0] + 1} to {rows[-1] + 1}" if problem.experiment.data.order == "cyclic" else "drawn at random"
    return Line(title, parts(f"{len(rows)} of {problem.samples} samples, {size}"))


def _in_units(problem: Problem, opened: OpenStep) -> list[Line]:
    """What scaled numbers mean in the units of the source, where targets are scaled."""
    data = problem.data
    if not data.scales_targets:
        return []
    scaler = data.target_scaler
    if len(opened.rows) > 1 or problem.network.outputs > 1:
        unit = short(float(scaler.factor[0])) if problem.network.outputs == 1 else "each target's own"
        return [Line("Unit of the targets", parts(f"1 is {unit}, in losses and slopes as well"))]
    offset, factor, p = float(scaler.offset[0]), float(scaler.factor[0]), float(opened.predictions[0, 0])
    wanted = Part(f"  wanted {typed(float(data.given(opened.rows[:1])[1][0, 0]))}", "muted")
    made = parts(p, " * ", factor, " + ", signed(offset), " = ", float(data.answers(opened.predictions)[0, 0]), wanted)
    return [Line("In the file's units", made)]


def _general(
    problem: Problem, before: State, opened: OpenStep, rate: RateParts, multipliers: Sequence[float]
) -> tuple[Line, ...]:
    """Any network: the batch, its gradient, and the update of the parameter with the steepest slope."""
    index = int(np.argmax(np.abs(opened.gradient)))
    name, layer = problem.network.parameter_name(index), problem.network.layer_of(index)
    move = move_of(opened, name, index)
    factor = multipliers[layer] if multipliers else 1.0
    return (
        *_answer(problem, opened),
        Line("Steepest slope", parts(f"{name}: ", move.gradient)),
        *_penalties(problem, opened, index),
        *rate_lines(rate),
        *layer_rate(layer, rate.rate, factor),
        *update_lines(
            problem.optimizer, move, rate.rate * factor, before.updates + 1, engine.momentum(problem, before)
        ),
        *_gradient(problem, before, opened),
    )


def _answer(problem: Problem, opened: OpenStep) -> list[Line]:
    """What the network said, and how far that is from what it should have."""
    network = problem.network
    if len(opened.rows) == 1 and network.outputs == 1:
        z, p, dz = (float(array[0, 0]) for array in (opened.z[-1], opened.predictions, opened.dz[-1]))
        target = target_of(network, opened)
        return [
            output_line(network.layers[-1], z, p),
            Line("Error", parts(target, " - ", signed(p), " = ", target - p)),
            loss_line(network, z, p, target, opened.loss),
            slope_line(network, z, p, target, dz),
        ]
    extra: list[Item] = [] if opened.accuracy is None else [Part("  accuracy ", "muted"), percent(opened.accuracy)]
    lines = [Line("Loss before", parts(opened.loss, *extra))]
    if network.clip_gradient:
        limit = typed(network.clip_gradient)
        lines.append(Line("Gradient limit", parts(f"slopes by the outputs are kept between -{limit} and {limit}")))
    return lines


def _gradient(problem: Problem, before: State, opened: OpenStep) -> list[Line]:
    """How large gradient and update are."""
    norms = [length(dW) for dW in opened.dW]
    shown: list[Item] = [item for k, norm in enumerate(norms) for item in (Part(f"  W{k + 1} ", "muted"), norm)]
    moved, whole = length(opened.update), length(before.theta)
    return [
        Line("Gradient norm", parts(length(opened.gradient), *(shown if len(norms) > 1 else []))),
        Line("Update size", parts(moved, Part("  of the weights' length ", "muted"), share(moved, whole))),
    ]


def _penalties(problem: Problem, opened: OpenStep, index: int) -> list[Line]:
    """How the slope of a weight comes from that of the loss and the penalties; nothing for a bias."""
    network, offset = problem.network, index
    if not (network.l1 or network.l2):
        return []
    for k, (inputs, units) in enumerate(network.shapes):
        if offset < inputs * units:
            x = opened.inputs if k == 0 else opened.outputs[k - 1]
            row, unit_ = divmod(offset, units)
            of_loss = float(x[:, row].astype(np.float64) @ opened.dz[k][:, unit_].astype(np.float64))
            w, slope = float(opened.theta_before[index]), float(opened.gradient[index])
            return [Line("Slope with penalties", parts(of_loss, *unit.penalty(network, w), " = ", slope))]
        offset -= (inputs + 1) * units
        if offset < 0:
            return []
    return []
