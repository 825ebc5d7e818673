import numpy as np
from numpy.typing import NDArray

from .network import FloatArray

def summarize(
    values: FloatArray,
    start: int,
    count: int,
    bin_size: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    bad: NDArray[np.uint8],
    first_bin: int,
    filled: int,
) -> None: ...
