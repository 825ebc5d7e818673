from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .network import FloatArray, Network
from .optimizer import Optimizer

LEVELS: tuple[str, ...]

def simd_level() -> str: ...

class Plan:
    def __init__(self, network: Network) -> None: ...

class OptimizerPlan:
    def __init__(self, optimizer: Optimizer) -> None: ...

def run_steps(
    plan: Plan,
    optimizer: OptimizerPlan,
    theta: FloatArray,
    slots: FloatArray | None,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    momenta: NDArray[np.float64] | None,
    multipliers: NDArray[np.float64] | None,
    batch_size: int,
    first_step: int,
    updates: int,
    place: int,
    order: NDArray[np.intp] | None,
    record: FloatArray | None,
    record_at: int,
    online: bool,
    target_error: float,
    min_steps: int,
    stop_not_finite: bool,
    gradients: FloatArray | None,
    X_held: FloatArray | None,
    Y_held: FloatArray | None,
    figures: NDArray[np.float64] | None,
) -> tuple[int, int, int, int]: ...
def open_step(
    plan: Plan,
    optimizer: OptimizerPlan,
    theta: FloatArray,
    slots: FloatArray | None,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    momenta: NDArray[np.float64] | None,
    multipliers: NDArray[np.float64] | None,
    updates: int,
    record: FloatArray,
    z: Sequence[FloatArray],
    outputs: Sequence[FloatArray],
    dz: Sequence[FloatArray],
    gradient: FloatArray,
) -> None: ...
def open_online(
    plan: Plan,
    optimizer: OptimizerPlan,
    theta: FloatArray,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    record: FloatArray,
    trace: FloatArray,
) -> None: ...
def layer_outputs(plan: Plan, theta: FloatArray, X: FloatArray, outputs: Sequence[FloatArray | None]) -> None: ...
def evaluate(
    plan: Plan, theta: FloatArray, X: FloatArray, Y: FloatArray, gradient: FloatArray | None
) -> tuple[float, float, float]: ...
def hessian_vector_product(
    plan: Plan, theta: FloatArray, X: FloatArray, Y: FloatArray, direction: FloatArray, product: FloatArray
) -> None: ...
