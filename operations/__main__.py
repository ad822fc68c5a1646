"""Runs an operators' command: `python -m operations COMMAND --stack NAME`."""

import sys

from operations.command_line import main

if __name__ == "__main__":
    sys.exit(main())
