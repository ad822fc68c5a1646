"""Issues and reads `nextToken`, the position at which the next page of a list starts.

A token holds the position of the last task that a page covers, and a checksum of that position and the query. The
partition to read always comes from the query and never from the token. A forged token therefore only changes the
position in a list that its caller may read anyway, and the checksum needs no secret.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from adapters.list_partitions import Position
from domain.errors import Code, ValidationError
from domain.lists import EVERYTHING, TaskOrder, TaskQuery
from domain.status import EVERY_STATUS

_MAXIMUM_LENGTH = 500  # characters; the longest token that `issue` makes is much shorter
_TIME, _ID = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", r"[A-Za-z0-9_-]{1,100}"
_POSITIONS = {
    TaskOrder.NEWEST_FIRST: (re.compile(_TIME, re.ASCII), re.compile(_ID)),
    TaskOrder.DUE_FIRST: (re.compile(rf"\d{{4}}-\d\d-\d\d#({_TIME})?#{_ID}", re.ASCII),),
}


def issue(query: TaskQuery, position: Position) -> str:
    """Returns the token of the page that starts after the position."""
    return urlsafe_b64encode(json.dumps([*position, _checksum(query, position)]).encode()).decode()


def read(query: TaskQuery, token: str) -> Position:
    """Returns the position that the token holds.

    Raises ValidationError for a malformed token and for one of another query.
    """
    try:
        *position, checksum = json.loads(urlsafe_b64decode(token[:_MAXIMUM_LENGTH].encode("ascii")))
        forms = _POSITIONS[query.order]
        matches = [form.fullmatch(part) for form, part in zip(forms, position, strict=True)]
        if all(matches) and checksum == _checksum(query, tuple(position)):
            return tuple(position)
    except (ValueError, TypeError, RecursionError):
        pass  # A token that is not Base64, JSON or a list of texts is refused below like a foreign token.
    rule = "must be the nextToken of the page before, for the same userId, statuses, filter and orderBy"
    raise ValidationError("nextToken", rule, Code.REFERENCE)


def _checksum(query: TaskQuery, position: Position) -> str:
    # The list of every status has no names, so that its tokens outlive a new status. A list without filter and order
    # has none here either, so that its tokens are those of the versions before.
    statuses = [] if query.statuses == EVERY_STATUS else sorted(query.statuses)
    plain = query.filter == EVERYTHING and query.order is TaskOrder.NEWEST_FIRST
    described = [str(query.user_id), statuses, *position, *([] if plain else [query.order, _description(query)])]
    return sha256(json.dumps(described).encode()).hexdigest()[:16]


def _description(query: TaskQuery) -> list[object]:
    filter_ = query.filter
    days = [day and day.isoformat() for day in (filter_.due_from, filter_.due_to)]
    sets = [sorted(names) for names in (filter_.priorities, filter_.any_label, filter_.all_labels, filter_.no_label)]
    return [*days, *sets, filter_.text]
