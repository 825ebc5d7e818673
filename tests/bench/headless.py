"""What a headless run costs beside the kernel that it drives: speed as a share of the kernel's own, and memory.

    python tests/bench/headless.py [--steps 101000000] [--repeat 3]

Steps of `clip250` by `lrsim.runs.run` and by plain unrecorded calls of the kernel, in turn in one process, by processor
time; the best of each is taken. Memory is the peak of `lrsim run clip250` with as many steps, a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.runs.run import run
from lrsim.training import engine

LEAST_SHARE = 0.7
MOST_MEGABYTES = 150
CALL = 1 << 17
"""Steps of one call of the kernel."""


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=101_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    endless = f"stop.min_steps={20 * args.steps}"
    command = [sys.executable, "-m", "lrsim", "run", "clip250", "--set", endless, "--steps", str(args.steps)]
    subprocess.run(command, check=True, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    problem = engine.build(with_value(load("clip250"), "stop.min_steps", 20 * args.steps))
    rates = np.full(CALL, problem.experiment.optimizer.lr)
    stops = engine.Stops(problem.experiment.stop.target_error, 20 * args.steps, True)

    def kernel() -> None:
        state = problem.start()
        while state.step < args.steps:
            engine.advance(problem, state, rates[: args.steps - state.step], stops=stops)

    best = {"kernel": np.inf, "headless": np.inf, "headless, every epoch": np.inf}
    for _ in range(args.repeat):
        best["kernel"] = min(best["kernel"], seconds(kernel))
        best["headless"] = min(best["headless"], seconds(lambda: run(problem, max_steps=args.steps)))
        all_epochs = seconds(lambda: run(problem, max_steps=args.steps, every_epoch=True))
        best["headless, every epoch"] = min(best["headless, every epoch"], all_epochs)
    for name, took in best.items():
        aim = f"  aim {LEAST_SHARE}" if name == "headless" else ""
        print(f"{name:24} {args.steps / took / 1e6:8.1f} M steps/s  {best['kernel'] / took:6.2f} of the kernel's{aim}")
    print(f"{'peak memory of lrsim run':24} {peak:8.1f} MB  aim at most {MOST_MEGABYTES}")


if __name__ == "__main__":
    main()
