"""Handwritten digits of 8 x 8 pixels that come with scikit-learn, which is imported only when they are wanted."""

from __future__ import annotations

import numpy as np

from lrsim.common.validation import ExperimentError
from lrsim.data.samples import Samples
from lrsim.data.spec import DataSpec

BRIGHTEST = 16.0


def read(spec: DataSpec, task: str) -> Samples:
    """1797 digits, 64 pixels each, as shares of the brightest value."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ExperimentError("data.source", 'digits need scikit-learn: pip install "lrsim[data]"') from None
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
