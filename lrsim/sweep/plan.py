"""A sweep: one experiment with some keys over some values, as a frozen description and as the list of its runs."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec

from lrsim.common.toml import literal
from lrsim.common.validation import ExperimentError
from lrsim.data.sources.registry import unheard
from lrsim.experiment.files import from_dict, to_dict
from lrsim.experiment.keys import SCALE_TARGET, with_value, with_values
from lrsim.experiment.specs import Experiment
from lrsim.sweep.values import Value, cell, run_name
from lrsim.training import engine
from lrsim.training.memory import TooLarge

SEED = "training.seed"
MOST_RUNS = 100_000


@dataclass(frozen=True)
class RunSpec:
    """One run of a sweep, complete in itself; it can be pickled.

    Attributes
    ----------
    index
        Place in the grid, from 0; the last key varies fastest, seeds faster still.
    name
        ``run-<keys>``, the same in every sweep that holds this run, and safe as a file name.
    values
        The swept keys in their order, each with its value here.
    max_epochs
        Replaces `training.epochs`; None leaves it.
    in_units
        Whether errors in the units of the source are wanted, since targets are scaled in this sweep.
    """

    index: int
    name: str
    values: tuple[tuple[str, Value], ...]
    seed: int
    experiment: Experiment
    max_epochs: int | None = None
    in_units: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """Values and seed as they stand in the CSV files."""
        return (*(cell(value) for _, value in self.values), str(self.seed))

    def portable(self) -> RunSpec:
        """The same run for a process with another working folder."""
        path = self.experiment.data.path
        if not path or os.path.isabs(path):
            return self
        data = msgspec.structs.replace(self.experiment.data, path=os.path.abspath(path))
        moved = msgspec.structs.replace(self.experiment, data=data)
        return replace(self, experiment=moved)


@dataclass(frozen=True)
class Sweep:
    """What is swept; made by `describe`, which checks it.

    Attributes
    ----------
    over
        The keys in their order, each with its values as the experiment holds them.
    seeds
        Values of `training.seed` that every combination is run with.
    max_epochs
        Replaces `training.epochs`; None leaves it.
    """

    experiment: Experiment
    over: tuple[tuple[str, tuple[Value, ...]], ...]
    seeds: tuple[int, ...]
    max_epochs: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self.over)

    @property
    def in_units(self) -> bool:
        """Whether targets are scaled in any way, so that errors in the units of the source are wanted as well."""
        return self.experiment.data.scale_target != "none" or SCALE_TARGET in self.keys

    @cached_property
    def runs(self) -> tuple[RunSpec, ...]:
        """All runs, in the order of the grid."""
        return tuple(self._runs())

    def _runs(self) -> Iterator[RunSpec]:
        combinations = itertools.product(*(values for _, values in self.over))
        for index, (combination, seed) in enumerate(itertools.product(combinations, self.seeds)):
            values = tuple(zip(self.keys, combination, strict=True))
            seeded = () if SEED in self.keys else ((SEED, seed),)
            experiment = with_values(self.experiment, [*values, *seeded])
            named = [*values, ("seed", seed)] if len(self.seeds) > 1 or not values else values
            name, seed = run_name(named), experiment.training.seed
            yield RunSpec(index, name, values, seed, experiment, self.max_epochs, self.in_units)

    def as_dict(self) -> dict[str, Any]:
        """Plain data that `from_plain` takes back."""
        return {
            "experiment": to_dict(self.experiment),
            "over": [[key, list(values)] for key, values in self.over],
            "seeds": list(self.seeds),
            "epochs": self.max_epochs,
        }


def from_plain(plain: Mapping[str, Any]) -> Sweep:
    """The sweep that `Sweep.as_dict` described; ExperimentError, KeyError, TypeError or ValueError where it is none."""
    return describe(from_dict(plain["experiment"]), plain["over"], tuple(plain["seeds"]), max_epochs=plain["epochs"])


def describe(
    experiment: Experiment,
    over: Mapping[str, Sequence[Value]] | Sequence[tuple[str, Sequence[Value]]] = (),
    seeds: int | Sequence[int] | None = None,
    *,
    max_epochs: int | None = None,
) -> Sweep:
    """A sweep with every value and every combination of them checked.

    Parameters
    ----------
    over
        Dotted keys and the values that each takes; None is the key's default.
    seeds
        A number of seeds, counted up from the experiment's own, or the seeds themselves; None is the experiment's own.

    Raises
    ------
    ExperimentError
        A key does not exist, a value can't be used, alone or together with another, or stands there twice.
    """
    pairs = list(over.items()) if isinstance(over, Mapping) else [(key, values) for key, values in over]
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ExperimentError(key, "expected each key once, with all its values after it")
    if SEED in keys and seeds is not None and tuple(_seeds(experiment, seeds)) != (experiment.training.seed,):
        raise ExperimentError(SEED, "swept already, expected no other seeds beside it")
    if not pairs and seeds is None:
        raise ExperimentError("over", "expected at least one key with values, or a number of seeds")
    found_seeds = (experiment.training.seed,) if SEED in keys else _seeds(experiment, seeds)
    count = math.prod(len(values) for _, values in pairs) * len(found_seeds)
    if count > MOST_RUNS:
        raise ExperimentError("over", f"expected at most {MOST_RUNS} runs, got {count}")
    together = _Together(experiment, pairs)
    sweep = Sweep(
        experiment=experiment,
        over=tuple((key, together.checked(key, values)) for key, values in pairs),
        seeds=found_seeds,
        max_epochs=max_epochs,
    )
    names = [run.name.casefold() for run in sweep.runs]
    if len(set(names)) != len(names):
        raise ExperimentError("over", "two runs would have the same name")
    return sweep


class _Together:
    """Checks the values of each key; one that does not fit the experiment as it is may fit one of the other keys'."""

    def __init__(self, experiment: Experiment, pairs: Sequence[tuple[str, Sequence[Value]]]) -> None:
        self._experiment = experiment
        self._pairs = pairs

    def checked(self, key: str, values: Sequence[Value]) -> tuple[Value, ...]:
        """The values as the experiment holds them."""
        if not values:
            raise ExperimentError(key, "expected at least one value")
        found: list[Value] = []
        for value in values:
            clean = _value_at(self._with(key, value), key)
            if clean in [item for item in found if type(item) is type(clean)]:
                raise ExperimentError(key, f"the value {literal(clean)} stands there twice")
            found.append(clean)
        return tuple(found)

    def _with(self, key: str, value: Value) -> Experiment:
        try:
            return with_value(self._experiment, key, value)
        except ExperimentError as error:
            first = [(other, values[0]) for other, values in self._pairs if other != key and values]
            if not first:
                raise
            try:
                return with_values(self._experiment, [*first, (key, value)])
            except ExperimentError:
                raise error from None


