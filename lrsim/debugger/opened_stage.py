"""A stage of an update with the arrays that it works on, as the kernel has them, and its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common.marked_text import Item, Line, Part, parts, signed
from lrsim.common.numbers import Floats, count, percent, typed
from lrsim.debugger.answers import loss_line, output_line, slope_line, target_of
from lrsim.debugger.explain import is_too_large
from lrsim.debugger.rates import layer_rate, rate_lines
from lrsim.debugger.stages import Focus, Stage, StageKind, stages_of
from lrsim.debugger.unit import penalty
from lrsim.debugger.updates import move_of, update_lines
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.schedules.timeline import RateParts
from lrsim.training import engine
from lrsim.training.engine import Problem, State
from lrsim_core import OpenStep

MOST_ROWS = 16
"""Rows of a table; of more those are shown that weigh most."""
MOST_TERMS = 6
"""Products of a sum that are written out."""


@dataclass(frozen=True)
class Table:
    """Numbers of a stage.

    Attributes
    ----------
    title
        What they are of.
    rows, columns
        Names.
    values
        Shape (rows, columns); NaN where nothing is.
    left_out
        What is not among the rows; empty where all is.
    parameters
        Name of the parameter in each row that a hand may set, or empty; they stand in the column `editable`.
    editable
        Column of these parameters; -1 for none.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    left_out: str = ""
    parameters: tuple[str, ...] = ()
    editable: int = -1


@dataclass(frozen=True)
class OpenedStage:
    """A stage that stands open.

    Attributes
    ----------
    stages, at
        All stages of the update, and which of them this is.
    step
        Of the update, from 1.
    samples
        Training rows of the batch.
    units
        Of the layer; 0 where the stage is of none.
    """

    stages: tuple[Stage, ...]
    at: int
    step: int
    focus: Focus
    samples: tuple[int, ...]
    units: int
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]

    @property
    def stage(self) -> Stage:
        return self.stages[self.at]


@dataclass(frozen=True)
class OpenedUpdate:
    """The step that follows a place, with every array that is worked out on the way."""

    problem: Problem
    before: State
    rate: RateParts
    multipliers: tuple[float, ...]
    opened: OpenStep


def open_update(history: History, branch: Branch, step: int) -> OpenedUpdate | None:
    """The update that follows `step`; None where it has no rate, or is too large to be opened."""
    problem, rate = branch.course.problem_at(step), branch.course.timeline.parts(step)
    if not np.isfinite(rate.rate) or is_too_large(problem):
        return None
    before, multipliers = history.state_at(branch, step), branch.course.multipliers(step)
    return OpenedUpdate(problem, before, rate, multipliers, engine.open_step(problem, before, rate.rate, multipliers))


def opened_stage(update: OpenedUpdate, at: int, focus: Focus) -> OpenedStage:
    """A stage of an opened update; a focus that lies beyond is drawn in."""
    stages = stages_of(update.problem)
    at = min(max(at, 0), len(stages) - 1)
    stage, rows = stages[at], update.opened.rows
    units = update.problem.network.shapes[stage.layer - 1][1] if stage.layer else 0
    sample = None if focus.sample is None or len(rows) == 1 else min(max(focus.sample, 0), len(rows) - 1)
    focus = Focus(0 if len(rows) == 1 else sample, min(max(focus.unit, 0), max(units - 1, 0)))
    lines, tables = _WORKED_OUT[stage.kind](_Look(update, stage.layer, focus))
    samples = tuple(rows.tolist())
    return OpenedStage(stages, at, update.before.step + 1, focus, samples, units, tuple(lines), tuple(tables))


Shown = tuple[list[Line], list[Table]]


@dataclass(frozen=True)
class _Look:
    update: OpenedUpdate
    layer: int  # from 1
    focus: Focus

    @property
    def problem(self) -> Problem:
        return self.update.problem

    @property
    def opened(self) -> OpenStep:
        return self.update.opened

    def forward(self, values: NDArray[np.floating]) -> Floats:
        """Of the sample that is looked at, or the mean over the batch, shape (columns,)."""
        return self.back(values) / (len(values) if self.focus.sample is None else 1)

    def back(self, values: NDArray[np.floating]) -> Floats:
        """Of the sample that is looked at, or the sum over the batch, shape (columns,)."""
        wide, sample = values.astype(np.float64), self.focus.sample
        with np.errstate(over="ignore", invalid="ignore"):
            found: Floats = wide.sum(axis=0) if sample is None else wide[sample]
        return found

    @property
    def below(self) -> NDArray[np.floating]:
        """What goes into the layer, shape (rows, inputs)."""
        return self.opened.inputs if self.layer == 1 else self.opened.outputs[self.layer - 2]

    @property
    def names_below(self) -> list[str]:
        return self.input_names if self.layer == 1 else unit_names(self.problem, self.layer - 1)

    @property
    def input_names(self) -> list[str]:
        names, inputs = self.problem.data.feature_names, self.problem.network.inputs
        return [*names] if len(names) == inputs else [f"x{k + 1}" for k in range(inputs)]

    @property
    def whose(self) -> str:
        """Whose values these are."""
        return self._whose("mean")

    @property
    def whose_slopes(self) -> str:
        """Whose slopes these are: those of a batch add up."""
        return self._whose("sum")

    def _whose(self, together: str) -> str:
        if len(self.opened.rows) == 1:
            return f"sample {self.opened.rows[0] + 1}"
        if self.focus.sample is None:
            return f"{together} of {len(self.opened.rows)} samples"
        return f"sample {self.opened.rows[self.focus.sample] + 1}"


