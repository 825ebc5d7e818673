"""Kills sweeps at random moments, as an out-of-memory killer, a batch system or a lost terminal does.

    python tests/bench/kills.py [--times 40] [--jobs 2] [--random 1]

In turn the process alone and its group get SIGKILL, SIGTERM or SIGHUP, at any moment from the start of the program to
the last chart. After two seconds the processes that are left are counted, and files of a half written kind where the
process could have taken them away. Then the same command goes on. Each sweep that comes to its end is held against an
undisturbed one. Linux alone, as it looks into /proc.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SWEEP = [
    sys.executable, "-m", "lrsim", "sweep", "spiral", "--over", "optimizer.lr=1e-4,1e-3,1e-2,0.1", "--over",
    "optimizer.name=sgd,adam", "--seeds", "2", "--epochs", "30",
]  # fmt: skip
MARK = "LRSIM_KILLS"
PATIENCE = 2.0
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
VARYING = ("seconds", "checksum")


def marked(token: str) -> list[str]:
    """Command lines of the processes whose environment holds the token."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdecimal() and f"{MARK}={token}".encode() in (place / "environ").read_bytes():
                words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found += [words] if words else []  # one without is a zombie
        except OSError:
            continue
    return found


def gone(token: str, most: float = 30.0) -> float:
    """Seconds until none of the processes is left, or `most`."""
    began = time.perf_counter()
    while marked(token) and time.perf_counter() - began < most:
        time.sleep(0.05)
    return time.perf_counter() - began


def results(folder: Path) -> list[dict[str, str]]:
    """The rows without what differs from one time to the next."""
    with open(folder / "results.csv", newline="") as file:
        rows = [{key: value for key, value in row.items() if key not in VARYING} for row in csv.DictReader(file)]
    return sorted(rows, key=str)


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def curves(folder: Path) -> list[str]:
    return sorted((folder / "curves.csv").read_text().splitlines())


def stage(folder: Path) -> str:
    """What was under way, as far as files tell."""
    if not (folder / "results.csv").exists():
        return "loading"
    done = (folder / "results.csv").read_bytes().count(b"\n") - 1
    return "runs" if done < 16 else "charts"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--random", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.random)
    with tempfile.TemporaryDirectory() as place:
        whole, killed = Path(place, "whole"), Path(place, "killed")
        command = [*SWEEP, "--jobs", str(options.jobs), "--out"]
        began = time.perf_counter()
        subprocess.run([*command, str(whole)], check=True, stdout=subprocess.DEVNULL)
        duration = time.perf_counter() - began
        print(f"undisturbed: {duration:.1f} s, {len(results(whole))} runs")
        stages: Counter[str] = Counter()
        left = halves = other = ended = 0
        while sum(stages.values()) < options.times:
            kills = sum(stages.values())
            token, number, group = f"{os.getpid()}-{kills}", SIGNALS[kills // 2 % 4], bool(kills % 2)
            process = subprocess.Popen(
                [*command, str(killed)], env=os.environ | {MARK: token}, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                process.wait(chance.uniform(0.05, 0.7) * duration)
            except subprocess.TimeoutExpired:
                stages[f"{stage(killed)}, {number.name}, {'group' if group else 'process'}"] += 1
                os.killpg(process.pid, number) if group else process.send_signal(number)
                time.sleep(PATIENCE)
                found = marked(token)
                left += len(found)
                if found:
                    print(f"left after {number.name} ({stage(killed)}): {found}", flush=True)
                    print(f"gone after {gone(token):.1f} s more", flush=True)
                if number != signal.SIGKILL and killed.exists():
                    halves += sum(name.endswith(".part") for name in names(killed))
                continue
            ended += 1
            same = results(killed) == results(whole) and curves(killed) == curves(whole)
            other += not (same and names(killed) == names(whole))
            if chance.random() < 0.5:
                shutil.rmtree(killed)
            else:  # draw again
                for chart in killed.glob("*.png"):
                    chart.unlink()
        subprocess.run([*command, str(killed)], check=True, stdout=subprocess.DEVNULL)
        ended += 1
        same = results(killed) == results(whole) and curves(killed) == curves(whole)
        other += not (same and names(killed) == names(whole))
    for what, count in sorted(stages.items()):
        print(f"{count:4} x {what}")
    print(f"{sum(stages.values())} kills: {left} processes left after {PATIENCE:g} s, {halves} half files")
    print(f"{ended} sweeps came to their end, {other} of them other than the undisturbed one")


if __name__ == "__main__":
    main()
