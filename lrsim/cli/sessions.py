"""Session files on the command line: a run that is kept, and steps of one that was."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from lrsim.cli import screen
from lrsim.cli.notices import notices
from lrsim.common.numbers import count, full, without_non_finite
from lrsim.common.output import STDOUT, Output
from lrsim.common.validation import ExperimentError, near
from lrsim.history import file
from lrsim.history import kept as trees
from lrsim.history.branch import Branch
from lrsim.history.labels import label
from lrsim.history.tree import History
from lrsim.runs.result import Block, Change, Result
from lrsim.runs.trace import TraceWriter
from lrsim.training import engine, memory
from lrsim.training.course import Event

ROWS = 1 << 16
"""Rows of a trace that are brought back at a time."""
BUDGET = 512 << 20


def save(path: str, result: Result, changes: Sequence[Change]) -> None:
    """Keep a run that was trained, to be opened, gone on with and forked.

    Raises
    ------
    ExperimentError, OSError
        The file can't be written.
    """
    events = [Event(change.step, change.key, change.value) for change in changes]
    theta = None if result.restored_epoch else result.theta
    branches = trees.of_line(result.steps, events, theta, result.stop_reason)
    file.write(file.kept_run(result.problem.experiment, branches), path)


def check_name(path: str) -> None:
    """Refuse a place that can't be written, before anything is computed.

    Raises
    ------
    ExperimentError, OSError
        Says why.
    """
    if not path.endswith(file.ENDING):
        raise ExperimentError("--save", f"expected a name that ends in {file.ENDING}", path)
    Output(path).discard()


def replay(options: argparse.Namespace, step: int | None) -> None:
    """Train a session that was kept again, to a step of a branch, and tell what is there.

    Raises
    ------
    ExperimentError, OSError
        It can't be read, has no such place, or a file can't be written.
    """
    opened = file.read(options.session)
    number = _number(opened.kept, options.branch)
    kept = opened.kept.branches[number]
    at = kept.tip if step is None else step
    if at > kept.tip:
        raise ExperimentError("--to", f"expected at most {kept.tip}, the last step of the branch", at)
    with notices() as on_notice:
        problem = engine.build(opened.experiment, history=memory.affordable(BUDGET), on_notice=on_notice)
    history = History(problem, memory.affordable(BUDGET))
    others = trees.rebuild(history, opened.kept.branches)
    for sentence in others:
        screen.tell(f"lrsim: {sentence}")
    branch = history.branches[number]
    found = _at(history, branch, at) | {"as_saved": not others}
    with contextlib.ExitStack() as files:
        if options.trace is not None:
            _trace(history, branch, at, files.enter_context(Output(options.trace)))
        if options.json is not None:
            report = files.enter_context(Output(options.json))
            report.write(msgspec.json.encode(without_non_finite(found)) + b"\n")
    if STDOUT not in (options.trace, options.json):
        screen.say(_in_words(opened.kept, branch, found))


def _number(kept: file.Kept, wanted: str | None) -> int:
    """The branch of a name or number; without one the branch that was shown."""
    if wanted is None:
        return kept.branch
    names = [each.name or str(number) for number, each in enumerate(kept.branches)]
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise ExperimentError("--branch", f"there is none of that name{near(wanted, names)}", wanted)


def _at(history: History, branch: Branch, step: int) -> dict[str, Any]:
    problem = history.problem
    state = history.state_at(branch, step)
    row = history.rows(branch, step - 1, step)[:, 0] if step else None
    figures = {} if row is None else {name: float(row[place]) for place, name in enumerate(problem.metrics)}
    rate = branch.course.timeline.rate(step)
    found: dict[str, Any] = {
        "branch": branch.number, "name": branch.name or label(branch), "step": step, "of": branch.tip,
        "epoch": branch.course.grid.ended(step), **figures, "next_rate": rate,
        "fingerprint": trees.fingerprint(state.theta),
    }  # fmt: skip
    if problem.records_parameters:
        found["parameters"] = dict(zip(problem.parameter_names, state.theta.tolist(), strict=True))
    return found


def _trace(history: History, branch: Branch, step: int, output: Output) -> None:
    writer = TraceWriter(history.problem, output.write, grid=branch.course.grid)
    for first in range(0, step, ROWS):
        last = min(first + ROWS, step)
        rates = np.asarray(branch.course.timeline.rates(first, last - first))
        writer(Block(first + 1, rates, history.rows(branch, first, last)))


def _in_words(kept: file.Kept, branch: Branch, found: dict[str, Any]) -> str:
    lines = [
        f"branch {found['branch']} of {len(kept.branches)}: {found['name']}",
        f"step {count(found['step'])} of {count(found['of'])}, next rate {full(found['next_rate'])}",
    ]
    figures = {name: found[name] for name in ("loss", "error", "accuracy") if name in found}
    lines += [f"{name} {full(value)}" for name, value in figures.items()]
    lines += [f"{name} = {full(value)}" for name, value in found.get("parameters", {}).items()]
    same = "as it was saved, bit for bit" if found["as_saved"] else "not as it was saved: see above"
    return "\n".join([*lines, same])
