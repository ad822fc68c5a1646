"""Cleans the process environment of variables that would change the programs of the stack."""

import os
from collections.abc import Mapping

# These variables load code into every Python and Node program, or point AWS clients at the user's own accounts.
_NOT_OURS = ("AWS_", "CDK_", "PYTHON", "NODE_OPTIONS", "NODE_PATH")
# AWS clients read these files of the home folder even without a profile, and fail if a file is broken.
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def ours() -> Mapping[str, str]:
    """Returns the environment for a program of the stack."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)} | _NO_FILES


def keep_what_is_ours() -> None:
    """Replace the environment of this process by `ours`."""
    kept = ours()
    os.environ.clear()
    os.environ.update(kept)
