"""What low rooms want a person to know, on standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from lrsim.cli import screen


def notice(text: str) -> None:
    """One line."""
    screen.tell(f"lrsim: {text}")


@contextlib.contextmanager
def notices() -> Iterator[Callable[[str], None]]:
    """A line for what takes long; on a terminal, the time that it takes stands beneath until the work is done."""
    if not sys.stderr.isatty():
        yield notice
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("waiting"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    with contextlib.ExitStack() as stack:

        def begin(text: str) -> None:
            notice(text)
            if not bar.live.is_started:
                stack.enter_context(bar)
                bar.add_task("", total=None)

        yield begin
