"""The result of a run as a few aligned lines for people."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from lrsim.common.metrics import Metric, Split, held_out
from lrsim.common.numbers import short
from lrsim.history.labels import change_words
from lrsim.runs.result import Result
from lrsim.schedules.callback_log import stop_in_words
from lrsim.training import engine
from lrsim.training.stops import StopReason
from lrsim.verdict.tried import FROM_HERE, Tried

SHOWN_PARAMETERS = 8
SHOWN_TARGETS = 8


def summarize(result: Result) -> str:
    """Title, notes on the data, figures, the trial inputs if any, and the verdict beside what the source claims."""
    experiment, verdict = result.problem.experiment, result.verdict.text
    blocks = [
        " - ".join(" ".join(part.split()) for part in (experiment.name, experiment.source) if part) or "(no name)",
        "\n".join(result.problem.notes),
        _aligned(_figures(result)),
        _samples(result),
        _tried(result.verdict.tried),
        f"The source says: {experiment.claim}\nHere: {verdict}" if experiment.claim else verdict,
    ]
    return "\n\n".join(block for block in blocks if block)


def _figures(result: Result) -> list[tuple[str, str]]:
    final, lengths = result.final, dict.fromkeys(piece.size for piece in result.grid.pieces)
    per_epoch = " and later ".join(map(str, lengths))
    lines = [
        ("steps", f"{result.steps} ({result.epochs} epoch{'s' if result.epochs != 1 else ''} of {per_epoch})"),
        ("ended by", _reason(result)),
    ]
    scaled = " (of the scaled target)" if result.problem.data.scales_targets else ""
    if result.last_step:
        figures = result.last_step
        lines.append(("last step", f"error {_six(figures['error'])}, loss {_six(figures['loss'])}{scaled}"))
    loss = result.problem.experiment.training.loss
    lines.append(("all samples", _over_all(final, Split.TRAINING, loss) + scaled))
    if final[held_out("error")] is not None:
        lines.append(("held out", _over_all(final, Split.VALIDATION, loss) + scaled))
    lines += [("in its own units", text) for text in _in_units(final)]
    for step, together in groupby(result.changes, key=lambda event: event.step):
        lines.append(("changed", change_words({event.key: event.value for event in together}) + f" from step {step}"))
    if result.restored_epoch is not None:
        lines.append(("restored", f"the best parameters, those of epoch {result.restored_epoch}"))
    parameters = final.get("parameters", {})
    if 0 < len(parameters) <= SHOWN_PARAMETERS:
        lines += [(name, repr(value)) for name, value in parameters.items()]
    else:
        lines.append(("parameters", str(result.problem.n_parameters)))
    return lines


def _over_all(final: dict[str, Any], split: Split, loss: str) -> str:
    """Error, loss and what else there is, of all samples of a split; a loss that is the MSE itself is told once."""

    def figure(quantity: str) -> Any:
        return final[Metric(quantity, split).name]

    parts = [f"error {_six(figure('error'))}", f"loss {_six(figure('loss'))}"]
    if "mse" in final and loss != "mse":
        parts.append(f"mean squared error {_six(figure('mse'))}")
    if figure("accuracy") is not None:
        parts.append(f"accuracy {_six(figure('accuracy'))}")
    return ", ".join(parts)


def _in_units(final: dict[str, Any]) -> list[str]:
    """Errors of each target in the file's units, where it was scaled."""
    found = []
    for target, figures in final.get("in_units", {}).items():
        text = f"{target}: error {_six(figures['error'])}, root mean squared error {_six(figures['rmse'])}"
        if held_out("error") in figures:
            text += f"; held out {_six(figures[held_out('error')])}, {_six(figures[held_out('rmse')])}"
        found.append(text)
    left_out = len(found) - SHOWN_TARGETS
    return found if left_out <= 0 else [*found[:SHOWN_TARGETS], f"and {left_out} more targets"]


def _reason(result: Result) -> str:
    stop = result.problem.experiment.stop
    stopped = None if result.control is None else result.control.early_stop
    if result.stop_reason is StopReason.EARLY_STOPPING and stopped is not None:
        return stop_in_words(stopped)
    if result.error is not None:
        return "an expression that has no rate for the next step"
    return {
        StopReason.STEPS: "the number of steps asked for",
        StopReason.EPOCHS: "the last epoch",
        StopReason.TARGET_ERROR: f"the error of a step fell below {short(stop.target_error)}",
        StopReason.DIVERGED: f"divergence, {result.not_finite} is not finite from step {result.diverged_at} on",
        StopReason.BREAK: "a condition that came true",
        StopReason.INTERRUPTED: "an interruption, such as Ctrl-C",
    }[result.stop_reason]


def _tried(tried: Tried | None) -> str:
    """What each rate came to that was tried; empty where none was."""
    if tried is None or not tried.trials:
        return ""
    split = "held-out loss" if tried.figure_name == held_out("loss") else "loss"
    longest = max(trial.epochs for trial in tried.trials)
    lines = [(f"{tried.own.candidate.rate:g}", _six(tried.own.figure), "this run")]
    for trial in sorted(tried.trials, key=lambda trial: trial.candidate):
        about = [
            *(["falling"] if trial.candidate.falling else []),
            *(["from here"] if trial.candidate.start == FROM_HERE else []),
            *([f"{trial.epochs} epochs"] if trial.epochs != longest else []),
            *(["best"] if trial.candidate == tried.best else []),
        ]
        lines.append((f"{trial.candidate.rate:g}", _six(trial.figure), ", ".join(about)))
    rows = [("rate tried", split, f"after {longest} epoch{'s' if longest != 1 else ''}"), *lines]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"  {row[0]:>{widths[0]}}   {row[1]:>{widths[1]}}   {row[2]}".rstrip() for row in rows)


def _samples(result: Result) -> str:
    trials = result.problem.data.trials
    if not trials:
        return ""
    data = result.problem.data
    inputs = data.inputs_for(np.array([[x] for x, _ in trials]))
    predictions = data.answers(engine.predict(result.problem, result.theta, inputs))[:, 0].tolist()
    rows = [("input", "wanted", "predicted")]
    rows += [(_six(x), _six(y), _six(found)) for (x, y), found in zip(trials, predictions, strict=True)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  " + "   ".join(f"{cell:>{width}}" for cell, width in zip(row, widths)) for row in rows)


def _aligned(lines: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in lines)


def _six(value: float) -> str:
    """Six significant digits: enough to tell neighbouring runs apart in print."""
    return f"{value:.6g}"
