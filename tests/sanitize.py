"""Run the kernel's tests on a build with the address and undefined-behaviour sanitizers (GCC or Clang on Linux).

    python tests/sanitize.py [pytest arguments]

The build is made in a temporary copy of the sources; the working tree is left alone. Ends with pytest's exit status.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def runtime(name: str) -> str:
    """Path of a sanitizer's library, for LD_PRELOAD: the interpreter itself is not built with it."""
    compiler = os.environ.get("CC", "gcc")
    found = subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sanitize-") as folder:
        copy = Path(folder)
        for name in ("lrsim_core", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        for name in ("setup.py", "pyproject.toml"):
            shutil.copy(ROOT / name, copy / name)
        build = {**os.environ, "LRSIM_SANITIZE": "1"}
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        done = subprocess.run(command, cwd=copy, env=build, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            return done.returncode
        if b"__asan_report" not in next(copy.glob("lrsim_core/train.*.so")).read_bytes():
            print("the build has no address sanitizer in it", file=sys.stderr)
            return 1
        environment = {
            **os.environ,
            "PYTHONPATH": str(copy),
            "LD_PRELOAD": " ".join(runtime(name) for name in ("libasan.so", "libubsan.so", "libstdc++.so")),
            "ASAN_OPTIONS": "detect_leaks=0",  # the interpreter keeps its memory to the end
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        }
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/core", *sys.argv[1:]]
        return subprocess.run(tests, cwd=copy, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
