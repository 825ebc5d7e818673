"""``python -m lrsim`` is ``lrsim``."""

import sys

from lrsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
