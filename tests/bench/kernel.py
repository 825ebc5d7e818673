"""Speed of the kernel beside what a user would pick instead, as one table.

    python tests/bench/kernel.py [--jobs clip250,linear,small,bmi,mnist] [--repeat 3]
                                 [--peers peers.py --python /path/to/an/environment/with/the/peers/bin/python]
                                 [--mnist FOLDER]

`peers.py` prints {job: {peer: figure}} as JSON for the jobs that it is given (`--jobs`, and `--mnist` for the folder of
the digits). It is run in turn with our own jobs, `--repeat` times, and the best of each is taken, so that a busy
machine troubles both alike. Without it our figures stand alone. Figures are per second; compare ratios of one sitting
only. The folder of the digits defaults to $LRSIM_DATA/mnist; the job is left out where there is none.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import lrsim_core
from lrsim_core import Layer, Network, Optimizer

AIMS = {"clip250": 0.95, "linear": 1.5, "small": 60.0, "bmi": 8.0, "mnist": 3.0}
"""Ratio to reach, ours to the best peer's."""


def rate(work: Callable[[], object], amount: float, at_least: float = 1.0) -> float:
    """What `work` does a second, when one call does `amount`."""
    work()
    done, start = 0.0, time.perf_counter()
    while time.perf_counter() - start < at_least:
        work()
        done += amount
    return done / (time.perf_counter() - start)


def stack(inputs: int, units: list[int], hidden: str, output: str, loss: str, dtype: str) -> Network:
    layers = [Layer(n, hidden) for n in units[:-1]] + [Layer(units[-1], output)]
    return Network(inputs, tuple(layers), loss=loss, dtype=dtype)


def start(network: Network, scale: float = 0.1) -> lrsim_core.FloatArray:
    return (np.random.default_rng(0).standard_normal(network.n_parameters) * scale).astype(network.dtype)


def perceptron() -> tuple[Network, np.ndarray, np.ndarray]:
    network = Network(1, (Layer(1, "clip", limit=250.0),), loss="half_mse", bias_rule="as_input")
    X = np.array([60, 40, 100, 300, -50, 310.0])[:, None]
    Y = np.array([60, 40, 150, 250, -50, 250.0])[:, None]
    return network, X, Y


def clip250(_: argparse.Namespace) -> dict[str, float]:
    """Steps of the clipped perceptron, float64, one sample a step; recorded: every step kept and summarized."""
    network, X, Y = perceptron()
    theta, rates = np.array([0.1, 0.05]), np.full(1_000_000, 1e-5)
    slice_ = 100_000
    record = np.empty((4, slice_))
    low, high, bad = np.empty((4, 400)), np.empty((4, 400)), np.zeros((4, 400), np.uint8)

    def recorded() -> None:
        lrsim_core.run_steps(network, theta, X, Y, rates[:slice_], record=record, stop_not_finite=False)
        lrsim_core.summarize(record, 0, slice_, 250, low, high, bad, 0, 0)

    return {
        "ours": rate(lambda: lrsim_core.run_steps(network, theta, X, Y, rates, stop_not_finite=False), len(rates)),
        "ours, recorded": rate(recorded, slice_),
    }


def linear(_: argparse.Namespace) -> dict[str, float]:
    """Samples of least squares by SGD, 3 features, float64, one sample a step."""
    network = stack(3, [1], "linear", "linear", "half_mse", "float64")
    X = np.random.default_rng(0).standard_normal((1_000_000, 3))
    Y = (X @ [1.0, 2.0, 3.0])[:, None].copy()
    theta, rates = start(network), np.full(len(X), 1e-3)
    return {"ours": rate(lambda: lrsim_core.run_steps(network, theta, X, Y, rates), len(rates))}


