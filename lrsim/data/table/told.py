"""What an experiment says of a table's layout; all else is told from the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What is known of a table before it is opened.

    Attributes
    ----------
    header
        Whether its first row names the columns; None leaves it to the file.
    delimiter
        What stands between two cells; empty leaves it to the file.
    decimal
        ``.`` or ``,`` as the mark before decimals; empty leaves it to the cells.
    encoding
        The name of an encoding; empty leaves it to the bytes.
    missing
        Texts that stand for a missing value, beside the usual ones.
    """

    header: bool | None = None
    delimiter: str = ""
    decimal: str = ""
    encoding: str = ""
    missing: tuple[str, ...] = ()


NOTHING = Told()
