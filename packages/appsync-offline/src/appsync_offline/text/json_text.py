"""Parses JSON strictly (RFC 8259) and compares the size of a value's JSON with a limit."""

import json
from typing import Any, NoReturn


def parse_json(text: str | bytes) -> Any:
    """Returns the value. Raises ValueError for invalid JSON, for NaN and Infinity, and for too deep a nesting."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def is_larger(value: Any, limit: int) -> bool:
    """Returns whether the value's compact UTF-8 JSON is larger than `limit` bytes."""
    # The ASCII form is never shorter than the UTF-8 form, so its cheaper length is compared first.
    if len(json.dumps(value, separators=(",", ":"))) <= limit:
        return False
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")) > limit


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
