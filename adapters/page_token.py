"""Issues and reads `nextToken`, the position at which the next page of a list starts.

A token holds the creation time and the id of the last task of a page, and a checksum of that position and the query.
The partition to read always comes from the query and never from the token. A forged token therefore only changes the
position in a list that its caller may read anyway, and the checksum needs no secret.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

from adapters.timestamps import from_text, to_text
from domain.errors import Code, ValidationError
from domain.identifiers import TaskId
from domain.ports import TaskQuery
from domain.snapshot import TaskSnapshot
from domain.status import EVERY_STATUS

_MAXIMUM_LENGTH = 500  # characters; the longest token that `issue` makes is much shorter


def issue(query: TaskQuery, last: TaskSnapshot) -> str:
    """Returns the token of the page that starts after the task `last`."""
    position = [to_text(last.created_at), str(last.id)]
    return urlsafe_b64encode(json.dumps([*position, _checksum(query, position)]).encode()).decode()


def read(query: TaskQuery, token: str) -> tuple[datetime, TaskId]:
    """Returns the position that the token holds.

    Raises ValidationError for a malformed token and for one of another query.
    """
    try:
        created_at, task_id, checksum, *_ = json.loads(urlsafe_b64decode(token[:_MAXIMUM_LENGTH].encode("ascii")))
        if checksum == _checksum(query, [created_at, task_id]):
            return from_text(created_at), TaskId(task_id)
    except (ValueError, TypeError, RecursionError, ValidationError):
        pass  # A token that is not Base64, JSON, three texts, a time and an id is refused below like a foreign token.
    rule = "must be the nextToken of the page before, for the same userId and statuses"
    raise ValidationError("nextToken", rule, Code.REFERENCE)


def _checksum(query: TaskQuery, position: list[str]) -> str:
    # The list of every status has no names, so that its tokens outlive a new status.
    statuses = [] if query.statuses == EVERY_STATUS else sorted(query.statuses)
    return sha256(json.dumps([str(query.user_id), statuses, *position]).encode()).hexdigest()[:16]
