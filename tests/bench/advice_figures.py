"""How good advice was that was followed: counts by kind, and the worst cases as files; see ``advice.py``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import msgspec

from lrsim.experiment.files import to_toml
from lrsim.experiment.specs import Experiment

BETTER, WORSE = 0.995, 1.02
CONFIRMED = 0.97
"""A sweep whose best is no lower than this share of the run's own figure finds no rate that does better."""
SHOWN = 12

T = TypeVar("T")


class Seen(msgspec.Struct):
    """One run: how it was set, the figure that matters and the training loss (None where not finite), what was said.

    `final` is the figure that matters of the last parameters alone, `again` that of the same run with another seed, for
    its start weights and its order of samples.
    """

    rate: float
    falling: bool
    cures: tuple[tuple[str, str], ...]
    figure: float | None
    training: float | None
    final: float | None
    code: str
    text: str
    again: float | None = None
    advised_rate: float | None = None
    advised_falling: bool = False
    none_better: bool = False

    @property
    def setting(self) -> tuple[Any, ...]:
        return self.rate, self.falling, self.cures


class Chain(msgspec.Struct):
    """A start, and what came of following the advice; the figures of the sweep by rate."""

    table: str
    task: str
    optimizer: str
    batch: int
    start: float
    runs: list[Seen]
    swept: dict[str, float | None] = {}

    @property
    def circles(self) -> bool:
        """Whether the advice comes back to where it was."""
        return self.runs[-1].setting in {run.setting for run in self.runs[:-1]}

    @property
    def unending(self) -> bool:
        """Whether there is still a rate advised at the end."""
        return not self.swept and not self.circles

    @property
    def best(self) -> float:
        """The least figure of the sweep."""
        return min((height(figure) for figure in self.swept.values()), default=math.nan)


class Step(msgspec.Struct):
    """A piece of advice that was followed: who gave it, and what it led to."""

    chain: Chain
    before: Seen
    after: Seen

    @property
    def kind(self) -> str:
        if self.before.cures != self.after.cures:
            return ", ".join(f"{key} = {value}" for key, value in self.after.cures)
        if self.before.advised_falling and not self.before.falling:
            return "let it fall"
        return "raise" if self.after.rate > self.before.rate else "lower" if self.after.rate < self.before.rate else "-"

    @property
    def key(self) -> tuple[Any, ...]:
        chain = self.chain
        return chain.table, chain.optimizer, chain.batch, self.before.setting

    def outcome(self, name: str = "figure") -> str:
        return compared(getattr(self.before, name), getattr(self.after, name))

    @property
    def ratio(self) -> float:
        before, after = height(self.before.figure), height(self.after.figure)
        return math.inf if math.isinf(after) else after / before if before > 0 else math.inf


def height(figure: float | None) -> float:
    """A figure that is not finite is higher than all others."""
    return math.inf if figure is None or math.isnan(figure) else figure


def compared(before: float | None, after: float | None) -> str:
    own, other = height(before), height(after)
    if math.isinf(own):
        return "same" if math.isinf(other) else "better"
    return "better" if other < BETTER * own else "worse" if other > WORSE * own else "same"


def steps_of(chains: Iterable[Chain]) -> Iterator[Step]:
    """Each piece of advice once, however many chains come by."""
    met = set()
    for chain in chains:
        for before, after in zip(chain.runs, chain.runs[1:]):
            step = Step(chain, before, after)
            if step.key not in met:
                met.add(step.key)
                yield step


def report(chains: list[Chain]) -> str:
    """All counts as a text of some lines."""
    followed = list(steps_of(chains))
    steps = [step for step in followed if step.before.cures == step.after.cures]
    cures = [step for step in followed if step.before.cures != step.after.cures]
    lines = [
        f"{len({chain.table for chain in chains})} tables, {len(chains)} starts, {len(steps)} rates advised",
        "",
        "followed, by the figure that matters | the training loss | the last parameters alone | with another seed",
        _row("all", steps),
    ]
    for title, key in (
        ("by what is advised", _kind),
        ("by the verdict", lambda step: f"{step.before.code}, {step.kind}"),
        ("by optimizer and batch", lambda step: f"{step.chain.optimizer} {step.chain.batch or 'all'}"),
        ("by task", lambda step: step.chain.task),
        ("by the rate before", lambda step: f"1e{math.floor(math.log10(step.before.rate)):+03d}"),
    ):
        lines += ["", title, *(_row(name, found) for name, found in _grouped(steps, key))]
    lines += ["", "other settings advised", *(_row(name, found) for name, found in _grouped(cures, _kind))]
    return "\n".join([*lines, "", *_ends(chains)])


