"""Validates the correlation id, which follows a request from AppSync to the live update."""

import re

_VISIBLE_ASCII = re.compile(r"[!-~]{1,256}")  # X-Ray's trace headers are shorter than 256 (X-Ray Developer Guide)


def as_correlation_id(text: str | None) -> str | None:
    """Returns the text if an HTTP header can carry it, and None for any other text that a caller may have sent."""
    return text if text and _VISIBLE_ASCII.fullmatch(text) else None
