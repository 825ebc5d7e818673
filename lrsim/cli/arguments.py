"""The command line's grammar: which commands and options there are, and errors in the program's own form."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from lrsim import __version__
from lrsim.charts.look import LOOKS
from lrsim.common.validation import ExperimentError, suggestion
from lrsim.instruments.registry import INSTRUMENTS

A_LOOK = " or ".join([", ".join([*LOOKS][:-1]), [*LOOKS][-1]])
EXPERIMENT_HELP = "name of a preset (see 'lrsim presets') or a .toml file"
COMMANDS = {
    "presets": "list the experiments that come with the program",
    "show": "print an experiment as TOML, defaults filled in",
    "run": "train without a window",
    "replay": "go to a step of a saved session and tell what is there",
    "sweep": "train a grid of experiments, on all processors or a cluster",
    "find-lr": "find the learning rate that trains best, by a range test and trials",
    "data": "what a data source holds, or where to put its files",
    "shot": "draw a view into a PNG file, without a window on screen",
    "doctor": "versions, instruction sets, Qt and display of this machine",
}


class Parser(argparse.ArgumentParser):
    """Raises ExperimentError where argparse would print its usage and leave."""

    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)  # type: ignore[arg-type]
        self.add_argument("--version", action="version", version=f"lrsim {__version__}")

    def error(self, message: str) -> NoReturn:
        if found := re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL):
            raise ExperimentError(found[1], found[2].replace("argument ", ""))
        if found := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
            first = found[1].split()[0] if found[1].split() else '""'
            options = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
            known = suggestion(first.partition("=")[0], options)
            raise ExperimentError(first, ("unknown option" if first.startswith("-") else "one word too many") + known)
        if found := re.fullmatch(r"the following arguments are required: (.*)", message, re.DOTALL):
            raise ExperimentError(found[1].split(", ")[0], f"missing, see {self.prog} --help")
        raise ExperimentError(self.prog, message)


def parse(argv: list[str]) -> argparse.Namespace:
    """Options of the command that `argv` begins with; without a command, those of the window.

    Raises
    ------
    ExperimentError
        The words are not understood.
    """
    if argv and argv[0] in COMMANDS:
        parser = {
            "presets": _presets_parser,
            "show": _show_parser,
            "run": _run_parser,
            "replay": _replay_parser,
            "sweep": _sweep_parser,
            "find-lr": _find_lr_parser,
            "data": _data_parser,
            "shot": _shot_parser,
            "doctor": _doctor_parser,
        }[argv[0]]()
        return parser.parse_args(argv[1:], argparse.Namespace(command=argv[0]))
    return _window_parser().parse_args(argv, argparse.Namespace(command="window"))


def _window_parser() -> Parser:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    parser = Parser(
        prog="lrsim",
        usage="lrsim [EXPERIMENT] [--theme THEME] [--reset-settings]\n       lrsim COMMAND ...",
        description="Open the learning-rate simulator with an experiment; with no display, train it without a window.",
        epilog=f"commands (lrsim COMMAND --help tells more):\n{listed}",
    )
    parser.add_argument(
        "experiment", nargs="?", default="clip250", metavar="EXPERIMENT",
        help=f"{EXPERIMENT_HELP}, or a session that was saved (.lrsim)",
    )  # fmt: skip
    parser.add_argument("--theme", metavar="THEME", help=f"{A_LOOK}, for this time (else the one last chosen)")
    parser.add_argument("--reset-settings", action="store_true", help="forget the layout and all choices first")
    return parser


def _presets_parser() -> Parser:
    parser = Parser(prog="lrsim presets", description="List the experiments: name, where it comes from, one line.")
    parser.add_argument("--json", action="store_true", help="as JSON: a list of objects with name, source and line")
    return parser


def _show_parser() -> Parser:
    parser = Parser(
        prog="lrsim show",
        description="Print the full experiment as TOML with its defaults filled in: a file to start your own from.",
    )
    _add_experiment(parser)
    return parser


def _run_parser() -> Parser:
    parser = Parser(
        prog="lrsim run",
        description="Train an experiment without a window and print what came of it.",
        epilog=(
            "A FILE of - is standard output, which then holds that file alone. Files are written whole or not at all.\n"
            "Ctrl-C ends the run and keeps what was finished; a run that diverges is a result, not a failure.\n"
            "--steps and --epochs end the run; schedules stay spread over training.epochs (--set changes it).\n"
            "Where the learning rate may be the reason for what the verdict says, other rates are trained on copies,\n"
            "and one is advised only where it does better. They take as much work as the run itself, or tenths of a\n"
            "second where that is more, counted in multiply-adds, so that every machine gives the same advice;\n"
            "--trials 3 three times as much, 0 none.\n"
            "In mid-run may change: optimizer.lr, multipliers, name, flavor (another optimizer begins with an empty\n"
            "memory) and its numbers, training.l1, l2, clip_gradient, huber_delta, loss where targets stay as they\n"
            "are, the keys of schedule (it then holds as though it had from the start), and single parameters.\n"
            "EXPR may hold step, epoch, batch, lr, loss, error, accuracy, val_loss, grad_norm, update_norm,\n"
            "weight_norm, update_ratio, update_ratio_1 (of layer 1), nonfinite, rate_changed, what --instrument lists\n"
            "(slower; of the parameters before the step, as the loss), a parameter as in W1[0,3], + - * / // % **,\n"
            "comparisons, and, or, not, abs, log10, sqrt, isnan, isinf, and of earlier steps prev(x, n), mean(x, n),\n"
            "min(x, n), max(x, n), rising(x, n), falling(x, n), sign_flips(x, n). NaN compares false.\n"
            "Exit status: 0 done, 1 something failed, 2 bad input, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).\n\n"
            "examples:\n"
            "  lrsim run clip250 --set optimizer.lr=1 --steps 3 --trace -\n"
            "  lrsim run clip250 --at 100 optimizer.lr=1e-6 --json result.json\n"
            "  lrsim run spiral --at 500 optimizer.name=adam --at 500 optimizer.lr=0.01 --at 900 'W1[0,1]=0.25'\n"
            "  lrsim run clip250 --set optimizer.lr=1 --break 'sign_flips(W) > 0' --log '{step}: {W}' --trace -\n"
            "  lrsim run spiral --epochs 20 --instrument sharpness --instrument lr_sharpness --every 50"
        ),
    )
    _add_experiment(parser)
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--steps", metavar="N", help="train at most N steps; other stop rules still hold")
    limit.add_argument("--epochs", metavar="N", help="train at most N epochs; other stop rules still hold")
    parser.add_argument(
        "--at", nargs=2, action="append", default=[], metavar=("STEP", "KEY=VALUE"),
        help="change a key, or a parameter as in W1[0,3]=0.25, once STEP steps are done; can be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--trials", default="1", metavar="SHARE",
        help="work for trying other rates, as a share of the run's own (default 1, 0 for none)",
    )  # fmt: skip
    parser.add_argument(
        "--break", dest="breaks", action="append", default=[], metavar="EXPR",
        help="stop at the first step at which it comes true, as in 'loss > 10' or 'rising(loss, 3)'; can be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--hits", metavar="COUNT", help="stop only the 5th time (5), from the 5th on (>=5), or each 5th time (%%5)"
    )
    parser.add_argument(
        "--log", action="append", default=[], metavar="TEXT",
        help="write a line on standard error at each step, as in 'loss {loss} at {step}'; can be repeated",
    )  # fmt: skip
    parser.add_argument("--when", metavar="EXPR", help="write these lines only where it comes true")
    parser.add_argument(
        "--watch", action="append", default=[], metavar="NAME=EXPR",
        help="add a column to the trace and a list to the JSON, as in ratio=update_norm/weight_norm; can be repeated, "
             "and named in --break, --log and later ones",
    )  # fmt: skip
    parser.add_argument(
        "--instrument", action="append", default=[], metavar="NAME",
        help="measure it at the end of each epoch, tell it and write it to the JSON: "
             f"{', '.join(INSTRUMENTS)}; can be repeated",
    )  # fmt: skip
    parser.add_argument("--every", metavar="N", help="measure at each Nth step instead")
    parser.add_argument("--trace", metavar="FILE", help="write a CSV file with one row a step")
    parser.add_argument("--json", metavar="FILE", help="write the result: final figures, history of epochs, verdict")
    parser.add_argument(
        "--save", metavar="FILE",
        help="keep the run as a session (.lrsim), to be opened in the window, gone on with, forked and replayed",
    )  # fmt: skip
    return parser


def _replay_parser() -> Parser:
    parser = Parser(
        prog="lrsim replay",
        description="Train a session that was saved again, to a step of one of its branches, and tell what is there.",
        epilog=(
            "All branches are trained again, with every change, and their ends compared with what was saved: on the\n"
            "same machine and version they are the same bit for bit; where they are not, a line says so.\n"
            "A FILE of - is standard output, which then holds that file alone.\n\n"
            "examples:\n"
            "  lrsim run clip250 --at 100 optimizer.lr=1e-6 --save mine.lrsim\n"
            "  lrsim replay mine.lrsim --to 150 --trace - | tail -1"
        ),
    )
    parser.add_argument("session", metavar="FILE", help="a session file (.lrsim)")
    parser.add_argument("--to", metavar="STEP", help="the step to tell of (default: the last one of the branch)")
    parser.add_argument("--branch", metavar="NAME", help="name or number of the branch (default: the one last shown)")
    parser.add_argument("--trace", metavar="FILE", help="write a CSV file with one row a step up to there")
    parser.add_argument("--json", metavar="FILE", help="write the figures and, of small models, the parameters")
    return parser


def _sweep_parser() -> Parser:
    parser = Parser(
        prog="lrsim sweep",
        description="Train an experiment with some keys over some values, all combinations of them, and compare.",
        epilog=(
            "DIR gets results.csv (one row a run), curves.csv (one row an epoch), grid.png, grid.svg, overview.png,\n"
            "overview.svg and a chart for each run. Each finished run is on disk at once; Ctrl-C keeps what is\n"
            "finished, and the same command again goes on from there.\n"
            "Exit status: 0 done, 1 something failed, 2 bad input, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).\n\n"
            "examples:\n"
            "  lrsim sweep clip250 --over optimizer.lr=1e-6,1e-5,1e-4,5e-4 --out rates\n"
            "  lrsim sweep my.toml --over optimizer.name=sgd,adam --over optimizer.lr=0.01,0.1 --seeds 5 --out grid\n"
            "  lrsim sweep my.toml --over 'model.layers=[{units=1}],[{units=8,activation=\"tanh\"},{units=1}]'\n"
            "  lrsim sweep my.toml --over optimizer.lr=0.1,0.01 --dask tcp://10.0.0.1:8786 --out rates"
        ),
    )
    _add_experiment(parser)
    parser.add_argument(
        "--over", action="append", default=[], metavar="KEY=V1,V2",
        help="a key and its values in TOML syntax; can be repeated for a grid",
    )  # fmt: skip
    parser.add_argument("--seeds", metavar="N", help="run each combination with N seeds, from the experiment's own up")
    parser.add_argument("--epochs", metavar="N", help="train at most N epochs; other stop rules still hold")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", metavar="N", help="runs at the same time (default: one for each processor)")
    where.add_argument("--dask", metavar="ADDRESS", help="run on a Dask cluster, as in tcp://10.0.0.1:8786")
    for name, what in (("ca", "certificate of the authority"), ("cert", "own certificate"), ("key", "own key")):
        parser.add_argument(f"--tls-{name}", metavar="FILE", help=f"{what} for a tls:// address, in PEM format")
    parser.add_argument("--out", metavar="DIR", help="folder for tables and charts; goes on where it holds some")
    return parser


def _find_lr_parser() -> Parser:
    parser = Parser(
        prog="lrsim find-lr",
        description="Find the learning rate that trains best: a range test, then trials of the rates it points to.",
        epilog=(
            "A range test trains from the start while the rate grows with each step. The loss of a step is taken\n"
            "before its update, over the whole training set where that is small and over the step's batch otherwise.\n"
            "Then rates are trained on copies, for all epochs where that is little work, and the one whose loss ends\n"
            "lowest is suggested: the held-out loss where rows are held out. Work is counted in multiply-adds, so\n"
            "that every machine suggests the same; --trials 3 takes three times as much, 0 tries none.\n"
            "A FILE of - is standard output, which then holds that file alone.\n"
            "Ctrl-C ends the search and keeps what was found.\n"
            "Exit status: 0 done, 1 something failed, 2 bad input, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).\n\n"
            "example:\n"
            "  lrsim find-lr clip250 --from 1e-8 --to 0.01 --points 300 --json rates.json"
        ),
    )
    _add_experiment(parser)
    parser.add_argument("--from", dest="lowest", default="1e-7", metavar="A", help="first rate (default 1e-7)")
    parser.add_argument("--to", dest="highest", default="10", metavar="B", help="last rate (default 10)")
    parser.add_argument("--points", default="100", metavar="N", help="steps of the range test (default 100)")
    parser.add_argument(
        "--trials", default="1", metavar="SHARE",
        help="work that trials may take, as a share of the usual; 0 suggests no rate (default 1)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="write rates, losses, trials and the suggested rate")
    return parser


def _data_parser() -> Parser:
    parser = Parser(
        prog="lrsim data",
        description="Show what a data source holds, or where to put its files.",
        epilog="examples:\n  lrsim data mnist\n  lrsim data people.csv",
    )
    parser.add_argument("source", metavar="SOURCE", help="name of a source, a CSV file or a folder of MNIST's files")
    parser.add_argument("--json", action="store_true", help="as JSON: rows, features, target, classes, what is missing")
    return parser


def _shot_parser() -> Parser:
    parser = Parser(
        prog="lrsim shot",
        description="Train an experiment for some steps and draw a view of it into a PNG file; needs no display.",
    )
    _add_experiment(parser)
    parser.add_argument(
        "--view", required=True, metavar="NAME", help="which view; window is all of it, list lists them"
    )
    parser.add_argument(
        "--steps", default="0", metavar="N", help="steps to train first, of a sweep each run (default 0)"
    )
    parser.add_argument("--size", default="1600x900", metavar="WxH", help="size in pixels (default 1600x900)")
    parser.add_argument("--theme", default="light", metavar="THEME", help=f"{A_LOOK} (default light)")
    parser.add_argument("--out", metavar="FILE", help="the PNG file; needed for any view but list")
    return parser


def _doctor_parser() -> Parser:
    return Parser(prog="lrsim doctor", description="Report what the program runs on; problems are marked with !")


def _add_experiment(parser: Parser) -> None:
    parser.add_argument("experiment", metavar="EXPERIMENT", help=EXPERIMENT_HELP)
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE",
        help="change a key of the experiment, value in TOML syntax, as in optimizer.lr=0.1; can be repeated",
    )  # fmt: skip
