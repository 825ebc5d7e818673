"""The lines of a text file: plain, gzipped or alone in a zip file, in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lrsim.common.validation import FileRefused, reason, unreadable
from lrsim.data.progress import report

LONGEST_LINE = 1 << 20  # characters; nothing longer is a row that a person meant
MOST_LINES_A_ROW = 100  # a quoted cell may hold line ends, an unclosed quote must not swallow the file
MOST_BYTES = 4 << 30  # unpacked
LINES_AT_A_TIME = 1000
PIECE = 1 << 20
ENOUGH_TO_GUESS = 1 << 16

OTHER_KINDS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV",
    b"{\\rtf": "a Rich Text document: save it as plain text",
    b"\x93NUMPY": "a NumPy array",
    b"BZh": "packed by bzip2: unpack it first",
    b"\xfd7zXZ": "packed by xz: unpack it first",
    b"7z\xbc\xaf": "packed by 7-Zip: unpack it first",
}
"""What begins so is not a table of text."""

PAGES = (b"<!doctype", b"<html", b"<?xml")

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "shift_jis", "euc_jp", "gb18030", "big5",
          "euc_kr", "koi8_r", "mac_roman"]  # fmt: skip
"""Encodings in which spreadsheets saved tables before UTF-8."""


UNPACKED_WRONG = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
UNREADABLE = (*UNPACKED_WRONG, OSError, ValueError)


class Lines(Iterator[str]):
    """Lines of a file, ends included, with a limit to each, and to how many of them one row may take.

    Parameters
    ----------
    path, encoding
        The file, and how its bytes are read; see `encoding_of`.
    skip
        So many lines at the beginning are passed over.
    is_comment
        Tells of a line at which a row may begin whether it is none.

    Attributes
    ----------
    number
        Of the line that was given last, from 1.
    """

    def __init__(
        self, path: Path, encoding: str, skip: int = 0, is_comment: Callable[[str], bool] | None = None
    ) -> None:
        self.path, self.number, self.row_began = path, 0, 1
        self._is_comment = is_comment
        with _refusing(path):
            self._file = io.TextIOWrapper(_bytes(path), encoding=encoding, newline="")
            plain = isinstance(getattr(self._file.buffer, "raw", None), io.FileIO)
            self._size = path.stat().st_size if plain else 0  # of what is packed, how much it is shows at its end
        for _ in range(skip):
            self._read()

    def __next__(self) -> str:
        line = self._read()
        while self._is_comment is not None and self.number == self.row_began and self._is_comment(line):
            self.row_began += 1
            line = self._read()
        return line

    def _read(self) -> str:
        try:
            line = self._file.readline(LONGEST_LINE + 1)
        except UnicodeError:
            raise FileRefused(self.path, f"can't be read as {self._file.encoding} text") from None
        except UNREADABLE as error:
            raise _refusal(self.path, error) from None
        if not line:
            raise StopIteration
        self.number += 1
        if self.number % LINES_AT_A_TIME == 0:
            report(self._file.buffer.tell(), self._size, "bytes")
        if len(line) > LONGEST_LINE:
            raise self.refused(f"longer than {LONGEST_LINE} characters, expected rows of a CSV file")
        if self.number - self.row_began >= MOST_LINES_A_ROW:
            raise FileRefused(self.path, f"line {self.row_began}: a quoted cell is not closed")
        if "\0" in line:
            raise self.refused("holds a NUL byte, expected text")
        return line

    def refused(self, what: str) -> FileRefused:
        """What is wrong with the line that was given last."""
        return FileRefused(self.path, f"line {self.number}: {what}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def encoding_of(path: Path) -> tuple[str, str]:
    """The encoding of a file of text, and a sentence on it where it was guessed.

    UTF-8 is taken for certain where all bytes fit it, and a byte order mark is believed. What else it may be is judged
    by charset-normalizer from the lines that hold more than ASCII.

    Raises
    ------
    FileRefused
        It can't be opened, or is not text.
    """
    with _refusing(path), _bytes(path) as file:
        head = file.read(16)
    _check_kind(path, head)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, ""
    if head.count(0) * 3 >= len(head):
        name = "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
        return (name, _guessed(name)) if _fits(path, name) else ("utf-8", "")
    if _fits(path, "utf-8"):
        return "utf-8", ""
    name = _guess(path)
    return name, _guessed(name)


def _guessed(name: str) -> str:
    return f'Read as {name} text, which is a guess, since it is not UTF-8; data.encoding = "..." says which it is.'


def _check_kind(path: Path, head: bytes) -> None:
    for start, kind in OTHER_KINDS.items():
        if head.startswith(start):
            raise FileRefused(path, f"is {kind}" if ":" in kind else f"is {kind}, expected a table of text")
    if head.lstrip().lower().startswith(PAGES):
        raise FileRefused(path, "is a web page or XML, expected a table of text")


def _fits(path: Path, encoding: str) -> bool:
    """Whether the bytes are text in that encoding, as far as the first NUL byte, which is none in any."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(path):
            if "\0" in decoder.decode(piece):
                return True  # whoever reads it will say where
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _guess(path: Path) -> str:
    from charset_normalizer import from_bytes  # late: few files need it

    telling = b"".join(_telling_lines(path))
    matches = from_bytes(telling, cp_isolation=LIKELY)
    best = matches.best()
    if best is not None and _decoded(telling, "cp1252") == str(best):
        return "cp1252"  # of several that read it alike, the one that is met most
    found = [match.encoding for match in matches]
    fitting = next((name for name in (*found, "cp1252") if _fits(path, name)), None)
    if fitting is None:
        what = 'is text in an encoding that can\'t be told; save it as UTF-8, or set data.encoding = "..."'
        raise FileRefused(path, what)
    return fitting


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeError:
        return None


def _telling_lines(path: Path) -> Iterator[bytes]:
    """Lines that are not all ASCII, as many as a guess needs."""
    taken = 0
    with _refusing(path), _bytes(path) as file:
        while taken < ENOUGH_TO_GUESS and (line := file.readline(PIECE)):
            if not line.isascii():
                taken += len(line)
                yield line


def _pieces(path: Path) -> Iterator[bytes]:
    taken = 0
    with _refusing(path), _bytes(path) as file:
        while piece := file.read(PIECE):
            taken += len(piece)
            if taken > MOST_BYTES:
                raise FileRefused(path, f"holds more than {MOST_BYTES / 1e9:.1f} GB, expected at most that")
            yield piece


def _bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked where it is packed."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\x1f\x8b"):
        return io.BufferedReader(gzip.GzipFile(path, "rb"))
    if start.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            return _only_member(path, archive)
    return path.open("rb")


def _only_member(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if any(name.startswith("xl/") for name in names):
        raise FileRefused(path, "is an Excel workbook: save it as CSV")
    if "content.xml" in names and "mimetype" in names:
        raise FileRefused(path, "is an OpenDocument file: save it as CSV")
    if len(names) != 1:
        raise FileRefused(path, f"holds {len(names)} files, expected one table in a zip file")
    return archive.open(names[0])


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Tell in words of what can't be read or unpacked."""
    try:
        yield
    except UnicodeError:
        raise
    except UNREADABLE as error:
        raise _refusal(path, error) from None


def _refusal(path: Path, error: Exception) -> FileRefused:
    if isinstance(error, UNPACKED_WRONG):
        return FileRefused(path, f"can't be unpacked: {reason(error)}")
    return unreadable(path, error)
