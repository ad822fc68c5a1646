"""JSON as RFC 8259 has it, and how large a value is as JSON."""

import json
from typing import Any, NoReturn


def parse_json(text: str | bytes) -> Any:
    """The value. Raises ValueError, also for NaN and Infinity, which Python alone takes, and for endless nesting."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def is_larger(value: Any, limit: int) -> bool:
    """Whether the value's JSON, compact and in UTF-8, takes more than so many bytes."""
    # In ASCII it never takes fewer, and that is quick to see.
    if len(json.dumps(value, separators=(",", ":"))) <= limit:
        return False
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")) > limit


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
