"""Why an expression can't be used, and where in it."""

from __future__ import annotations


class Refused(ValueError):
    """An expression that can't be used.

    Attributes
    ----------
    text
        The expression.
    why
        One sentence without its full stop.
    at
        Place of the character at fault, from 0; the length of the text where its end is.
    """

    def __init__(self, text: str, why: str, at: int = 0) -> None:
        super().__init__(f"{why} (at character {at + 1})" if text.strip() else why)
        self.text, self.why, self.at = text, why, at

    def pointed(self) -> str:
        """The expression, and below it a caret under the place, for type of one width."""
        return f"{self.text}\n{' ' * self.at}^"
