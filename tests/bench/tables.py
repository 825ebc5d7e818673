"""How many tables drawn at random are read right or refused: ``python -m tests.bench.tables --times 4000``."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from lrsim.data.table.read import Table
from tests.data.table.written import Drawn, mistakes, read_back, tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=4000)
    times = parser.parse_args().times
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:

        @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(tables())
        def look(drawn: Drawn) -> None:
            table = read_back(Path(folder) / "drawn.csv", drawn)
            if not isinstance(table, Table):
                found[f"refused: {table.what.partition(':')[2] or table.what}"] += 1
                return
            assert mistakes(drawn, table) == [], drawn
            said = any("can mean two numbers" in note for note in table.notes)
            found["read, and said to be ambiguous" if said else "read right"] += 1

        look()
    for what, count in found.most_common():
        print(f"{count:6} {what}")


if __name__ == "__main__":
    main()
