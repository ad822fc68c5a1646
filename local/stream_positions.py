"""Lets the relay begin with a stream's first record after a restart.

MiniStack 1.5 keeps how many records of a stream were read over a restart, but not the records: the new stream is empty,
and as many changes as the old one held would be skipped in silence.
"""

import json
from pathlib import Path

_POSITIONS = "dynamodb_stream_positions"


def forget(state: Path) -> None:
    """Drop the positions from what MiniStack keeps of Lambda in its state folder. Only while it does not run."""
    file = state / "lambda.json"
    if not file.exists():
        return
    kept = json.loads(file.read_text())
    if kept.get("payload", {}).pop(_POSITIONS, None) is None:
        return
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(kept))
    partial.replace(file)