def _value_at(experiment: Experiment, key: str) -> Value:
    node: Any = to_dict(experiment)
    for part in key.replace("[", ".").replace("]", ".").split("."):
        if part:
            node = node[int(part)] if isinstance(node, list) else node.get(part)
        if node is None:
            return None
    return node


def _seeds(experiment: Experiment, seeds: int | Sequence[int] | None) -> tuple[int, ...]:
    first = experiment.training.seed
    if seeds is None:
        return (first,)
    if isinstance(seeds, int):
        if isinstance(seeds, bool) or not 1 <= seeds <= MOST_RUNS:
            raise ExperimentError("seeds", f"expected a whole number from 1 to {MOST_RUNS}", seeds)
        return tuple(range(first, first + seeds))
    found = tuple(with_value(experiment, SEED, seed).training.seed for seed in seeds)
    if not found or len(set(found)) != len(found):
        raise ExperimentError("seeds", "expected at least one seed, and each once", list(found))
    return found


def check_builds(sweep: Sweep, on_notice: Callable[[str], None] = unheard) -> tuple[str, ...]:
    """Build the start of every kind of network in the sweep, so that one that does not fit its data is found now.

    Loads the data; `on_notice` is told where that takes long. Rates and seeds make no difference to what can be built,
    so each kind is built once.

    Returns
    -------
    tuple of str
        What there is to say of their data, each sentence once.

    Raises
    ------
    ExperimentError
        A run can't be built; names the key. One that does not fit into memory fails by itself, unless none does.
    """
    seen: set[bytes] = set()
    notes: dict[str, None] = {}
    too_large: list[TooLarge] = []
    for run in sweep.runs:
        raw = to_dict(run.experiment)
        raw["training"].pop("seed")
        raw["optimizer"].pop("lr")
        kind = msgspec.json.encode(raw)
        if kind in seen:
            continue
        seen.add(kind)
        try:
            problem = engine.build(run.experiment, keeps_data=True, on_notice=on_notice)
        except TooLarge as error:
            too_large.append(error)
        else:
            notes.update(dict.fromkeys(problem.notes))
    if too_large and len(too_large) == len(seen):
        raise too_large[0]
    return tuple(notes)
