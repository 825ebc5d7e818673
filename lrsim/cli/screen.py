"""What the commands print: text that can't steer a terminal, on streams that may be closed, full or of few letters."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import unicodedata
from collections.abc import Iterator

NAME = "standard output"
JOINERS = "\u200c\u200d"
"""Of the characters without a shape, those that writing needs."""


def prepare() -> None:
    """Make the standard streams such that they can be written to, or say in words that they can't."""
    for descriptor, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None and os.name == "posix":
            _occupy(descriptor)
    if sys.stdout is None:
        sys.stdout = _closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (for as long as the program runs)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print for people on standard output; OSError names it."""
    with _naming():
        print(printable(text), flush=True)


def say_bytes(text: str) -> None:
    """Put a text for programs on standard output as it is, in UTF-8."""
    with _naming():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()


def tell(text: str) -> None:
    """Print on standard error, where that still goes."""
    with contextlib.suppress(OSError):
        print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text with all but line breaks escaped of what moves the cursor, colours, or turns the order of letters."""
    return "".join(c if c == "\n" or (c.isascii() and c.isprintable()) else _shown(c) for c in text)


def let_go() -> None:
    """Standard output takes no more; what waits for it must not be tried again on the way out."""
    with contextlib.suppress(OSError, ValueError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _shown(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp") or character in JOINERS:
        return character
    return character.encode("unicode_escape").decode()


@contextlib.contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, NAME) from None


def _occupy(descriptor: int) -> None:
    """Keep the number of a closed stream from the next file that is opened."""
    try:
        os.fstat(descriptor)
    except OSError:
        found = os.open(os.devnull, os.O_RDONLY)
        if found != descriptor:
            os.dup2(found, descriptor)
            os.close(found)


def _closed() -> io.TextIOWrapper:
    """A stream that the system refuses to write to."""
    return io.TextIOWrapper(open(os.open(os.devnull, os.O_RDONLY), "wb"), encoding="utf-8")
