"""The environment that this process was started in, without what would change the programs of the stack."""

import os
from collections.abc import Mapping

# They load code into every Python and Node program, or point AWS clients at accounts of the person's own.
_NOT_OURS = ("AWS_", "CDK_", "PYTHON", "NODE_OPTIONS", "NODE_PATH")
# Even without a profile, AWS clients read these files of the home folder, and fail on broken ones.
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def ours() -> Mapping[str, str]:
    """The environment for a program of the stack."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)} | _NO_FILES


def keep_what_is_ours() -> None:
    """Make it the environment of this process."""
    kept = ours()
    os.environ.clear()
    os.environ.update(kept)
