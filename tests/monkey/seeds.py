"""Runs seeds, each in a process of its own with all of its folders in one place, and says what came of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "TMPDIR")
ACTS_TOLD = 12


@dataclass
class Outcome:
    """What came of a seed: all that was found, and what the process said where it ended in another way."""

    seed: int
    events: int = 0
    seconds: float = 0.0
    findings: list[dict[str, Any]] = field(default_factory=list)
    stops: list[dict[str, Any]] = field(default_factory=list)
    ended: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing was raised, warned or logged, and the process ended as it should."""
        return not self.findings and not self.ended

    def in_words(self) -> str:
        """All that was found, a line each."""
        lines = [f"seed {self.seed}: {each['kind']} ({each['times']} times, first at {each['act']}): {each['text']}"
                 for each in self.findings]  # fmt: skip
        return "\n".join([*lines, self.ended])


def run_seed(seed: int, events: int, folder: Path, faults: float = 0.0) -> Outcome:
    """Run a seed in an empty folder, with this share of all overrides' calls failing."""
    environment = {**os.environ, **dict.fromkeys(HOMES, str(folder)), "PYTHONPATH": str(ROOT)}
    folder.chmod(0o700)
    command = [sys.executable, "-m", "tests.monkey.run", str(seed), str(events), str(folder),
               "--faults", str(faults)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        written = folder / "diary.txt"
        diary = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        ended = f"exit status {done.returncode}\n{done.stderr[-4000:]}\nlast acts: {', '.join(diary[-ACTS_TOLD:])}"
        return Outcome(seed, len(diary), ended=ended)
    return Outcome(**json.loads((folder / "found.json").read_text(encoding="utf-8")))
