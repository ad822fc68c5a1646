"""Gathers the Lambda invocations of one field into few (AppSync Developer Guide, "Resolver reference for Lambda")."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.gateway.lambda_functions import INVOCATION_TYPES, FunctionFailed, InvocationType, Invoke


@dataclass(frozen=True)
class _Invocation:
    payload: Any
    invocation_type: InvocationType
    answer: asyncio.Future[Any]


class Batch:
    """Invocations of one field in one request, gathered until none is coming any more."""

    def __init__(self, invoke: Invoke, function_arn: str, size: int) -> None:
        self._invoke = invoke
        self._function_arn = function_arn
        self._size = size
        self._coming = 0
        self._waiting: list[_Invocation] = []
        self._flushes: set[asyncio.Task[None]] = set()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Within it, resolver code prepares an invocation: the others wait for it."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            self._start_soon()

    async def load(self, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        """This payload's item of the batch's answer. Raises FunctionFailed, as every item of a failed batch does."""
        invocation = _Invocation(payload, invocation_type, asyncio.get_running_loop().create_future())
        self._waiting.append(invocation)
        self._start_soon()
        return await invocation.answer

    def _start_soon(self) -> None:
        # After whatever else the event loop has to do in this round: siblings resolve in one.
        asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        if self._coming:
            return
        waiting, self._waiting = self._waiting, []
        for invocation_type in INVOCATION_TYPES:
            alike = [one for one in waiting if one.invocation_type == invocation_type]
            for start in range(0, len(alike), self._size):
                flush = asyncio.create_task(self._flush(alike[start : start + self._size], invocation_type))
                self._flushes.add(flush)
                flush.add_done_callback(self._flushes.discard)

    async def _flush(self, waiting: Sequence[_Invocation], invocation_type: InvocationType) -> None:
        try:
            answer = await self._invoke(self._function_arn, [one.payload for one in waiting], invocation_type)
            items = [None] * len(waiting) if invocation_type == "Event" else _items(answer, len(waiting))
        except FunctionFailed as fault:
            for one in waiting:
                if not one.answer.done():
                    one.answer.set_exception(fault)
            return
        for item, one in zip(items, waiting, strict=True):
            if not one.answer.done():
                one.answer.set_result(item)


def _items(answer: Any, count: int) -> list[Any]:
    if not isinstance(answer, list) or len(answer) != count:
        message = "The batch's answer must be a list with an item for each of its inputs."
        raise FunctionFailed(message, "Lambda:IllegalArgument")
    return answer
