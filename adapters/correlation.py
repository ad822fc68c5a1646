"""The id that follows a request from AppSync to the live update."""

import re

_VISIBLE_ASCII = re.compile(r"[!-~]{1,256}")  # X-Ray's trace headers are shorter (X-Ray Developer Guide)


def as_correlation_id(text: str | None) -> str | None:
    """The text, if it can go on as an HTTP header; None for anything else that a caller may have sent."""
    return text if text and _VISIBLE_ASCII.fullmatch(text) else None
