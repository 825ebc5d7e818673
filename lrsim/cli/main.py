"""The command line: what each command does, and how the program ends.

Qt is loaded for the window and for shots alone.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from lrsim.charts.look import LOOKS
from lrsim.cli import screen, signals, watching
from lrsim.cli.arguments import COMMANDS, parse
from lrsim.cli.display import why_no_window
from lrsim.cli.notices import notices
from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.output import STDOUT, Output
from lrsim.common.toml import literal
from lrsim.common.validation import NOT_NEGATIVE, POSITIVE, ExperimentError, Rule, reason, suggestion, whole_number
from lrsim.data.describe import describe
from lrsim.experiment import files as experiment
from lrsim.experiment.keys import parse_assignment, with_values
from lrsim.experiment.specs import Experiment
from lrsim.instruments import range_report
from lrsim.runs import run
from lrsim.runs.result import Change, Underway
from lrsim.runs.summary import summarize
from lrsim.runs.trace import TraceWriter
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.training.stops import StopReason
from lrsim.trials.finder import RateFinder
from lrsim.trials.subject import subject_at_start

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
ENDING = ".lrsim"
"""Of a session file; what reads them is loaded where there is one."""


class CommandFailed(Exception):
    """The command could not do its work though its input was good."""


def main(argv: list[str] | None = None) -> int:
    """Run the program with these words (by default those it was called with) and return its exit status."""
    try:
        with signals.raised():
            return _carry_out(sys.argv[1:] if argv is None else argv)
    except signals.Ended as ended:  # while an error was told
        return ended.status


def _carry_out(argv: list[str]) -> int:
    try:
        screen.prepare()
        options = parse(argv)
        return _COMMANDS[options.command](options)
    except ExperimentError as error:
        return _complain(str(error), BAD_INPUT)
    except signals.Ended as ended:
        return _complain("interrupted", ended.status)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:  # whoever read standard output has left
        screen.let_go()
        return FAILED
    except OSError as error:
        screen.let_go()
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{reason(error)}", FAILED)
    except CommandFailed as error:
        return _complain(str(error), FAILED)
    except UnicodeEncodeError as error:  # words and names of files may be bytes of any kind
        return _complain(f"{literal(error.object)}: expected a text in UTF-8", BAD_INPUT)
    except MemoryError as error:
        return _complain(f"not enough memory{f': {error}' if str(error) else ''}", FAILED)
    except Exception as error:
        return _complain(f"{type(error).__name__}: {error}", FAILED)


def _complain(message: str, status: int) -> int:
    screen.tell(f"lrsim: error: {' '.join(message.split())}")
    return status


# --- commands


def _presets(options: argparse.Namespace) -> int:
    found = experiment.presets()
    if options.json:
        screen.say_bytes(msgspec.json.encode([preset._asdict() for preset in found]).decode() + "\n")
        return DONE
    width = max(len(preset.name) for preset in found)
    lines = [f"{preset.name:<{width}}  {preset.source}\n{'':<{width}}  {preset.line}." for preset in found]
    screen.say("\n".join(lines))
    return DONE


def _show(options: argparse.Namespace) -> int:
    screen.say_bytes(experiment.to_toml(_experiment(options)))
    return DONE


def _doctor(options: argparse.Namespace) -> int:
    from lrsim.cli import doctor

    screen.say(doctor.report(doctor.examine()))
    return DONE


def _run(options: argparse.Namespace) -> int:
    if options.trace is not None and options.trace == options.json:
        raise ExperimentError("--json", "expected another FILE than for --trace", options.json)
    if options.save is not None:
        from lrsim.cli import sessions

        sessions.check_name(options.save)
    problem = _built(options)
    changes = run.checked_changes(problem, [_change(*words) for words in options.at])
    limits: dict[str, Any] = {
        "max_steps": None if options.steps is None else _whole(options.steps, "--steps", 0),
        "max_epochs": None if options.epochs is None else _whole(options.epochs, "--epochs", 1),
    }
    grid = run.planned_grid(problem, changes)
    share = _converted(options.trials, "--trials", float, NOT_NEGATIVE)
    asked = watching.wanted(problem, options)
    look = watching.Look(problem, asked, changes, screen.tell) if asked else None
    for_people = STDOUT not in (options.trace, options.json)
    with contextlib.ExitStack() as files:
        told = files.enter_context(_Told(screen.say)) if for_people else None
        trace = files.enter_context(Output(options.trace)) if options.trace is not None else None
        report = files.enter_context(Output(options.json)) if options.json is not None else None
        interrupted = files.enter_context(signals.asked())
        progress = files.enter_context(_progress())
        result = run.run(
            problem,
            changes=changes,
            every_epoch=report is not None,
            trials=share,
            on_block=TraceWriter(problem, trace.write, look.columns() if look else None, grid) if trace else None,
            on_progress=progress,
            interrupted=interrupted,
            **(limits if look is None else _looked_at(grid, problem, look, limits, interrupted)),
        )
        if told:
            told.text = "\n\n".join(filter(None, (summarize(result), look.in_words(result) if look else "")))
        if report:
            result.write_json(report.write, look.as_dict(result) if look else None)
            report.write(b"\n")
        if options.save is not None:
            sessions.save(options.save, result, changes)
    if result.error is not None:
        raise result.error
    return interrupted.status if interrupted() else DONE  # also where it left the trials of a run that had ended


def _replay(options: argparse.Namespace) -> int:
    from lrsim.cli import sessions

    if options.trace is not None and options.trace == options.json:
        raise ExperimentError("--json", "expected another FILE than for --trace", options.json)
    sessions.replay(options, None if options.to is None else _whole(options.to, "--to", 0))
    return DONE


def _looked_at(
    grid: EpochGrid, problem: Problem, look: watching.Look, limits: dict[str, Any], interrupted: Callable[[], bool]
) -> dict[str, Any]:
    """The limits of a run that stops where a condition comes true."""
    epochs = limits["max_epochs"] or problem.experiment.training.epochs
    most = grid.end_of(epochs) if limits["max_steps"] is None else limits["max_steps"]
    steps = look.go(most, interrupted)
    if look.found is not None:
        return {"max_steps": steps, "at_limit": StopReason.BREAK}
    if interrupted():
        return {"max_steps": steps, "at_limit": StopReason.INTERRUPTED, "interrupted": lambda: False}
    return limits


def _sweep(options: argparse.Namespace) -> int:
    # Charts, processes and the cluster take longer to load than a small run to train.
    from lrsim.cli import sweep
    from lrsim.sweep import executors

    jobs, seeds, epochs = (
        None if text is None else _whole(text, option, 1)
        for text, option in ((options.jobs, "--jobs"), (options.seeds, "--seeds"), (options.epochs, "--epochs"))
    )
    tls = executors.Tls(options.tls_ca, options.tls_cert, options.tls_key)
    open_executor = sweep.opener(jobs, options.dask, tls)
    chosen = sweep.described(_experiment(options), options.over, seeds, epochs)
    with signals.asked() as interrupted:
        ending = sweep.sweep(chosen, open_executor, options.out, jobs or executors.default_jobs(), interrupted)
    if ending.failure:
        raise CommandFailed(ending.failure)
    return interrupted.status if ending.interrupted else DONE


def _find_lr(options: argparse.Namespace) -> int:
    lowest, highest = _positive(options.lowest, "--from"), _positive(options.highest, "--to")
    points = _whole(options.points, "--points", 2)
    if not lowest < highest:
        raise ExperimentError("--to", f"expected a number > {lowest:g}, the first rate", options.highest)
    share = _converted(options.trials, "--trials", float, NOT_NEGATIVE)
    problem = _built(options)
    trial = RateFinder(subject_at_start(problem), lowest, highest, points, share)
    with contextlib.ExitStack() as files:
        told = files.enter_context(_Told(screen.say)) if options.json != STDOUT else None
        report = files.enter_context(Output(options.json)) if options.json is not None else None
        interrupted = files.enter_context(signals.asked())
        while not trial.work(run.BLOCK_SECONDS):
            if interrupted():
                trial.cancel()
        found = trial.result()
        if told:
            told.text = range_report.as_text(problem, found)
        if report:
            report.write(msgspec.json.encode(range_report.as_dict(problem, found)) + b"\n")
    return interrupted.status if trial.cancelled else DONE


def _data(options: argparse.Namespace) -> int:
    found = describe(options.source)
    if options.json:
        screen.say_bytes(msgspec.json.encode(found).decode() + "\n")
    else:
        screen.say(found.text().removesuffix("\n"))
    return DONE


def _window(options: argparse.Namespace) -> int:
    if options.theme is not None:
        _theme(options.theme)
    session_file = Path(options.experiment) if options.experiment.endswith(ENDING) else None
    chosen = _opened(options.experiment) if session_file is None else _of_session(options.experiment)
    reason = why_no_window()
    if reason is None:
        try:
            window_main = import_module("lrsim.gui.app").main
        except ImportError as error:
            reason = _without_qt(error)
        else:
            with signals.left_to_the_system():
                status: int = window_main(
                    chosen, theme=options.theme, reset_settings=options.reset_settings,
                    path=None if session_file is not None else experiment.file_of(options.experiment),
                    session_file=session_file,
                )  # fmt: skip
            return status
    if session_file is not None:
        screen.tell(f"lrsim: no window: {reason}; replaying {options.experiment} without one")
        return _replay(parse(["replay", options.experiment]))
    screen.tell(f"lrsim: no window: {reason}; training {options.experiment} without one")
    status = _run(parse(["run", options.experiment]))
    screen.say(
        f"\nNext: lrsim run {options.experiment} --set optimizer.lr=0.0001, lrsim run --help, lrsim presets; "
        f"lrsim doctor tells what the window lacks."
    )
    return status


def _shot(options: argparse.Namespace) -> int:
    chosen = _experiment(options)
    steps = _whole(options.steps, "--steps", 0)
    size = re.fullmatch(r"([1-9]\d{1,4})[x×]([1-9]\d{1,4})", options.size)
    if not size:
        raise ExperimentError("--size", "expected WIDTHxHEIGHT in pixels, such as 1600x900", options.size)
    theme = _theme(options.theme)
    if options.view != "list" and options.out is None:
        raise ExperimentError("--out", "missing, expected a PNG file to draw into")
    shot = _shots()
    views = list(shot.list_views())
    if options.view == "list":
        screen.say("\n".join(views))
        return DONE
    if options.view not in views:
        raise ExperimentError("--view", f"expected one of {', '.join(views)}", options.view)
    _check_writable(options.out)
    shot.take(chosen, options.view, steps, (int(size[1]), int(size[2])), theme, options.out)
    return DONE


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "presets": _presets,
    "show": _show,
    "run": _run,
    "replay": _replay,
    "sweep": _sweep,
    "find-lr": _find_lr,
    "data": _data,
    "shot": _shot,
    "doctor": _doctor,
    "window": _window,
}


# --- options


def _experiment(options: argparse.Namespace) -> Experiment:
    chosen = experiment.load(options.experiment)
    return with_values(chosen, [parse_assignment(text) for text in options.set])


def _built(options: argparse.Namespace) -> Problem:
    chosen = _experiment(options)
    with notices() as on_notice:
        return engine.build(chosen, on_notice=on_notice)


def _of_session(name: str) -> Experiment:
    """The experiment of a session file, which is refused here where it can't be used."""
    from lrsim.history import file

    return file.read(name).experiment


