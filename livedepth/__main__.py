"""``python -m livedepth``."""

import sys

from livedepth.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
