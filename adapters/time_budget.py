"""How long the running invocation may still call AWS, so that it can answer before Lambda ends it."""

from time import monotonic

# Seconds. An attempt begins while there is time for it, for the pause after it and for an answer: the timeouts of
# adapters/clients.py (1 to connect, 2 to read), the longest of the two pauses that botocore's standard retries make
# (throttled: up to 1 and up to 2), and half a second.
ATTEMPT, PAUSE, ANSWER = 3.0, 2.0, 0.5


class OutOfTime(Exception):
    """There is no time left for another attempt of a call."""


class TimeBudget:
    """One of a process, because a process of Lambda runs one invocation at a time. Nothing is bounded until `start`."""

    def __init__(self) -> None:
        self._ends: float | None = None

    def start(self, remaining_milliseconds: int) -> None:
        """A new invocation with so much time left begins."""
        self._ends = monotonic() + remaining_milliseconds / 1000

    def check(self, **_: object) -> None:
        """Handles botocore's event `before-send`, which precedes each attempt. Raises OutOfTime."""
        if self._ends is not None and self._ends - monotonic() < ATTEMPT + PAUSE + ANSWER:
            raise OutOfTime("The invocation has no time left for another attempt.")
