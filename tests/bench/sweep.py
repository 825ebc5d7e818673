"""Speed of a sweep: how much faster two threads are than one, and a sweep beside the same one in another library.

    python tests/bench/sweep.py [--preset bmi-mlp] [--seeds 25] [--repeat 3] [--beside "COMMAND"]

The sweep is run as a whole process, `lrsim sweep PRESET --seeds N`, in turn with one thread and with two, `--repeat`
times, and the best of each is taken. `--beside` names a command that does the work of the preset's own sweep (one seed)
with another library; it is timed in the same sitting, in turn with ours. Compare ratios of one sitting only.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence


def seconds(command: Sequence[str]) -> float:
    """Wall clock time of a process that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def in_turn(commands: dict[str, Sequence[str]], repeat: int) -> dict[str, list[float]]:
    """Times of each command, taken in turn so that a busy machine troubles all alike."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            found[name].append(seconds(command))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="bmi-mlp")
    parser.add_argument("--seeds", type=int, default=25)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--beside", default="")
    options = parser.parse_args()
    ours = [sys.executable, "-m", "lrsim", "sweep", options.preset]
    commands: dict[str, Sequence[str]] = {
        f"{jobs} thread{'s' if jobs > 1 else ''}": [*ours, "--seeds", str(options.seeds), "--jobs", str(jobs)]
        for jobs in (1, 2)
    }
    times = in_turn(commands, options.repeat)
    if options.beside:
        times |= in_turn({"own sweep": ours, "beside": shlex.split(options.beside)}, 1 if options.repeat < 3 else 2)
    for name, found in times.items():
        print(f"{name:<10} {min(found):8.2f} s   ({', '.join(f'{value:.2f}' for value in found)})")
    one, two = min(times["1 thread"]), min(times["2 threads"])
    print(f"two threads are {one / two:.2f} times as fast as one")
    if options.beside:
        print(f"ours is {min(times['beside']) / min(times['own sweep']):.0f} times as fast as what stands beside it")


if __name__ == "__main__":
    main()
