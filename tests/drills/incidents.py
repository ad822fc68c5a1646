"""The incidents of `make drill`: what happens, who tells the operator, and what the runbook's pages do about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.history_items import history_key
from adapters.indexes import create_table_request
from adapters.items import Item, serialize
from adapters.statistics_items import statistics_key
from domain.identifiers import TaskId, UserId
from tests.drills.world import NotWhole, World

RESTORE_TASKS = "restore.md#single-tasks-or-all-tasks-of-a-user"
POISON = '{"source": "orders-api", "version": 7}'

Facts = Mapping[str, Any]
"""What the cause left for the repair: ids, times, files."""


@dataclass(frozen=True)
class Incident:
    """An incident. `signal` names the alarm or the person that tells, `page` the anchor of the page that helps.

    `cause` makes it happen and returns what a repair needs to know. `repair` runs the page's commands. `heals` says
    that the product repairs itself, so that an operator only checks. `is_consistent` says that only a person notices:
    histories, statistics and copies agree with each other.
    """

    signal: str
    page: str
    cause: Callable[[World], Facts]
    repair: Callable[[World, Facts], None]
    heals: bool = False
    is_consistent: bool = False

    @property
    def summary(self) -> str:
        """What happens, in one sentence."""
        return (self.cause.__doc__ or "").partition("\n")[0]


def processor_stopped(world: World) -> Facts:
    """Somebody disabled the processor's event source mapping, and changes wait in its queue."""
    world.reads("processor", enabled=False)
    world.works()
    return {}


def relay_stopped(world: World) -> Facts:
    """Somebody disabled the relay's event source mapping, and changes wait in the stream."""
    world.reads("relay", enabled=False)
    world.works()
    return {}


def enable(function: str) -> Callable[[World, Facts], None]:
    return lambda world, _: world.reads(function, enabled=True)


def poison_message(world: World) -> Facts:
    """Another product's messages are among the dead letters."""
    world.works(2)
    world.send(world.processor.dead_letters, [POISON, "not JSON"])
    return {}


def delete_unreadable(world: World, _: Facts) -> None:
    world.operate("redrive", "--inspect")
    world.operate("redrive", "--unreadable", "--delete")


def dead_letters(world: World) -> Facts:
    """Changes failed ten times and became dead letters."""
    world.send(world.processor.dead_letters, world.messages_of(world.works))
    return {}


def undelivered(world: World) -> Facts:
    """SNS could not deliver changes to the processor's queue."""
    assert world.processor.undelivered
    world.send(world.processor.undelivered, world.messages_of(world.works))
    return {}


def redrive(world: World, _: Facts) -> None:
    world.operate("redrive", "--inspect")
    world.operate("redrive")


def letters_of_one_user(world: World) -> Facts:
    """Among foreign letters are those of one user, whose changes must come first."""
    world.send(world.processor.dead_letters, [POISON, *world.messages_of(world.works)])
    return {"user": world.user}


def redrive_one_user(world: World, facts: Facts) -> None:
    world.operate("redrive", "--user", facts["user"])
    world.operate("redrive", "--unreadable", "--delete")


def parked_record(world: World) -> Facts:
    """The relay could not read a stream record and parked it; a deployment has brought the fix."""
    (task_id,) = world.works(1)
    world.becomes_whole()
    world.messages_of(lambda: world.changes("completeTask", task_id))
    world.topic_copy.forget_waiting()
    image = serialize(world.task_item(task_id))
    record = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1" * 21, "NewImage": image}}
    world.sqs.send_message(QueueUrl=world.deployed.unrelayed, MessageBody=json.dumps(record))
    return {}


def replay_parked(world: World, _: Facts) -> None:
    world.operate("replay", "--parked")


def lost_messages(world: World) -> Facts:
    """An outage behind the stream lost all messages of some minutes, for every subscriber."""
    first = world.creates("The first of the hour")
    world.messages_of(world.works)
    world.topic_copy.forget_waiting()
    return {"since": first["createdAt"]}


def replay_since(world: World, facts: Facts) -> None:
    world.operate("replay", "--since", facts["since"])