def small(_: argparse.Namespace) -> dict[str, float]:
    """Steps of a 2-8-8-1 tanh net, squared error, SGD, batch 10, float32."""
    network = stack(2, [8, 8, 1], "tanh", "linear", "mse", "float32")
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((10, 2)).astype("f"), rng.standard_normal((10, 1)).astype("f")
    theta, rates = start(network, 0.5), np.full(10_000, 0.03)
    return {"ours": rate(lambda: lrsim_core.run_steps(network, theta, X, Y, rates, batch_size=10), len(rates))}


def bmi(_: argparse.Namespace) -> dict[str, float]:
    """Steps of 3-128-64-6 ReLU softmax, SGD, batch 32, float32."""
    network = stack(3, [128, 64, 6], "relu", "softmax", "cross_entropy", "float32")
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((32, 3)).astype("f"), np.eye(6, dtype="f")[rng.integers(0, 6, 32)]
    theta, rates = start(network), np.full(2_000, 0.001)
    return {"ours": rate(lambda: lrsim_core.run_steps(network, theta, X, Y, rates, batch_size=32), len(rates))}


def digits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    def read(name: str, header: int) -> np.ndarray:
        return np.frombuffer(gzip.open(folder / name).read(), dtype=np.uint8)[header:]

    X = (read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:59500] / 255).astype("f")
    return X, np.eye(10, dtype="f")[read("train-labels-idx1-ubyte.gz", 8)[:59500]]


def mnist(args: argparse.Namespace) -> dict[str, float]:
    """Epochs of 784-784-10, Adam, batch 256, 59 500 digits, float32: two runs at a time in two threads."""
    if not (args.mnist / "train-images-idx3-ubyte.gz").exists():
        return {}
    network = stack(784, [784, 10], "relu", "softmax", "cross_entropy", "float32")
    X, Y = digits(args.mnist)
    adam, rates, epochs = Optimizer.make("adam"), np.full(233, 1e-3), 3
    runs = [(start(network, 0.05), adam.new_slots(network)) for _ in range(2)]

    def run(theta: np.ndarray, slots: np.ndarray, first: int, count: int) -> None:
        for epoch in range(first, first + count):
            lrsim_core.run_steps(
                network, theta, X, Y, rates, optimizer=adam, slots=slots, batch_size=256, first_step=epoch * 233
            )

    for theta, slots in runs:
        run(theta, slots, 0, 1)
    begun = time.perf_counter()
    threads = [threading.Thread(target=run, args=(*state, 1, epochs)) for state in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"ours": 2 * epochs / (time.perf_counter() - begun)}


JOBS = {f.__name__: f for f in (clip250, linear, small, bmi, mnist)}


def of_peers(args: argparse.Namespace, job: str) -> dict[str, float]:
    if args.peers is None:
        return {}
    command = [args.python, args.peers, "--jobs", job, "--mnist", str(args.mnist)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout[done.stdout.index("{") :])[job]


def main() -> None:
    data = Path(os.environ.get("LRSIM_DATA", "."))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default=",".join(JOBS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--python", default="python")
    parser.add_argument("--mnist", type=Path, default=data / "mnist")
    args = parser.parse_args()
    print(f"SIMD level {lrsim_core.simd_level()}; best of {args.repeat}, per second")
    print(f"{'job':10} {'who':16} {'figure':>14} {'ours / it':>10} {'aim':>6}")
    for job in args.jobs.split(","):
        best: dict[str, float] = {}
        for _ in range(args.repeat):
            for who, figure in [*JOBS[job](args).items(), *of_peers(args, job).items()]:
                best[who] = max(figure, best.get(who, 0.0))
        peers = [figure for who, figure in best.items() if not who.startswith("ours")]
        for who, figure in best.items():
            ratio = "" if who.startswith("ours") else f"{best['ours'] / figure:10.2f}"
            aim = f"{AIMS[job]:6.2f}" if peers and figure == max(peers) else ""
            print(f"{job:10} {who:16} {figure:14,.2f} {ratio:>10} {aim:>6}", flush=True)


if __name__ == "__main__":
    main()
