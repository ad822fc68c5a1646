"""One user's flood delays others less when messages carry their user as group.

The simulation follows the SQS Developer Guide, "Fair queues": while one group has more messages in flight than others,
the queue returns messages of the other groups first. That SQS does so was read, not run on an account.
"""

from collections import Counter, deque
from dataclasses import dataclass

from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.task_items import task_item
from tests.builders import BORIS, a_created_task

CONSUMERS = 10  # messages in flight
FLOOD = 1_000


@dataclass(frozen=True)
class Waiting:
    group: str | None
    arrived: int


def delays(arrivals: list[list[str | None]]) -> dict[str | None, int]:
    """Returns the longest wait of each group in rounds. Each round handles as many messages as there are consumers."""
    queue: deque[Waiting] = deque()
    longest: Counter[str | None] = Counter()
    now = 0
    while queue or now < len(arrivals):
        queue.extend(Waiting(group, now) for group in (arrivals[now] if now < len(arrivals) else []))
        in_flight: Counter[str | None] = Counter()
        for _ in range(min(CONSUMERS, len(queue))):
            # Without groups, all messages count as one group, and the first message is next.
            message = min(queue, key=lambda each: in_flight[each.group])
            queue.remove(message)
            in_flight[message.group] += 1
            longest[message.group] = max(longest[message.group], now - message.arrived)
        now += 1
    return dict(longest)


def test_every_message_carries_its_user_as_group() -> None:
    item = task_item(a_created_task(user_id=BORIS), write_id="w", correlation_id=None)

    assert message_of({"NewImage": serialize(item)}).group == "boris"


def test_others_do_not_wait_for_the_flood_of_one() -> None:
    flood: list[str | None] = ["anna"] * FLOOD
    later: list[list[str | None]] = [["boris"] for _ in range(20)]

    waits = delays([flood, *later])

    assert waits["boris"] == 0
    assert waits["anna"] >= FLOOD // CONSUMERS - 1


def test_without_groups_everybody_waits_for_it() -> None:
    waits = delays([[None] * FLOOD, [None]])

    assert waits[None] >= FLOOD // CONSUMERS - 1
