"""Makes the relay start with a stream's first record after a restart.

Over a restart, MiniStack 1.5 keeps the number of records that were read from a stream, but not the records. The new
stream is empty, so that it would silently skip as many new records.
"""

import json
from pathlib import Path

from local.errors import CannotRun

_POSITIONS = "dynamodb_stream_positions"


def forget(state: Path) -> None:
    """Remove the stream positions from MiniStack's saved Lambda state. MiniStack must not be running.

    Raises CannotRun if the state file is broken.
    """
    file = state / "lambda.json"
    if not file.exists():
        return
    try:
        kept = json.loads(file.read_text())
    except ValueError as fault:
        raise CannotRun(f"The local data are broken ({file}): `make reset` wipes them.") from fault
    if kept.get("payload", {}).pop(_POSITIONS, None) is None:
        return
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(kept))
    partial.replace(file)