def lost_changes_of_a_task(world: World) -> Facts:
    """The last change of a task is in no history and reached no subscriber, and the stream no longer holds it."""
    (task_id,) = world.works(1)
    world.becomes_whole()
    world.messages_of(lambda: world.changes("cancelTask", task_id))
    world.topic_copy.forget_waiting()
    return {"task": task_id}


def replay_task(world: World, facts: Facts) -> None:
    world.operate("rebuild-projections")
    world.operate("replay", "--task", facts["task"])


def wrong_statistics(world: World) -> Facts:
    """A script wrote wrong numbers into the statistics of a user."""
    world.works()
    world.becomes_whole()
    world.put(statistics(world) | {"PENDING": 7, "COMPLETED": -4})
    return {}


def damaged_statistics(world: World) -> Facts:
    """The statistics item of a user holds a text where a number was, and the user goes on working."""
    world.works()
    world.becomes_whole()
    world.put(statistics(world) | {"COMPLETED": "many"})
    world.works(2)
    return {}


def lost_history(world: World) -> Facts:
    """The latest entries of two histories were deleted by hand."""
    ids = world.works(2)
    world.becomes_whole()
    for task_id in ids:
        version = int(world.task_item(task_id)["Version"])
        world.delete(history_key(TaskId(task_id), version))
    return {}


def rebuild(world: World, _: Facts) -> None:
    world.operate("rebuild-projections", "--report-only", expects=1)
    world.operate("rebuild-projections")


def replayed_twice(world: World) -> Facts:
    """An operator replayed the same hour twice."""
    first = world.creates("The first of the hour")
    world.works()
    world.becomes_whole()
    for _ in range(2):
        world.operate("replay", "--since", first["createdAt"])
    return {}


def processor_killed(world: World) -> Facts:
    """Every worker of the embedded cloud that runs a Lambda is killed while changes are on their way."""
    # A killed worker's messages return after the timeout with which they were received, which is minutes otherwise.
    timeouts = {}
    for queue in [consumer.queue for consumer in world.deployed.consumers]:
        attributes = world.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
        timeouts[queue] = attributes["VisibilityTimeout"]
        world.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "10"})
    world.works(8)
    world.platform.kill_workers()
    return {"timeouts": timeouts}


def nothing(world: World, facts: Facts) -> None:
    """The product repairs itself. The queues' visibility timeouts go back to those of the stack."""
    for queue, timeout in facts.get("timeouts", {}).items():
        world.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": timeout})


def deleted_tasks(world: World) -> Facts:
    """A user deleted all tasks by mistake; the table of an hour ago was restored beside the present one."""
    ids = world.works()
    world.becomes_whole()
    backup = f"backup-{world.user}"
    world.dynamodb.create_table(**create_table_request(backup))
    for item in world.scan():
        if item.get("UserId") == world.user:
            world.put(item, backup)
    before = {title for _, _, title in world.tasks(own=True).values()}
    for task_id in ids:
        world.changes("deleteTask", task_id)
    return {"backup": backup, "titles": before}


def restore_from_table(world: World, facts: Facts) -> None:
    world.operate("restore-tasks", "--from-table", facts["backup"], "--user", world.user)
    world.dynamodb.delete_table(TableName=facts["backup"])
    world.records_all()
    world.operate("rebuild-projections")
    same_titles(world, facts)


def overwritten_tasks(world: World) -> Facts:
    """A script gave every task of a user another title; an export of the user exists."""
    ids = world.works()
    world.becomes_whole()
    folder = TemporaryDirectory()
    file = Path(folder.name) / "export.json"
    world.operate("export-user", "--user", world.user, "--output", str(file))
    before = {title for _, _, title in world.tasks(own=True).values()}
    for task_id in ids[::2]:  # the others are completed
        world.edits(task_id, "Overwritten")
    return {"file": file, "folder": folder, "titles": before}


def restore_from_file(world: World, facts: Facts) -> None:
    world.operate("restore-tasks", "--from-file", str(facts["file"]))
    facts["folder"].cleanup()
    same_titles(world, facts)


def same_titles(world: World, facts: Facts) -> None:
    titles = {title for _, _, title in world.tasks(own=True).values()}
    if titles != facts["titles"]:
        raise NotWhole(f"the tasks are {sorted(titles)} and were {sorted(facts['titles'])}")


