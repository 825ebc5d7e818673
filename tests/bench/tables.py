"""How many tables drawn at random are read right or refused: ``python -m tests.bench.tables --times 4000``.

Some that are misread or refused are printed; the exit status is 1 where any is misread.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from lrsim.data.table.read import Table
from tests.data.table.written import Drawn, mistakes, read_back, tables

MOST_SHOWN = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="of the draw; another one each time")
    asked = parser.parse_args()
    found: Counter[str] = Counter()
    misread: list[tuple[list[str], Drawn]] = []
    refused: list[tuple[list[str], Drawn]] = []
    with tempfile.TemporaryDirectory() as folder:

        @seed(asked.seed)
        @settings(max_examples=asked.times, deadline=None, database=None, phases=[Phase.generate],
                  derandomize=False, suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(tables())
        def look(drawn: Drawn) -> None:
            table = read_back(Path(folder) / "drawn.csv", drawn)
            if not isinstance(table, Table):
                found[f"refused: {table.what.partition(':')[2] or table.what}"] += 1
                refused.append(([table.what], drawn))
            elif wrong := mistakes(drawn, table):
                misread.append((wrong, drawn))
            else:
                said = any("can mean two numbers" in note for note in table.notes)
                found["read, and said to be ambiguous" if said else "read right"] += 1

        look()
    print(f"seed {asked.seed}")
    for what, count in [*found.most_common(), ("misread", len(misread))]:
        print(f"{count:6} {what}")
    for wrong, drawn in [*misread[:MOST_SHOWN], *refused[:MOST_SHOWN]]:
        print(f"\n{wrong}\n{drawn.content!r}\n{drawn.told}")
    return 1 if misread else 0


if __name__ == "__main__":
    sys.exit(main())
