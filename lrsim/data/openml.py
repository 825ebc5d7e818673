"""Data sets from OpenML, through scikit-learn, which is imported only when one is asked for."""

from __future__ import annotations

from pathlib import Path

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
        found = fetch_openml(name, version=1, as_frame=False, data_home=str(cache / "openml"))
        return np.asarray(found.data, dtype=np.float64), np.asarray(found.target).astype(np.int64)
    except (OSError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExperimentError("data.download", f"{name} can't be fetched from OpenML: {reason}") from None
