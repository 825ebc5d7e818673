"""What the compiled loops set aside for a call, known beforehand: no less than they do, on any processor."""

from __future__ import annotations

import numpy as np

from .network import Network

CHUNK = 512
"""Rows that are worked on at a time, as `train.pyx` has it."""
SMALL = 32768
"""Parameters up to which a step has its whole gradient at hand."""
FORWARD_BYTES = 1 << 28
"""Of the rows that are worked on at a time where no gradient is asked for; no fewer than a group of them."""
GROUP = 32
VECTOR_BYTES = 64
"""Of the widest vectors."""
PACKED_VECTORS = 8
TILE_ROWS = 24
HEIGHT = 6
PART = 65536


def step_bytes(network: Network, batch: int) -> int:
    """For steps on so many rows: outputs and slopes of all layers, and the gradient where it is whole."""
    whole_gradient = network.n_parameters <= SMALL or batch > CHUNK
    return _workspace(network, min(batch, CHUNK), network.n_parameters if whole_gradient else 0)


def forward_bytes(network: Network, rows: int) -> int:
    """For outputs or metrics of so many rows."""
    if rows == 0:
        return 0
    bounded = max(_workspace(network, min(GROUP, rows), 0), _workspace(network, 0, 0) + FORWARD_BYTES)
    return min(_workspace(network, min(rows, CHUNK), 0), bounded)


def opened_bytes(network: Network, batch: int) -> int:
    """For a step on so many rows that is opened: also the arrays that it shows of each layer."""
    itemsize = np.dtype(network.dtype).itemsize
    shown = 4 * batch * sum(units for _, units in network.shapes) * itemsize
    return (
        _workspace(network, batch, network.n_parameters) + shown + batch * (network.inputs + network.outputs) * itemsize
    )


def _workspace(network: Network, rows: int, gradient: int) -> int:
    """As `simd/dense.h` lays it out, with everything that some networks do without."""
    itemsize = np.dtype(network.dtype).itemsize
    lanes = VECTOR_BYTES // itemsize
    padded = [units + lanes for _, units in network.shapes]
    widest = max(*padded, *(inputs for inputs, _ in network.shapes))
    keeps_z = sum(wide for wide, layer in zip(padded, network.layers) if layer.activation in ("gelu", "softmax"))
    keeps_z += padded[-1]
    values = rows * (2 * sum(padded) + keeps_z + 1 + network.inputs + network.outputs + widest + lanes + TILE_ROWS)
    values += widest * PACKED_VECTORS * lanes + PART + 2 * widest + gradient
    if network.inputs >= GROUP and rows >= 2 * HEIGHT:
        values += _terms(network, rows)
    return values * itemsize + 4096 + 1024 * len(network.layers)


def _terms(network: Network, rows: int) -> int:
    """Inputs as terms that are not 0, in values; an index takes no more than one, a place no more than two."""
    inputs, units = network.shapes[0]
    tiles = inputs // HEIGHT + inputs // max(PART // units, 1) + 2
    by_row = (rows // HEIGHT + 1) * (inputs + 1)
    by_input = tiles * (rows + 1)
    return (HEIGHT + 1) * (by_row + by_input) + 2 * (2 * inputs + tiles + 1 + rows)