def unit_names(problem: Problem, layer: int) -> list[str]:
    """Of the units of a layer, from 1: hidden ones by layer and place, outputs by what they stand for."""
    units = problem.network.shapes[layer - 1][1]
    if layer < len(problem.network.layers):
        return [f"h{layer}[{unit}]" for unit in range(units)]
    names = problem.data.target_names
    return [*names] if len(names) == units else [f"output {unit}" for unit in range(units)]


def _table(
    title: str, rows: Sequence[str], columns: dict[str, Floats], weight: Floats, parameters: Sequence[str] = (),
    editable: int = -1, of_what: str = "rows",
) -> Table:  # fmt: skip
    """A table whose rows, where there are too many, are those of the largest `weight`, in their own order."""
    values = np.column_stack([*columns.values()])
    places = [*range(len(rows))]
    left_out = ""
    if len(rows) > MOST_ROWS:
        largest = np.argsort(-np.abs(np.nan_to_num(weight)), kind="stable")[:MOST_ROWS]
        places = sorted(largest.tolist())
        left_out = f"{MOST_ROWS} of {count(len(rows))} {of_what}, the largest"
    return Table(
        title, tuple(rows[place] for place in places), tuple(columns), values[places], left_out,
        tuple(parameters[place] for place in places) if parameters else (), editable,
    )  # fmt: skip


def _batch(look: _Look) -> Shown:
    opened, problem = look.opened, look.problem
    rows = opened.rows
    order = "in their order" if problem.experiment.data.order == "cyclic" else "drawn at random"
    said = f"{len(rows)} of {count(problem.samples)} samples, {order}" if len(rows) > 1 else f"sample {rows[0] + 1}"
    lines = [Line("Batch", parts(said))]
    inputs, targets = look.forward(opened.inputs), look.forward(opened.targets)
    tables = [
        _table(f"Inputs, {look.whose}", look.input_names, {"value": inputs}, inputs, of_what="inputs"),
        _table(
            f"Targets, {look.whose}", unit_names(problem, len(problem.network.layers)), {"wanted": targets}, targets,
            of_what="targets",
        ),
    ]  # fmt: skip
    return lines, tables


def _parameter_names(look: _Look) -> tuple[list[str], list[int]]:
    """Weights that lead into the unit and then its bias: names and places in the flat vector."""
    network, unit = look.problem.network, look.focus.unit
    offset = network.layer_offset(look.layer - 1)
    inputs, units = network.shapes[look.layer - 1]
    places = [offset + row * units + unit for row in range(inputs + 1)]
    return [network.parameter_name(place) for place in places], places


