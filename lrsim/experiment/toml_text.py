"""TOML as it comes from anywhere: read within limits, so that no text takes minutes or all of the stack."""

from __future__ import annotations

import re
import tomllib
from typing import Any

MOST_KEY_PARTS = 64
"""Names in one dotted key; reading takes the square of them."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:\\.|[^"\\\n])*+"?+|'[^'\n]*+'?+)"""
_TOKEN = re.compile(
    r'"""(?:\\.|(?!""")[^\\])*+(?:""")?+' + r"|'''(?:(?!''').)*+(?:''')?+|#[^\n]*+"
    rf"|(?P<key>{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+)",
    re.DOTALL,
)  # as a whole it takes no steps back, so that it is quick for any text


def parse(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises
    ------
    ValueError
        It is not TOML or beyond a limit; tomllib's messages end with the place.
    """
    for found in _TOKEN.finditer(text):
        key = found["key"]
        if key and key.count(".") >= MOST_KEY_PARTS and len(re.findall(_PART, key)) > MOST_KEY_PARTS:
            raise ValueError(f"a key of more than {MOST_KEY_PARTS} parts{_place(text, found.start())}")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:  # int() has a limit of its own
        raise ValueError("a whole number of too many digits") from None


def _place(text: str, at: int) -> str:
    """As tomllib words it."""
    return f" (at line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)})"
