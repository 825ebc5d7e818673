"""Arrays of bytes in IDX files, plain or compressed by gzip.

A file begins with two zero bytes, the type of its numbers, the count of its axes, then the length of each axis as
32 bits, most significant byte first. Nothing beyond what these lengths explain is ever read or inflated.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lrsim.common.output import Output
from lrsim.common.validation import ExperimentError, FileRefused, reason, regular_file, unreadable
from lrsim.data.progress import report

UNSIGNED_BYTE = 0x08
BEST_COMPRESSION = 1032  # bytes that one byte of deflate can stand for at most
PIECE = 1 << 20


def read(path: Path, axes: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes in a file, which must have `axes` axes.

    Raises
    ------
    FileRefused
        The header is none of IDX, or the file holds more or less than the header says.
    """
    size = regular_file(path, "an IDX file")
    zipped = path.suffix == ".gz"
    try:
        with cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb") as file:
            shape = _shape(path, _exactly(path, file, 4 * (axes + 1)), axes)
            count = math.prod(shape)
            _check_size(path, count, size * BEST_COMPRESSION if zipped else size - 4 * (axes + 1))
            body = _exactly(path, file, count)
            if file.read(1):
                raise FileRefused(path, f"holds more than the {count} bytes that its header announces")
    except (gzip.BadGzipFile, zlib.error):
        raise FileRefused(path, "not a sound gzip file") from None
    except EOFError:
        raise FileRefused(path, "ends before its compressed data does") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _shape(path: Path, header: bytes | bytearray, axes: int) -> tuple[int, ...]:
    zeros, kind, found = struct.unpack(">HBB", header[:4])
    if zeros or not 0x08 <= kind <= 0x0E:
        raise FileRefused(path, "not an IDX file, its first bytes are no IDX header", header[:4].hex(" "))
    if kind != UNSIGNED_BYTE:
        raise FileRefused(path, "expected unsigned bytes (type 08)", f"type {kind:02x}")
    if found != axes:
        names = {1: "labels", 3: "images"}
        raise FileRefused(path, f"expected {axes} axes for {names.get(axes, 'data')}, got {found}")
    return struct.unpack(f">{axes}I", header[4:])


def _check_size(path: Path, count: int, most: int) -> None:
    """Refuse a header that promises more than the file can hold before anything is set aside for it."""
    if count > most:
        raise FileRefused(path, f"cut short, its header announces {count} bytes, it can hold {max(most, 0)} at most")


def _exactly(path: Path, file: BinaryIO, count: int) -> bytearray:
    """The next `count` bytes; memory grows with what is really there."""
    body = bytearray()
    while len(body) < count:
        piece = file.read(min(PIECE, count - len(body)))
        if not piece:
            raise FileRefused(path, f"cut short, expected {count - len(body)} more bytes")
        body += piece
        report(len(body), count, "bytes")
    return body


def write(path: Path, data: NDArray[np.uint8]) -> None:
    """Write an array as a compressed IDX file, which is there as a whole or not at all.

    Raises
    ------
    FileRefused
        It can't be written.
    """
    header = struct.pack(f">HBB{data.ndim}I", 0, UNSIGNED_BYTE, data.ndim, *data.shape)
    try:
        with Output(str(path)) as output, gzip.GzipFile("", "wb", 6, cast(BinaryIO, output)) as file:
            file.write(header)
            file.write(np.ascontiguousarray(data).tobytes())
    except ExperimentError as error:
        raise FileRefused(path, error.what) from None
    except OSError as error:
        raise FileRefused(path, f"can't be written: {reason(error)}") from None