def _opened(name: str) -> Experiment:
    """The experiment for the window; a word that is no experiment may be a command that was misspelt."""
    try:
        return experiment.load(name)
    except ExperimentError as error:
        presets = [preset.name for preset in experiment.presets()]
        if not Path(name).exists() and not suggestion(name, presets) and (near := suggestion(name, list(COMMANDS))):
            raise ExperimentError(name, f"no such command, preset or file{near}") from None
        raise error from None


def _change(step: str, assignment: str) -> Change:
    return Change(_whole(step, "--at", 0), *parse_assignment(assignment))


def _whole(text: str, option: str, minimum: int) -> int:
    value: int = _converted(text, option, int, whole_number(minimum))
    return value


def _positive(text: str, option: str) -> float:
    value: float = _converted(text, option, float, POSITIVE)
    return value


def _converted(text: str, option: str, read: Callable[[str], object], rule: Rule) -> Any:
    try:
        return rule.convert(read(text))
    except ValueError:
        raise ExperimentError(option, f"expected {rule.expected}", text) from None


def _theme(name: str) -> str:
    if name not in LOOKS:
        raise ExperimentError("--theme", f"expected one of {', '.join(LOOKS)}", name)
    return name


def _shots() -> Any:
    try:
        return import_module("lrsim.gui.window.shot")
    except ImportError as error:
        raise CommandFailed(_without_qt(error)) from None


def _without_qt(error: ImportError) -> str:
    """The reason in words; an import that failed within the program itself is no matter of Qt and is raised."""
    if (error.name or "").partition(".")[0] in ("lrsim", "lrsim_core"):
        raise error
    return f"Qt can't be loaded: {error}"


def _check_writable(path: str) -> None:
    """Refuse a path that can't be written before anything is computed."""
    if path == STDOUT:
        raise ExperimentError("--out", "expected a file, a PNG does not go to standard output", path)
    Output(path).discard()


# --- while a run goes on


class _Told:
    """Says its text at the end, also where a file that was to hold the same can't be written."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.text = ""
        self._say = say

    def __enter__(self) -> _Told:
        return self

    def __exit__(self, *_: object) -> None:
        if self.text:
            self._say(self.text)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Underway], None] | None]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("steps"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=None)
        yield lambda underway: bar.update(task, completed=underway.steps, total=underway.limit)