def erasure_in_transit(world: World) -> Facts:
    """A person must be erased while the relay is stopped and one of their changes is a dead letter."""
    world.send(world.processor.dead_letters, world.messages_of(lambda: world.works(1)))
    world.reads("relay", enabled=False)
    world.works(2)
    return {}


def erase(world: World, _: Facts) -> None:
    world.operate("erase-user", "--user", world.user, "--patience", "3", "--grace", "1", expects=1)
    world.reads("relay", enabled=True)
    world.platform.advance()
    world.operate("erase-user", "--user", world.user, "--patience", "60", "--grace", "2")
    nothing_is_left(world)


def erased_person_back(world: World) -> Facts:
    """An old copy of the table was put back, and with it a person who had been erased."""
    world.works(2)
    world.becomes_whole()
    copies = [item for item in world.scan() if world.user in (item.get("UserId"), str(item["PK"])[5:])]
    world.operate("erase-user", "--user", world.user, "--grace", "1")
    for item in copies:
        world.put(item)
    return {}


def erase_again(world: World, _: Facts) -> None:
    world.operate("erase-again", "--report-only", expects=1)
    world.operate("erase-again")
    nothing_is_left(world)


def nothing_is_left(world: World) -> None:
    if places := world.everything_about(world.user):
        raise NotWhole(f"{world.user} is still named by {places}")


def statistics(world: World) -> Item:
    return world.item(statistics_key(UserId(world.user)))


INCIDENTS: Mapping[str, Incident] = {
    "processor-stopped": Incident(
        "Processor-Queue-Message-Age-Max", "alarms.md#waiting-changes", processor_stopped, enable("processor")
    ),
    "relay-stopped": Incident("Relay-Iterator-Age-Max", "alarms.md#publishing-stops", relay_stopped, enable("relay")),
    "poison-message": Incident(
        "Processor-DLQ-Queue-Message-Count-Max", "repairs.md#dead-letters", poison_message, delete_unreadable
    ),
    "dead-letters": Incident("Processor-DLQ-Queue-Message-Count-Max", "repairs.md#dead-letters", dead_letters, redrive),
    "undelivered": Incident(
        "Processor-Undelivered-Queue-Message-Count-Max", "repairs.md#dead-letters", undelivered, redrive
    ),
    "letters-of-one-user": Incident(
        "Processor-DLQ-Queue-Message-Count-Max", "repairs.md#dead-letters", letters_of_one_user, redrive_one_user
    ),
    "parked-record": Incident(
        "Unrelayed-Queue-Message-Count-Max", "repairs.md#stuck-stream-shard-and-replay", parked_record, replay_parked
    ),
    "lost-messages": Incident("Page-Events", "repairs.md#stuck-stream-shard-and-replay", lost_messages, replay_since),
    "lost-changes-of-a-task": Incident(
        "a user", "repairs.md#stuck-stream-shard-and-replay", lost_changes_of_a_task, replay_task
    ),
    "wrong-statistics": Incident("a user", "repairs.md#rebuild-the-statistics", wrong_statistics, rebuild),
    "damaged-statistics": Incident(
        "the processor's log", "repairs.md#rebuild-the-statistics", damaged_statistics, rebuild
    ),
    "lost-history": Incident("a user", "repairs.md#rebuild-the-statistics", lost_history, rebuild),
    "replayed-twice": Incident(
        "the operator", "repairs.md#stuck-stream-shard-and-replay", replayed_twice, nothing, heals=True
    ),
    "processor-killed": Incident(
        "Processor-Fault-Count", "alarms.md#failing-lambda", processor_killed, nothing, heals=True
    ),
    "deleted-tasks": Incident(
        "a user",
        "restore.md#single-tasks-or-all-tasks-of-a-user",
        deleted_tasks,
        restore_from_table,
        is_consistent=True,
    ),
    "overwritten-tasks": Incident(
        "a user",
        "restore.md#single-tasks-or-all-tasks-of-a-user",
        overwritten_tasks,
        restore_from_file,
        is_consistent=True,
    ),
    "erasure-in-transit": Incident("a request", "personal-data.md#what-an-erasure-does", erasure_in_transit, erase),
    "erased-person-back": Incident("the operator", "personal-data.md#after-a-restore", erased_person_back, erase_again),
}
