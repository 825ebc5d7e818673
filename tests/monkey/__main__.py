"""Lets the monkey at the window for long: some seeds, many events each.

    python -m tests.monkey [--seeds 10] [--events 20000] [--first 1]

The platform is that of QT_QPA_PLATFORM, off screen where it is not set; on a display, run it under xvfb-run. Prints a
line a seed and all that was found; the exit status is 1 where anything was raised, warned or logged, or a process ended
in another way. A stop of the event loop of more than 250 ms is told with where it was; on a busy machine the processor
time of the window's own thread says more than the clock.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.monkey.seeds import Outcome, run_seed
from tests.monkey.watch import STOP_SECONDS

STOPS_TOLD = 5


def report(outcome: Outcome) -> None:
    """One line, and what is behind it."""
    own = sorted((stop["own"] for stop in outcome.stops), reverse=True)
    long = sum(each > STOP_SECONDS for each in own)
    print(
        f"seed {outcome.seed}: {outcome.events} events in {outcome.seconds:.0f} s, {len(outcome.findings)} findings, "
        f"{len(outcome.stops)} stops by the clock, {long} by own time, longest {own[0] if own else 0:g} s",
        flush=True,
    )
    if not outcome.clean:
        print(outcome.in_words(), flush=True)
    for stop in sorted(outcome.stops, key=lambda stop: -stop["own"])[:STOPS_TOLD]:
        if stop["own"] > STOP_SECONDS:
            where = stop["where"][0] if stop["where"] else "?"
            print(f"  {stop['own']:g} s of own time, {stop['wall']:g} s in all, at {stop['act']}: {where}")


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    clean = True
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            outcome = run_seed(seed, options.events, Path(folder))
        report(outcome)
        clean &= outcome.clean
    return 0 if clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