def _forward(look: _Look) -> Shown:
    opened, layer, unit = look.opened, look.problem.network.layers[look.layer - 1], look.focus.unit
    names, places = _parameter_names(look)
    weights = opened.theta_before[places].astype(np.float64)
    x = np.append(look.forward(look.below), 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        products = x * weights
    z, a = look.forward(opened.z[look.layer - 1]), look.forward(opened.outputs[look.layer - 1])
    units = unit_names(look.problem, look.layer)
    lines = []
    if look.focus.sample is not None:
        lines = [_sum_line(f"Sum of {units[unit]}", x, weights, float(z[unit]))]
        if layer.activation != "softmax":
            output = output_line(layer, float(z[unit]), float(a[unit]))
            lines.append(Line(f"Output of {units[unit]}", output.parts))
        else:
            lines.append(Line("Outputs", parts("exp of each sum over the sum of all of these")))
        if layer.activation == "clip" and z[unit] >= layer.limit:
            lines.append(Line("Limit", parts(f"the sum is above {typed(layer.limit)}, so the limit acts")))
    rows = [*look.names_below, "bias"]
    tables = [
        _table(f"Into {units[unit]}, {look.whose}", rows, {"input": x, "weight": weights, "product": products},
               products, names, 1, "inputs"),
    ]  # fmt: skip
    if len(units) > 1:
        title = f"Layer {look.layer}, {look.whose}"
        tables.append(_table(title, units, {"sum": z, "output": a}, a, of_what="units"))
    return lines, tables


def _sum_line(title: str, x: Floats, weights: Floats, z: float) -> Line:
    """The bias, and input times weight for each input; of many the sum alone."""
    if len(x) - 1 > MOST_TERMS:
        return Line(title, parts(f"bias and {count(len(x) - 1)} products = ", z))
    items: list[Item] = [float(weights[-1])]
    for value, weight in zip(x[:-1].tolist(), weights[:-1].tolist()):
        items += [" + ", signed(value), " * ", signed(weight)]
    return Line(title, parts(*items, " = ", z))


def _loss(look: _Look) -> Shown:
    opened, network = look.opened, look.problem.network
    lines = []
    p, t = look.forward(opened.predictions), look.forward(opened.targets)
    if len(opened.rows) == 1 and network.outputs == 1:
        target = target_of(network, opened)
        z = float(opened.z[-1][0, 0])
        lines = [
            Line("Error", parts(target, " - ", signed(float(p[0])), " = ", target - float(p[0]))),
            loss_line(network, z, float(p[0]), target, opened.loss),
        ]
    else:
        extra: list[Item] = [] if opened.accuracy is None else [Part("  accuracy ", "muted"), percent(opened.accuracy)]
        lines = [Line(f"Mean loss ({network.loss}) of the batch", parts(opened.loss, *extra))]
    if network.l1 or network.l2:
        lines.append(Line("Penalties", parts("are added to the slopes of the weights, not to this loss")))
    names = unit_names(look.problem, len(network.layers))
    with np.errstate(over="ignore", invalid="ignore"):
        columns = {"predicted": p, "wanted": t, "error": t - p}
    return lines, [_table(f"Outputs, {look.whose}", names, columns, p, of_what="outputs")]


def _backward(look: _Look) -> Shown:
    opened, network, unit = look.opened, look.problem.network, look.focus.unit
    dz = look.back(opened.dz[look.layer - 1])
    units = unit_names(look.problem, look.layer)
    lines = []
    last = look.layer == len(network.layers)
    if last and len(opened.rows) == 1 and network.outputs == 1:
        z, p = float(opened.z[-1][0, 0]), float(opened.predictions[0, 0])
        lines.append(slope_line(network, z, p, target_of(network, opened), float(opened.dz[-1][0, 0])))
    elif last and network.clip_gradient:
        limit = typed(network.clip_gradient)
        lines.append(Line("Gradient limit", parts(f"slopes by the outputs are kept between -{limit} and {limit}")))
    names, places = _parameter_names(look)
    gradient = opened.gradient[places].astype(np.float64)
    rows = [*look.names_below, "bias"]
    x = look.forward(look.below)
    x = np.append(x, network.bias_share(float(x.sum())))
    if len(opened.rows) == 1:
        delta = float(dz[unit])
        w = float(opened.theta_before[places[0]])
        lines.append(
            Line(f"Slope by {names[0]}", parts(
                delta, " * ", signed(float(x[0])), *penalty(network, w), " = ", float(gradient[0]),
            ))
        )  # fmt: skip
    else:
        lines.append(
            Line("Slopes", parts(f"summed over the {len(opened.rows)} samples of the batch, penalties included"))
        )
    tables = [_table(f"Slope by the sum, {look.whose_slopes}", units, {"delta": dz}, dz, of_what="units")]
    columns = {"input": x, "slope": gradient}
    tables.append(_table(f"Slopes of what leads into {units[unit]}", rows, columns, gradient, of_what="inputs"))
    return lines, tables


def _update(look: _Look) -> Shown:
    opened, problem, unit = look.opened, look.problem, look.focus.unit
    names, places = _parameter_names(look)
    steepest = int(np.argmax(np.abs(np.nan_to_num(opened.gradient[places]))))
    index, name = places[steepest], names[steepest]
    multipliers, rate = look.update.multipliers, look.update.rate
    factor = multipliers[look.layer - 1] if multipliers else 1.0
    momentum = engine.momentum(problem, look.update.before)
    lines = [
        Line(f"Slope of {name}", parts(float(opened.gradient[index]), Part("  the steepest into this unit", "muted"))),
        *rate_lines(rate),
        *layer_rate(look.layer - 1, rate.rate, factor),
        *update_lines(
            problem.optimizer,
            move_of(opened, name, index),
            rate.rate * factor,
            look.update.before.updates + 1,
            momentum,
        ),
    ]
    columns = {"before": opened.theta_before[places].astype(np.float64)}
    columns["slope"] = opened.gradient[places].astype(np.float64)
    for slot, values in enumerate(opened.slots_after):
        columns[f"memory {slot + 1}" if len(opened.slots_after) > 1 else "memory"] = values[places].astype(np.float64)
    columns["after"] = opened.theta_after[places].astype(np.float64)
    units = unit_names(problem, look.layer)
    weight = opened.update[places].astype(np.float64)
    return lines, [_table(f"Parameters into {units[unit]}", names, columns, weight, names, 0, "parameters")]


_WORKED_OUT = {
    StageKind.BATCH: _batch,
    StageKind.FORWARD: _forward,
    StageKind.LOSS: _loss,
    StageKind.BACKWARD: _backward,
    StageKind.UPDATE: _update,
}
