"""Data sets from OpenML, through scikit-learn, which is imported only when one is asked for."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError


def fetch(name: str, cache: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Inputs (n, d) and whole-number targets (n,) of version 1 of a data set; its files are kept below `cache`.

    Raises
    ------
    ExperimentError
        scikit-learn is missing, or the data can't be fetched.
    """
    try:
        from sklearn.datasets import fetch_openml
    except ImportError:
        raise ExperimentError("data.download", 'needs scikit-learn: pip install "lrsim[data]"') from None
    try:
        with _signs_of_life(f"fetching {name}"):
            found = fetch_openml(name, version=1, as_frame=False, data_home=str(cache / "openml"))
            return np.asarray(found.data, dtype=np.float64), np.asarray(found.target).astype(np.int64)
    except (OSError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExperimentError("data.download", f"{name} can't be fetched from OpenML: {reason}") from None


@contextlib.contextmanager
def _signs_of_life(what: str) -> Iterator[None]:
    """Seconds that have gone by, on a terminal's standard error, while something takes long.

    scikit-learn tells nothing of how far it is, so time is all that can be shown.
    """
    if not sys.stderr.isatty():
        yield
        return
    done, began = Event(), time.monotonic()

    def tick() -> None:
        while not done.wait(0.5):
            print(f"\rlrsim: {what}, {time.monotonic() - began:.0f} s ", end="", file=sys.stderr, flush=True)

    ticker = Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
        print(file=sys.stderr)
