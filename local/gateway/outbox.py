"""What a client has yet to be told: a queue that a slow client cannot make grow without bound."""

import asyncio
from collections import deque

_MAXIMUM_MESSAGES = 1_000
_MAXIMUM_SIZE = 8_000_000  # characters of JSON, which is ASCII: bytes too


class OutboxFull(Exception):
    """The client reads too slowly: more than it may leave unread waits for it."""


class Outbox:
    """Texts in the order they were put."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._size = 0
        self._filled = asyncio.Event()

    def put(self, text: str) -> None:
        """Add a text. Raises OutboxFull."""
        if len(self._waiting) >= _MAXIMUM_MESSAGES or self._size + len(text) > _MAXIMUM_SIZE:
            raise OutboxFull
        self._waiting.append(text)
        self._size += len(text)
        self._filled.set()

    async def get(self) -> str:
        """Take the oldest text, when there is one."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        text = self._waiting.popleft()
        self._size -= len(text)
        return text

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._size = 0
