"""``python -m lrsim`` is ``lrsim``."""

import sys

from lrsim.cli.signals import end_at_once


def main() -> int:
    """Run the program with the words it was called with and return its exit status."""
    end_at_once()  # it takes a while to load
    from lrsim.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
