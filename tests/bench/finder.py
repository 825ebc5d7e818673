"""How good the finder's one rate and the rates of the layers are, beside the best of a sweep, on 25 problems.

    python -m tests.bench.finder [--seed 0] [--only NAME ...] [--untried]

Every problem is trained with 15 rates, with the finder's one rate and with what the tuner of the layers offers: same
epochs, same seed. Losses are means over the last tenth of the epochs, of the held-out rows where there are any, else
of the training rows; those of the very last epoch stand beside them. A ratio is a loss over that of the best of the 15.
`--untried` takes the rate that the range test alone points at, and the layers' rates untried. Another seed draws other
tables and start weights.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.instruments.layer_rates import LayerTrial
from lrsim.instruments.range_test import RangeTrial, recommended
from lrsim.runs import run
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.trials.finder import RateFinder
from lrsim.trials.layers import LayerTuner
from lrsim.trials.subject import subject_at_start
from tests.bench.finder_problems import problems

SWEEP = np.geomspace(2e-6, 20.0, 15)
WINDOW = 0.1
GOOD, AS_GOOD = 1.5, 1.05


@dataclass(frozen=True)
class Ending:
    """How a training ends: over its last epochs, and in the very last; infinite where it diverged."""

    loss: float
    last: float


def trained(experiment: Experiment, rate: float, multipliers: Sequence[float] = ()) -> Ending:
    """How the experiment ends with another rate."""
    optimizer = replace(experiment.optimizer, lr=float(rate), multipliers=tuple(multipliers))
    problem = engine.build(replace(experiment, optimizer=optimizer), keeps_data=True)
    found = run.run(problem, every_epoch=True)
    losses = found.figures.by_name()["val_loss" if problem.validates else "loss"]
    if found.diverged_at is not None or not len(losses):
        return Ending(math.inf, math.inf)
    window = float(np.mean(losses[-max(1, round(WINDOW * len(losses))) :]))
    last = float(found.final["val_loss" if problem.validates else "loss"])
    return Ending(*(value if math.isfinite(value) else math.inf for value in (window, last)))


def tried_rate(problem: Problem) -> float | None:
    """The finder's one rate."""
    finder = RateFinder(subject_at_start(problem), 1e-7, 10.0, 100)
    finder.work(math.inf)
    return finder.result().rate


def untried_rate(problem: Problem) -> float | None:
    """The rate that the range test alone points at."""
    trial = RangeTrial(problem, problem.start(), (), 1e-7, 10.0, 100)
    trial.work(math.inf)
    best = recommended(trial.result().test)
    return None if best is None else float(f"{best.rate:.1e}")


def untried_layers(problem: Problem) -> tuple[float, list[float]] | None:
    """Base rate and factors of the layers as the probes propose them; None where there is nothing to tune."""
    try:
        trial = LayerTrial(problem, problem.theta)
    except ExperimentError:
        return None
    trial.work(math.inf)
    found = trial.result()
    return None if found is None else (found.lr, found.multipliers.tolist())


def tried_layers(problem: Problem) -> tuple[float, Sequence[float]] | None:
    """Those that the tuner offers; None where it offers none."""
    try:
        tuner = LayerTuner(subject_at_start(problem))
    except ExperimentError:
        return None
    tuner.work(math.inf)
    found = tuner.result()
    return None if found.best is None else (found.best.rate, found.multipliers)


@dataclass
class Tally:
    """Ratios over all problems."""

    ratios: list[float] = field(default_factory=list)
    lasts: list[float] = field(default_factory=list)
    layers: list[float] = field(default_factory=list)

    def told(self) -> str:
        """What it comes to."""
        lines = []
        for what, values in (("ratio", self.ratios), ("of the last epoch", self.lasts)):
            good = sum(value <= GOOD for value in values)
            lines.append(f"{what}: median {np.median(values):.3g}, at most {GOOD} in {good} of {len(values)}")
        as_good = sum(value <= AS_GOOD for value in self.layers)
        offered = len(self.layers)
        lines.append(f"layers: offered in {offered}, at most {AS_GOOD} x the best single rate in {as_good}")
        return "\n".join(lines)


def look_at(name: str, experiment: Experiment, untried: bool, tally: Tally) -> str:
    """One problem: a line of figures."""
    problem = engine.build(experiment, keeps_data=True)
    endings = {float(rate): trained(experiment, rate) for rate in SWEEP}
    best = min(endings, key=lambda rate: endings[rate].loss)
    least, last = endings[best].loss, min(item.last for item in endings.values())
    began = time.perf_counter()
    rate = untried_rate(problem) if untried else tried_rate(problem)
    seconds = time.perf_counter() - began
    found = Ending(math.inf, math.inf) if rate is None else trained(experiment, rate)
    tally.ratios.append(found.loss / least)
    tally.lasts.append(found.last / last)
    layers = untried_layers(problem) if untried else tried_layers(problem)
    if layers is not None:
        tally.layers.append(trained(experiment, *layers).loss / min(least, found.loss))
    said = f"{tally.layers[-1]:.3g}" if layers is not None else "none"
    figures = f"{best:>9.2g}{least:>10.4g}{rate or math.nan:>9.2g}{tally.ratios[-1]:>8.3g}{tally.lasts[-1]:>8.3g}"
    return f"{name:<24}{figures}  {said:>8}{seconds:>8.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--untried", action="store_true")
    options = parser.parse_args()
    tally = Tally()
    print(f"{'problem':<24}{'best':>9}{'loss':>10}{'found':>9}{'ratio':>8}{'last':>8}  {'layers':>8}{'seconds':>8}")
    for name, experiment in problems(options.seed).items():
        if not options.only or name in options.only:
            training = replace(experiment.training, seed=experiment.training.seed + options.seed)
            print(look_at(name, replace(experiment, training=training), options.untried, tally), flush=True)
    print(tally.told())


if __name__ == "__main__":
    main()
