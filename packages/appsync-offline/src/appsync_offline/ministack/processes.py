"""Paces the starts of a Lambda function's processes in the embedded cloud.

MiniStack 1.5 starts a process for every invocation that finds none free, and unpacks the function's code for each in
its own process. On two cores one start takes a second; 16 at once take 15 or more, and all their callers wait as long.
When a process dies while it starts, MiniStack ends the function's other processes and deletes their code, also of those
that are starting (`services/lambda_svc.py`, at "Warm worker execution error"). So 16 seldom came up between two deaths.
"""

import asyncio
import contextlib
import enum
from dataclasses import dataclass


class Process(enum.Enum):
    """What the end of an invocation tells about its process."""

    UP = "it answered and is free again"
    DIED = "it died, perhaps not alone"
    ALL_DIED = "it died before it had the event, so that the embedded cloud ended the function's other processes"
    UNKNOWN = "nothing"


@dataclass(eq=False)
class Turn:
    """One invocation. `alone` tells whether no other invocation of the function has run at the same time."""

    alone: bool


@dataclass
class _Pending:
    """What ends with the last of some invocations: the start of a process, or, without `gain`, what a death left.

    `turn` is the invocation that was let through to start a process.
    """

    awaited: set[Turn]
    turn: Turn | None = None
    gain: int = 0


class Processes:
    """The processes of one function, as far as the ends of its invocations tell.

    An invocation runs at once if a process is known to be free. Otherwise it may start one, but only one process starts
    at a time, and none before those that died with it have been reported. A start cannot be told from the handler's own
    work, and a handler may call its own function: after `patience` seconds the next start begins beside the first.
    At most `at_most` invocations run at once.
    """

    def __init__(self, *, at_most: int, patience: float) -> None:
        self._at_most = at_most
        self._patience = patience
        self._queue = asyncio.Lock()  # its holder is the next to run, and waits for `_ended`
        self._ended = asyncio.Event()
        self._running: set[Turn] = set()
        self._up = 0
        self._pending: list[_Pending] = []
        self._since = 0.0  # when the newest of the pending began

    async def turn(self) -> Turn:
        """Return when an invocation may run: first come, first served. The caller must call `end` with the turn."""
        async with self._queue:
            while not (self._has_free() or self._may_start()):
                self._ended.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(self._next_start()):
                        await self._ended.wait()
            turn = Turn(alone=not self._running)
            for other in self._running:
                other.alone = False
            if not self._has_free():
                self._await(_Pending({turn}, turn, gain=1))
            self._running.add(turn)
            return turn

    def end(self, turn: Turn, process: Process) -> None:
        """Note that the invocation has ended, and what became of its process."""
        self._running.remove(turn)
        if process in {Process.DIED, Process.ALL_DIED}:
            self._up = 0
        if process is Process.ALL_DIED:
            self._pending.clear()
            self._await(_Pending(set(self._running)))
        for pending in self._pending:
            pending.awaited.discard(turn)
            if pending.turn is turn:
                # It may have found a process that became free meanwhile, and one of the others starts the new one.
                pending.turn, pending.awaited = None, set(self._running)
                pending.gain = int(process is Process.UP)
        self._up += sum(pending.gain for pending in self._pending if not pending.awaited)
        self._pending = [pending for pending in self._pending if pending.awaited]
        self._ended.set()

    def _await(self, pending: _Pending) -> None:
        self._pending.append(pending)
        self._since = asyncio.get_running_loop().time()

    def _has_free(self) -> bool:
        starting = sum(pending.gain for pending in self._pending)
        return len(self._running) - starting < self._up

    def _may_start(self) -> bool:
        next_start = self._next_start()
        return next_start is not None and asyncio.get_running_loop().time() >= next_start

    def _next_start(self) -> float | None:
        """Returns the time from which a process may start; None while too many invocations run."""
        if len(self._running) >= self._at_most:
            return None
        return self._since + self._patience if self._pending else 0
