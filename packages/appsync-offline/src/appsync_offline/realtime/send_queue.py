"""A bounded queue of outgoing messages for one client, so that a slow client cannot exhaust memory."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocketDisconnect

_MAXIMUM_MESSAGES = 1_000
_MAXIMUM_SIZE = 8_000_000  # characters of JSON; the JSON is ASCII, so this is also bytes


class QueueFull(Exception):
    """The client reads too slowly: the queue has reached its limit."""


class SendQueue:
    """Sends texts in order. The sending task exists only while texts wait, because most connections are idle."""

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: deque[str] | None = None
        self._size = 0
        self._sending: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        """Queue a text for sending. Raises QueueFull."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = deque()
            self._sending = asyncio.create_task(self._drain(waiting))
        if len(waiting) >= _MAXIMUM_MESSAGES or self._size + len(text) > _MAXIMUM_SIZE:
            raise QueueFull
        waiting.append(text)
        self._size += len(text)

    async def close(self) -> None:
        """Stop sending and discard the waiting texts."""
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
            return  # the client is gone; the reading task ends the connection, and later texts are never sent
        self._waiting = self._sending = None
