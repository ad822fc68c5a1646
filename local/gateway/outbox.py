"""What a client has yet to be told: a queue that a slow client cannot make grow without bound."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocketDisconnect

_MAXIMUM_MESSAGES = 1_000
_MAXIMUM_SIZE = 8_000_000  # characters of JSON, which is ASCII: bytes too


class OutboxFull(Exception):
    """The client reads too slowly: more than it may leave unread waits for it."""


class Outbox:
    """Sends texts in the order they were put. The task that sends them lives only while some wait: most are idle."""

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: deque[str] | None = None
        self._size = 0
        self._sending: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        """Send a text soon. Raises OutboxFull."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = deque()
            self._sending = asyncio.create_task(self._drain(waiting))
        if len(waiting) >= _MAXIMUM_MESSAGES or self._size + len(text) > _MAXIMUM_SIZE:
            raise OutboxFull
        waiting.append(text)
        self._size += len(text)

    async def close(self) -> None:
        """Forget what waits."""
        if self._sending:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        self._size = 0

    async def _drain(self, waiting: deque[str]) -> None:
        try:
            while waiting:
                text = waiting.popleft()
                self._size -= len(text)
                await self._send(text)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client is gone: who reads from it hears of that too, and more that is put only waits
        self._waiting = self._sending = None
