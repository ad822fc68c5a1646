"""The rules of lists."""

from domain.errors import Code, ValidationError

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100


def valid_limit(limit: int) -> int:
    """Returns the size of a page. Raises ValidationError."""
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise ValidationError("limit", f"must be 1 to {MAXIMUM_LIMIT}", Code.RANGE, min=1, max=MAXIMUM_LIMIT)
    return limit
