"""How long the debugger takes: a step back, conditions on the way, a watch over the past, any step of a large run.

    python tests/bench/debugger.py [--jobs back,conditions,watch,mnist] [--mnist FOLDER]

The folder of the digits defaults to $LRSIM_DATA/mnist; the job is left out where there is none. Speeds are ratios of
one sitting; times of single acts are those of the thread that works. Prints one line a figure, with its aim.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from pathlib import Path

import numpy as np

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session.session import Session

BACK_MS, SHARE, WATCH_SECONDS, AT_ONCE_MS = 50, 1 / 3, 10, 200
CONDITIONS = ("loss < -1", "error > 1e30", "rising(loss, 50)", "sign_flips(W) > 3", "mean(loss, 20) > 1e30")
BUDGET = 512 << 20


def report(job: str, what: str, figure: str, aim: str) -> None:
    print(f"{job:<11} {what:<44} {figure:>16}  aim: {aim}", flush=True)


def network(units: list[int], inputs: int, classes: int, rows: int, batch: int, dtype: str) -> Experiment:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((rows, inputs)), rng.integers(0, max(classes, 2), rows)
    hidden = [{"units": n, "activation": "tanh" if classes == 0 else "relu"} for n in units]
    last = {"units": 1, "activation": "linear"} if classes == 0 else {"units": classes, "activation": "softmax"}
    targets = rng.standard_normal((rows, 1)) if classes == 0 else np.eye(classes)[Y]
    return files.from_dict(
        {
            "data": {"source": "table", "inputs": X.tolist(), "targets": targets.tolist()},
            "model": {"layers": [*hidden, last], "dtype": dtype},
            "training": {"loss": "mse" if classes == 0 else "cross_entropy", "batch_size": batch, "epochs": 10**8},
            "optimizer": {"lr": 0.003},
            "stop": {"target_error": 0.0, "divergence": False},
        }
    )


def perceptron() -> Experiment:
    return with_values(
        files.load("clip250"), [("stop.target_error", 0.0), ("stop.divergence", False), ("training.epochs", 10**9)]
    )


def settled(session: Session, step: int) -> float:
    """Milliseconds until a snapshot shows a step."""
    began = time.perf_counter()
    while session.snapshot().step != step:
        session.work(advise=False)
    return 1000 * (time.perf_counter() - began)


def trained(experiment: Experiment, steps: int) -> Session:
    session = Session(experiment, memory_budget=BUDGET, trials=0.0)
    session.set_speed(math.inf)
    session.run_to(steps)
    session.settle()
    return session


def back() -> None:
    """From places drawn at random and from the newest step, ten steps back one by one."""
    runs = {
        "clip250 at 1e8": (perceptron(), 10**8),
        "2-8-8-1 at 1e6": (network([8, 8], 2, 0, 100, 10, "float32"), 10**6),
        "3-128-64-6 at 1e5": (network([128, 64], 3, 6, 320, 32, "float32"), 10**5),
    }
    for name, (experiment, steps) in runs.items():
        session = trained(experiment, steps)
        rng, times, seeks = np.random.default_rng(0), [], []
        for place in [steps, *rng.integers(20, steps, 40).tolist()]:
            session.seek(place)
            seeks.append(settled(session, place))
            for away in range(1, 11):
                session.step_back()
                times.append(settled(session, place - away))
        shown = f"{np.percentile(times, 99):.1f} ms"
        report("back", f"{name}, 99th percentile of {len(times)}", shown, f"at most {BACK_MS} ms")
        report("back", f"{name}, going there, 99th percentile", f"{np.percentile(seeks, 99):.1f} ms", "-")


def conditions() -> None:
    """Steps a second while it plays as fast as it can, with five conditions and with none, in turn; once it is warm."""
    speeds: dict[int, list[float]] = {0: [], len(CONDITIONS): []}
    for _ in range(3):
        for number in speeds:
            session = Session(perceptron(), memory_budget=BUDGET, trials=0.0)
            session.set_speed(math.inf)
            for text in CONDITIONS[:number]:
                session.set_breakpoint(text)
            session.play()
            begun = 0
            for seconds in (2, 3):
                begun, began = session.snapshot().tip, time.perf_counter()
                while time.perf_counter() - began < seconds:
                    session.work(advise=False)
            assert session.snapshot().playing
            speeds[number].append((session.snapshot().tip - begun) / (time.perf_counter() - began))
    none, some = (max(found) for found in speeds.values())
    report("conditions", f"clip250, {len(CONDITIONS)} against none", f"{some / none:.2f} x", f"at least {SHARE:.2f} x")
    report("conditions", "clip250, steps a second with them", f"{some / 1e6:.2f} M", "-")


def watch() -> None:
    """`grad_norm` of all steps, asked for once a million are done."""
    session = trained(network([8, 8], 2, 0, 100, 10, "float32"), 10**6)
    session.set_watch("", "grad_norm")
    began = time.perf_counter()
    session.settle()
    took = time.perf_counter() - began
    assert session.snapshot().watches[0].is_known
    report("watch", "grad_norm over 1e6 steps of 2-8-8-1", f"{took:.1f} s", f"at most {WATCH_SECONDS} s")


def mnist(folder: Path) -> None:
    """Ten epochs of 784-784-10 with Adam: any step, and ten steps back from it."""
    experiment = with_values(
        files.load("digits-adam"),
        [
            ("data.source", "mnist"), ("training.batch_size", 256), ("training.epochs", 10),
            ("model.layers[0].units", 784), ("optimizer.name", "adam"), ("optimizer.lr", 0.001),
        ],
    )  # fmt: skip
    os.environ["LRSIM_DATA"] = str(folder.parent)
    session = Session(experiment, memory_budget=BUDGET, trials=0.0)
    steps = session.snapshot().place.run.problem.total_steps
    session.run_to(steps)
    session.settle()
    history = session.snapshot().place.run.history
    rng, seeks, times, longest = np.random.default_rng(0), [], [], 0.0
    for place in rng.integers(20, steps, 20).tolist():
        session.seek(place)
        began = time.perf_counter()
        while session.snapshot().step != place:
            at = time.perf_counter()
            session.work(advise=False)
            longest = max(longest, time.perf_counter() - at)
        seeks.append(time.perf_counter() - began)
        for away in range(1, 11):
            session.step_back()
            times.append(settled(session, place - away))
    report("mnist", f"held of the budget, {steps} steps", f"{history.nbytes >> 20} MB", f"at most {BUDGET >> 20} MB")
    report("mnist", "any step, the longest way", f"{max(seeks):.2f} s", "-")
    report("mnist", "until it says how far it is, at most", f"{1000 * longest:.0f} ms", f"at most {AT_ONCE_MS} ms")
    report("mnist", f"a step back, 99th percentile of {len(times)}", f"{np.percentile(times, 99):.0f} ms", "-")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default="back,conditions,watch,mnist")
    parser.add_argument("--mnist", type=Path, default=Path(os.environ.get("LRSIM_DATA", ".")) / "mnist")
    options = parser.parse_args()
    for job in options.jobs.split(","):
        if job == "mnist":
            if options.mnist.is_dir():
                mnist(options.mnist)
        else:
            {"back": back, "conditions": conditions, "watch": watch}[job]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
