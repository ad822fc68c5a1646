"""How large a value is as JSON."""

import json
from typing import Any


def is_larger(value: Any, limit: int) -> bool:
    """Whether the value's JSON, compact and in UTF-8, takes more than so many bytes."""
    # In ASCII it never takes fewer, and that is quick to see.
    if len(json.dumps(value, separators=(",", ":"))) <= limit:
        return False
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")) > limit
