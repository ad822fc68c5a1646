"""Simulates how old events become in the queue, by load and by the processor's concurrency.

`python -m benchmarks.queue_age [--message-seconds 0.1]` prints a table, of which docs/scale.md has some figures. Lambda
starts with five invocations and adds up to 300 a minute, to at most the mapping's maximum concurrency (Lambda Developer
Guide, "Configuring scaling behavior for SQS event source mappings"). An invocation handles its messages one after
another.
"""

import argparse
from collections import deque
from dataclasses import dataclass

LOADS = (100, 1_000, 10_000, 100_000)  # messages a second
CONCURRENCIES = (5, 20, 200, 1_000)
MESSAGE_SECONDS = 0.1
BURST = 600.0  # seconds that the load lasts
_STEP = 0.1  # seconds
_AT_FIRST, _ADDED_PER_SECOND = 5, 300 / 60


@dataclass(frozen=True)
class Outcome:
    """The greatest age of a message, and the time from the end of the load to an empty queue, both in seconds."""

    greatest_age: float
    drained_after: float


def simulated(load: float, concurrency: int, message_seconds: float, burst: float = BURST) -> Outcome:
    """Simulate a steady load that begins on an idle queue and ends after `burst` seconds."""
    waiting: deque[tuple[float, float]] = deque()  # (arrival time, number of messages)
    greatest, now, working = 0.0, 0.0, float(min(_AT_FIRST, concurrency))
    while now < burst or waiting:
        if now < burst:
            waiting.append((now, load * _STEP))
        left = working / message_seconds * _STEP
        while waiting and left > 0:
            came, count = waiting[0]
            taken = min(count, left)
            left -= taken
            waiting.popleft()
            if count > taken:
                waiting.appendleft((came, count - taken))
        if waiting:
            greatest = max(greatest, now + _STEP - waiting[0][0])
            working = min(concurrency, working + _ADDED_PER_SECOND * _STEP)
        now += _STEP
    return Outcome(greatest, max(now - burst, 0.0))


def main() -> None:
    """Print one row per load and one column per concurrency, in Markdown."""
    parser = argparse.ArgumentParser(prog="benchmarks.queue_age", description=__doc__)
    parser.add_argument("--message-seconds", type=float, default=MESSAGE_SECONDS)
    options = parser.parse_args()
    print("| messages a second | " + " | ".join(f"concurrency {number:,}" for number in CONCURRENCIES) + " |")
    print("|---" * (1 + len(CONCURRENCIES)) + "|")
    for load in LOADS:
        outcomes = [simulated(load, concurrency, options.message_seconds) for concurrency in CONCURRENCIES]
        cells = (f"{_time(outcome.greatest_age)}, {_time(outcome.drained_after)}" for outcome in outcomes)
        print(f"| {load:,} | " + " | ".join(cells) + " |")


def _time(seconds: float) -> str:
    if seconds < 1:
        return "0"
    return (
        f"{seconds:.0f} s"
        if seconds < 100
        else f"{seconds / 60:.0f} min"
        if seconds < 6_000
        else f"{seconds / 3600:.0f} h"
    )


if __name__ == "__main__":
    main()
