"""Limits the AWS calls of an invocation to the time that is left, so that it answers before Lambda ends it."""

from math import inf
from time import monotonic

# All times are in seconds. An attempt starts only while there is time for the attempt, the pause after it and the
# answer. ATTEMPT is the sum of the timeouts in adapters/clients.py (1 to connect, 2 to read). PAUSE is the longer of
# the two pauses of botocore's standard retries (up to 1 and up to 2 when throttled).
ATTEMPT, PAUSE, ANSWER = 3.0, 2.0, 0.5


class OutOfTime(Exception):
    """The invocation has no time left for another attempt of a call."""


class TimeBudget:
    """The time left for AWS calls. Nothing is limited before `start`.

    One budget serves the whole process, because a Lambda process runs one invocation at a time.
    """

    def __init__(self) -> None:
        self._ends: float | None = None

    def start(self, remaining_milliseconds: int) -> None:
        """Start the budget of a new invocation, which has `remaining_milliseconds` left."""
        self._ends = monotonic() + remaining_milliseconds / 1000

    def remaining(self) -> float:
        """Returns the seconds that are left, which are infinite before `start`."""
        return inf if self._ends is None else self._ends - monotonic()

    def check(self, **_: object) -> None:
        """Handle botocore's event `before-send`, which precedes each attempt. Raises OutOfTime."""
        if self.remaining() < ATTEMPT + PAUSE + ANSWER:
            raise OutOfTime("The invocation has no time left for another attempt.")
