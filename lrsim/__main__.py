"""``python -m lrsim`` is ``lrsim``."""

import sys

from lrsim.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
