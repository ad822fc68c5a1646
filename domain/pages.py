"""How many items a page has."""

from domain.errors import Code, ValidationError

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100


def page_size(limit: int | None, *, default: int = DEFAULT_LIMIT) -> int:
    """Returns the wanted number of items of a page. Raises ValidationError for a number outside 1 to 100."""
    size = default if limit is None else limit
    if not 1 <= size <= MAXIMUM_LIMIT:
        raise ValidationError("limit", f"must be 1 to {MAXIMUM_LIMIT}", Code.RANGE, min=1, max=MAXIMUM_LIMIT)
    return size
