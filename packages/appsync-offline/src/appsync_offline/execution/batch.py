"""Batches the Lambda invocations of one field (AppSync Developer Guide, "Resolver reference for Lambda")."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from appsync_offline.back_ends.lambda_functions import INVOCATION_TYPES, FunctionFailed, InvocationType, Invoke


@dataclass(frozen=True)
class _Invocation:
    payload: Any
    invocation_type: InvocationType
    answer: asyncio.Future[Any]


class Batch:
    """Collects the invocations of one field in one request until no resolver is preparing another one."""

    def __init__(self, invoke: Invoke, function_arn: str, size: int) -> None:
        self._invoke = invoke
        self._function_arn = function_arn
        self._size = size
        self._coming = 0
        self._waiting: list[_Invocation] = []
        self._flushes: set[asyncio.Task[None]] = set()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Marks that resolver code is preparing an invocation. The batch waits until the context ends."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            self._start_soon()

    async def load(self, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        """Returns this payload's item of the batch's answer. Raises FunctionFailed when the whole batch failed."""
        invocation = _Invocation(payload, invocation_type, asyncio.get_running_loop().create_future())
        self._waiting.append(invocation)
        self._start_soon()
        return await invocation.answer

    def _start_soon(self) -> None:
        # The event loop starts the batch after its current round, because sibling fields resolve in the same round.
        asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        if self._coming:
            return
        waiting, self._waiting = self._waiting, []
        for invocation_type in INVOCATION_TYPES:
            alike = [invocation for invocation in waiting if invocation.invocation_type == invocation_type]
            for start in range(0, len(alike), self._size):
                flush = asyncio.create_task(self._flush(alike[start : start + self._size], invocation_type))
                self._flushes.add(flush)
                flush.add_done_callback(self._flushes.discard)

    async def _flush(self, waiting: Sequence[_Invocation], invocation_type: InvocationType) -> None:
        try:
            answer = await self._invoke(
                self._function_arn, [invocation.payload for invocation in waiting], invocation_type
            )
            items = [None] * len(waiting) if invocation_type == "Event" else _items(answer, len(waiting))
        except FunctionFailed as fault:
            for invocation in waiting:
                if not invocation.answer.done():
                    invocation.answer.set_exception(fault)
            return
        for item, invocation in zip(items, waiting, strict=True):
            if not invocation.answer.done():
                invocation.answer.set_result(item)


def _items(answer: Any, count: int) -> list[Any]:
    if not isinstance(answer, list) or len(answer) != count:
        message = "The batch's answer must be a list with an item for each of its inputs."
        raise FunctionFailed(message, "Lambda:IllegalArgument")
    return answer
