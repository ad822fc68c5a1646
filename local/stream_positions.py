"""Lets the relay begin with a stream's first record after a restart.

MiniStack 1.5 keeps how many records of a stream were read over a restart, but not the records: the new stream is empty,
and as many changes as the old one held would be skipped in silence.
"""

import json
from pathlib import Path

from local.errors import CannotRun

_POSITIONS = "dynamodb_stream_positions"


def forget(state: Path) -> None:
    """Drop the positions from what MiniStack keeps of Lambda in its state folder. Only while it does not run.

    Raises CannotRun for a file that is broken.
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
