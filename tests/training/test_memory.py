"""A run takes no more memory than was counted, and one that does not fit is refused in one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.experiment.specs import Experiment
from lrsim.sweep.executors import threads
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import check_builds, describe
from lrsim.training import engine, memory
from lrsim.training.memory import TooLarge

GIB = 1 << 30
UNITS = [{"units": 99_999_999, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_memory", lambda: 24 * GIB)


def changed(name: str, **values: Any) -> Experiment:
    result = files.load(name)
    for key, value in values.items():
        result = with_value(result, key, value)
    return result


def wide(units: int, **values: Any) -> Experiment:
    layers = [{"units": units, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    return changed("circle", **{"model.layers": layers, **values})


@pytest.mark.parametrize("history", [0, 512 << 20])
def test_units_that_do_not_fit_are_refused_by_their_layer(history: int) -> None:
    with pytest.raises(
        TooLarge, match=r"model\.layers\[0\]\.units: training takes [\d,.]+ GiB, most of it "
    ) as refused:
        engine.build(wide(99_999_999), history=history)
    assert "this machine has 24.0 GiB: lower model.layers[0].units" in str(refused.value)


def test_a_batch_that_does_not_fit_is_refused_by_its_size() -> None:
    setup = wide(4_000_000, **{"training.batch_size": 400, "data.samples": 1000})
    with pytest.raises(TooLarge, match=r"^training\.batch_size: .*the outputs of the layers for 400 rows .*: lower "):
        engine.build(setup)
    assert engine.build(wide(400_000, **{"training.batch_size": 400, "data.samples": 1000}))


def test_data_that_does_not_fit_is_refused_by_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_memory", lambda: 40 << 20)
    with pytest.raises(TooLarge, match=r"^data\.samples: training takes 0\.1 GiB, most of it the data"):
        engine.build(changed("circle", **{"data.samples": 1_000_000}))


def test_a_history_gets_no_more_than_the_machine_has() -> None:
    assert memory.affordable(64 * GIB) == 6 * GIB
    assert memory.affordable(1 << 20) == 1 << 20
    assert engine.build(files.load("clip250"), history=memory.affordable(64 * GIB))


MEASURED = """
import json, re, sys
from pathlib import Path
from lrsim.experiment import files
from lrsim.runs.run import run
from lrsim.session.session import Session
from lrsim.training import engine, memory

def in_use(line):
    return int(re.search(line + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10

setup, watched, budget = files.from_dict(json.loads(sys.argv[1])), sys.argv[2] == "watched", 64 << 20
run(engine.build(files.load("circle")), max_steps=1)
warm = Session(files.load("circle"))
warm.step(3)
warm.settle()
before = in_use("VmRSS")
problem = engine.build(setup)  # what loading took for a moment is no longer in use
Path("/proc/self/clear_refs").write_text("5")
if watched:
    session = Session(setup, memory_budget=budget)
    session.step(3)
    session.settle()
else:
    run(problem, max_steps=3)
need = memory.count(problem.network, problem.optimizer, problem.data, setup, budget if watched else 0)
print(json.dumps([need.total, in_use("VmHWM") - before]))
"""
"""A run in a process of its own: what is counted, and the most that is taken."""


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory in use is read in /proc")
@pytest.mark.parametrize("door", ["headless", "watched"])
@pytest.mark.parametrize(
    "values",
    [
        {"model.layers": [{"units": 400_000, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]},
        {
            "model.layers": [{"units": 100_000, "activation": "gelu"}, {"units": 1, "activation": "sigmoid"}],
            "training.batch_size": 200, "optimizer.name": "adam",
        },
        {"model.layers": [{"units": 1500}, {"units": 1500}, {"units": 1, "activation": "sigmoid"}]},
        {"data.samples": 1_000_000, "training.batch_size": 1000, "data.order": "shuffle"},
    ],
    ids=["wide", "batch", "square", "long"],
)  # fmt: skip
def test_no_less_is_counted_than_is_taken(values: dict[str, Any], door: str) -> None:
    setup = json.dumps(files.to_dict(changed("circle", **values)))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, setup, door], capture_output=True, text=True, timeout=100, check=True
    )
    counted, taken = json.loads(done.stdout)
    assert counted + (32 << 20) >= taken
    assert counted <= 10 * taken + (160 << 20)


def test_of_a_sweep_the_run_that_does_not_fit_fails_alone() -> None:
    sweep = describe(wide(8), {"model.layers": [[{"units": 4}, UNITS[1]], UNITS]}, None, max_epochs=1)
    check_builds(sweep)
    job = SweepJob(sweep, threads)
    job.run()
    fine, failed = job.records
    assert (fine.error, failed.steps) == ("", 0)
    assert failed.error.startswith("model.layers[0].units: training takes")


def test_a_sweep_of_which_no_run_fits_is_refused() -> None:
    with pytest.raises(TooLarge):
        check_builds(describe(wide(8), {"model.layers": [UNITS]}, None, max_epochs=1))


def test_runs_that_do_not_fit_beside_each_other_take_turns() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def take() -> None:
        nonlocal inside, most
        with memory.claimed(12 * GIB, lambda: False):
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    workers = [threading.Thread(target=take) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert most == 1


def test_one_that_waits_for_memory_can_be_cancelled() -> None:
    with memory.claimed(12 * GIB, lambda: False), memory.claimed(12 * GIB, lambda: True):
        pass
