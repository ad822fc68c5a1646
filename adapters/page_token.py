"""`nextToken`: where a list goes on, bound to the list that issued it.

A token holds a position (creation time and id of the last task seen) and a checksum over the position and the query.
The partition that is read always comes from the query, never from the token: whoever forges one only moves about in a
list that they may read anyway, so there is no secret to keep.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

from adapters.timestamps import from_text, to_text
from domain.errors import ValidationError
from domain.identifiers import TaskId
from domain.ports import TaskQuery
from domain.task import Task

_MAXIMUM_LENGTH = 500  # characters; the longest that `issue` makes is well below


def issue(query: TaskQuery, last: Task) -> str:
    """The token that goes on after this task."""
    position = [to_text(last.state.created_at), str(last.id)]
    return urlsafe_b64encode(json.dumps([*position, _checksum(query, position)]).encode()).decode()


def read(query: TaskQuery, token: str) -> tuple[datetime, TaskId]:
    """The position in a token of the same query. Raises ValidationError for any other token."""
    try:
        created_at, task_id, checksum = json.loads(urlsafe_b64decode(token[:_MAXIMUM_LENGTH].encode("ascii")))
        if checksum == _checksum(query, [created_at, task_id]):
            return from_text(created_at), TaskId(task_id)
    except (ValueError, TypeError, RecursionError, ValidationError):
        pass  # not Base64, not JSON, not three texts, not a time or an id: refused below, as a foreign token is
    raise ValidationError("nextToken", "must be the nextToken of the page before, for the same userId and statuses")


def _checksum(query: TaskQuery, position: list[str]) -> str:
    return sha256(json.dumps([str(query.user_id), sorted(query.statuses), *position]).encode()).hexdigest()[:16]