def _kind(step: Step) -> str:
    return step.kind


def _ends(chains: list[Chain]) -> Iterator[str]:
    circling, unending = [chain for chain in chains if chain.circles], [chain for chain in chains if chain.unending]
    for what, found in (("go round in circles", circling), ("get a seventh piece of advice", unending)):
        yield f"{len({chain.table for chain in found})} tables ({len(found)} starts) {what}"
    claimed = [chain for chain in chains if chain.runs[-1].none_better]
    silent = [chain for chain in chains if chain.swept and not chain.runs[-1].none_better]
    for what, found in (("said that no rate does better", claimed), ("without a rate advised", silent)):
        yield ""
        yield f"{what}: confirmed by the sweep | last figure / the sweep's best, median"
        yield _end_row("all", found)
        for code, those in _grouped(found, lambda chain: chain.runs[-1].code):
            yield _end_row(code, those)


def _grouped(found: Iterable[T], key: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return sorted(groups.items())


def _row(name: str, steps: list[Step]) -> str:
    parts = []
    for figure in ("figure", "training", "final", "again"):
        outcomes = [step.outcome(figure) for step in steps]
        shares = (f"{outcomes.count(what) / max(1, len(steps)):6.1%} {what}" for what in ("better", "worse"))
        parts.append(", ".join(shares))
    return f"  {name:<28} {len(steps):5}:  {'  |  '.join(parts)}"


def confirmed(chain: Chain) -> bool:
    """Whether the sweep finds nothing better than where the chain ended."""
    own = height(chain.runs[-1].figure)
    return math.isinf(chain.best) if math.isinf(own) else chain.best >= CONFIRMED * own


def _end_row(name: str, chains: list[Chain]) -> str:
    ratios = [height(chain.runs[-1].figure) / chain.best for chain in chains if 0 < chain.best < math.inf]
    share = sum(confirmed(chain) for chain in chains) / max(1, len(chains))
    return f"  {name:<28} {len(chains):5}:  {share:6.1%}  |  {median(ratios) if ratios else math.nan:.3g}"


# --- the worst cases


def write_offenders(chains: list[Chain], folder: Path, experiment: Callable[[Chain], Experiment]) -> None:
    """The worst cases of each kind as experiments, and a list of commands that show them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    worse = [step for step in steps_of(chains) if step.outcome() == "worse"]
    for step in sorted(worse, key=lambda step: -step.ratio)[:SHOWN]:
        said = f"worse {step.ratio:.3g} x: {step.before.figure} -> {step.after.figure}. {step.before.text}"
        lines += _offender(folder, len(lines) // 3, step.chain, step.before, said, experiment)
    for chain in [chain for chain in chains if chain.circles or chain.unending][:SHOWN]:
        rates = " -> ".join(f"{run.rate:g}{' falling' if run.falling else ''}" for run in chain.runs)
        lines += _offender(folder, len(lines) // 3, chain, chain.runs[0], f"goes round: {rates}", experiment)
    missed = [chain for chain in chains if chain.swept and not confirmed(chain)]
    missed.sort(key=lambda chain: (not chain.runs[-1].none_better, chain.best / height(chain.runs[-1].figure)))
    for chain in missed[: 2 * SHOWN]:
        last = chain.runs[-1]
        rate = min(chain.swept, key=lambda rate: height(chain.swept[rate]))
        said = f"{last.figure}, though {rate} comes to {chain.best:.6g}. {last.text}"
        lines += _offender(folder, len(lines) // 3, chain, last, said, experiment)
    (folder / "README.txt").write_text("\n".join(lines))


def _offender(
    folder: Path, number: int, chain: Chain, seen: Seen, said: str, experiment: Callable[[Chain], Experiment]
) -> list[str]:
    path = folder / f"{number:02}.toml"
    path.write_text(to_toml(experiment(chain)))
    falling = " --set schedule.name=cosine" if seen.falling else ""
    falling += "".join(f" --set {key}={value}" for key, value in seen.cures)
    where = f"{chain.table}, {chain.optimizer}, batch {chain.batch or 'all'}, {chain.task}"
    return [f"# {where}: {said}", f"lrsim run {path} --set optimizer.lr={seen.rate:g}{falling}", ""]
