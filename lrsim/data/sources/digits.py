"""Handwritten digits of 8 x 8 pixels that come with scikit-learn, which is imported only when they are wanted."""

from __future__ import annotations

import numpy as np

from lrsim.common.validation import ExperimentError
from lrsim.data.samples import Samples
from lrsim.data.source import Request, Source

BRIGHTEST = 16.0


def absent(path: str) -> str:
    """What to install where scikit-learn is not there."""
    try:
        import sklearn.datasets  # noqa: F401
    except ImportError:
        return 'digits need scikit-learn: pip install "lrsim[data]"'
    return ""


def read(spec: Request, task: str) -> Samples:
    """1797 digits, 64 pixels each, as shares of the brightest value."""
    if missing := absent(spec.path):
        raise ExperimentError("data.source", missing)
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return Samples(
        inputs=np.asarray(pixels, dtype=np.uint8),
        divisor=BRIGHTEST,
        codes=np.asarray(labels, dtype=np.intp),
        classes=tuple(map(str, range(10))),
        feature_names=tuple(f"pixel {row},{column}" for row in range(8) for column in range(8)),
        target_names=("digit",),
        image=(8, 8),
    )


DIGITS = Source(
    name="digits",
    line="Handwritten digits of 8 x 8 pixels that come with scikit-learn.",
    read=read,
    keys=("limit", "task"),
    task="classification",
    example="classification",
    absent=absent,
    slow=True,
)
