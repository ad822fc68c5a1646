"""Issues and reads the tokens of the feed of changes: `since` of `taskChanges` and `nextToken` of `taskEvents`.

A token holds times, positions and a checksum of them, of the owner, of what the caller is to the owner, and of the
table. The partition to read always comes from the query, so that a forged token only changes the position in a feed
that its caller may read anyway, and the checksum needs no secret. A token never expires. A table that replaces another
one after a restore has another name; its feed lacks what was recorded after the restored moment, so that it refuses the
tokens of the table before.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from adapters.timestamps import from_text, to_text
from domain.access import ActorKind
from domain.errors import Code, ValidationError
from domain.feed import FeedPosition, Progress
from domain.identifiers import TaskId, UserId

_MAXIMUM_LENGTH = 1500  # characters; the longest token that `of_progress` issues is much shorter


@dataclass(frozen=True, slots=True)
class FeedTokens:
    """The tokens for the feeds in one table."""

    table_name: str

    def of_progress(self, owner: UserId, kind: ActorKind, progress: Progress) -> str:
        """Returns the token with which the next call of `taskChanges` goes on."""
        content = [to_text(progress.until), progress.list_token, *_position(progress.after)]
        return self._issue("changes", owner, kind, content)

    def progress(self, owner: UserId, kind: ActorKind, token: str) -> Progress:
        """Returns the progress that a token holds. Raises ValidationError for a text that is no token of this feed."""
        try:
            until, list_token, *position = self._read("changes", owner, kind, token)
            return Progress(from_text(until), list_token, _position_of(position))
        except _REFUSED as fault:
            rule = "must be a token of taskChanges for the same userId; without it, read everything anew"
            raise ValidationError("since", rule, Code.REFERENCE) from fault

    def of_position(self, owner: UserId, kind: ActorKind, position: FeedPosition) -> str:
        """Returns the token of the page of `taskEvents` after a position."""
        return self._issue("events", owner, kind, _position(position))

    def position(self, owner: UserId, kind: ActorKind, token: str) -> FeedPosition:
        """Returns the position that a token holds. Raises ValidationError for a text that is no token of this feed."""
        try:
            if position := _position_of(self._read("events", owner, kind, token)):
                return position
        except _REFUSED as fault:
            raise ValidationError("nextToken", _NEXT, Code.REFERENCE) from fault
        raise ValidationError("nextToken", _NEXT, Code.REFERENCE)

    def _issue(self, use: str, owner: UserId, kind: ActorKind, content: Sequence[str | None]) -> str:
        text = json.dumps([*content, self._checksum(use, owner, kind, content)], separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode()

    def _read(self, use: str, owner: UserId, kind: ActorKind, token: str) -> list[Any]:
        content: list[Any]
        *content, checksum = json.loads(urlsafe_b64decode(token[:_MAXIMUM_LENGTH].encode("ascii")))
        if checksum != self._checksum(use, owner, kind, content):
            raise ValueError("a token of another feed")
        return content

    def _checksum(self, use: str, owner: UserId, kind: ActorKind, content: Sequence[str | None]) -> str:
        return sha256(json.dumps([self.table_name, use, str(owner), kind, *content]).encode()).hexdigest()[:16]


_NEXT = "must be the nextToken of the page before, for the same userId"
_REFUSED = (ValueError, TypeError, RecursionError, ValidationError)


def _position(position: FeedPosition | None) -> Sequence[str]:
    return [to_text(position.recorded_at), str(position.task_id)] if position else []


def _position_of(content: Sequence[str]) -> FeedPosition | None:
    if not content:
        return None
    recorded_at, task_id = content
    return FeedPosition(from_text(recorded_at), TaskId(task_id))
