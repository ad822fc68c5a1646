"""Lists tell the truth: the union of their pages is what a search of all tasks finds, in order, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize
from adapters.task_items import task_key
from domain.errors import ValidationError
from domain.identifiers import TaskId
from domain.lists import EVERYTHING, TaskFilter, TaskOrder, TaskQuery
from domain.planning import TaskDue, TaskPriority
from domain.snapshot import TaskSnapshot
from domain.status import EVERY_STATUS, OPEN_STATUSES, TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, NOON, a_task, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_FIRST = TaskOrder.DUE_FIRST
PENDING, COMPLETED, CANCELLED = TaskStatus.PENDING, TaskStatus.COMPLETED, TaskStatus.CANCELLED
LABELS = ["garden", "home", "office"]
DUES = [
    None,
    TaskDue.of("2026-12-01", None, None),
    TaskDue.of("2026-12-02", None, None),
    TaskDue.of(None, "2026-12-01T08:00:00Z", "UTC"),
    TaskDue.of(None, "2026-12-01T18:00:00Z", "Asia/Tokyo"),  # its day is December 2
]


@pytest.fixture
def tasks(dynamodb: DynamoDBClient) -> DynamoDBTasks:
    return DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: None)


def stored(tasks: DynamoDBTasks, **values: Any) -> Task:
    """Store a task as another version of the code could have stored it, without events."""
    created = a_task(**values)
    task = replace(created, state=replace(created.state, version=0))
    task.move(created.state.rank, created.state.updated_at)
    tasks.add(task)
    return task


def pages(
    tasks: DynamoDBTasks, query: TaskQuery, limit: int, meanwhile: Callable[[], object] = lambda: None
) -> list[list[TaskSnapshot]]:
    """Returns the tasks of all pages. `meanwhile` runs between them."""
    token, read = None, list[list[TaskSnapshot]]()
    while True:
        page = tasks.list(query, limit, token)
        read.append(list(page.tasks))
        token = page.next_token
        if token is None:
            return read
        meanwhile()


def titles(snapshots: Sequence[TaskSnapshot]) -> list[str]:
    return [task.title for task in snapshots]


def test_a_filtered_page_is_full_although_few_tasks_match(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    for n in range(60):
        stored(tasks, title=str(n), created_at=later(n), labels=("home",) if n % 10 == 0 else ())
    query = TaskQuery(ANNA, frozenset({TaskStatus.PENDING}), TaskFilter.of(any_label=["home"]))

    read = pages(tasks, query, 4)

    assert [titles(page) for page in read] == [["50", "40", "30", "20"], ["10", "0"]]


def test_a_filtered_page_is_one_query(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(30):
        stored(tasks, title=str(n), created_at=later(n), priority=TaskPriority.LOW if n else TaskPriority.HIGH)
    requests = queries_of(dynamodb, monkeypatch)

    page = tasks.list(
        TaskQuery(ANNA, frozenset({TaskStatus.PENDING}), TaskFilter.of(priorities=[TaskPriority.HIGH])), 20, None
    )

    assert (titles(page.tasks), len(requests)) == (["0"], 1)


def queries_of(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, *, cut: int | None = None) -> list[Any]:
    """Returns the list of Query requests. With `cut`, unlimited ones end after that many items, as after 1 MB."""
    requests = list[Any]()
    query = dynamodb.query

    def recorded(**request: Any) -> Any:
        requests.append(request)
        return query(**({"Limit": cut} if cut else {}) | request)

    monkeypatch.setattr(dynamodb, "query", recorded)
    return requests


def test_a_page_that_read_one_megabyte_is_short_or_empty_and_its_token_continues(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        stored(tasks, title=str(n), created_at=later(n), labels=("home",) if n in {1, 11} else ())
    requests = queries_of(dynamodb, monkeypatch, cut=4)

    read = pages(tasks, TaskQuery(ANNA, filter=TaskFilter.of(all_labels=["home"])), 5)

    assert [titles(page) for page in read] == [["11"], [], [], ["1"]]
    assert len(requests) == len(read)


def test_tasks_of_one_millisecond_that_fill_a_megabyte_do_not_stop_a_list(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"task-{n:02}" for n in range(9)]
    for task_id in ids:
        stored(tasks, task_id=TaskId(task_id), title=task_id, labels=("home",))
    queries_of(dynamodb, monkeypatch, cut=2)

    read = pages(tasks, TaskQuery(ANNA, filter=TaskFilter.of(any_label=["home"])), 4)

    assert [title for page in read for title in titles(page)] == ids[::-1]


def test_open_tasks_are_listed_by_day_whole_days_first_and_then_by_moment(tasks: DynamoDBTasks) -> None:
    for n, due in enumerate(DUES):
        stored(tasks, title=str(n), due=due)
    stored(tasks, title="closed", due=DUES[1], status=TaskStatus.CANCELLED)
    stored(tasks, title="another owner's", due=DUES[1], user_id=BORIS)
    query = TaskQuery(ANNA, OPEN_STATUSES, order=DUE_FIRST)

    assert titles(tasks.list(query, 10, None).tasks) == ["1", "3", "2", "4"]
    assert [titles(page) for page in pages(tasks, query, 3)] == [["1", "3", "2"], ["4"]]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-12-02", None, ["2", "4"]),
        (None, "2026-12-01", ["1", "3"]),
        ("2026-12-01", "2026-12-01", ["1", "3"]),
        ("2026-12-03", "2026-12-31", []),
    ],
)
def test_a_range_of_days_is_read_from_the_index_alone(
    tasks: DynamoDBTasks,
    dynamodb: DynamoDBClient,
    monkeypatch: pytest.MonkeyPatch,
    start: str | None,
    end: str | None,
    expected: list[str],
) -> None:
    for n, due in enumerate(DUES):
        stored(tasks, title=str(n), due=due)
    requests = queries_of(dynamodb, monkeypatch)
    query = TaskQuery(ANNA, OPEN_STATUSES, TaskFilter.of(due_from=start, due_to=end), DUE_FIRST)

    read = [titles(page) for page in pages(tasks, query, 1)]

    assert [title for page in read for title in page] == expected
    assert len(requests) == len(read)
    assert all("#sort" in request["ExpressionAttributeNames"] for request in requests)


def test_many_tasks_of_one_day_take_one_query_a_page(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(25):
        stored(tasks, due=DUES[1])
    requests = queries_of(dynamodb, monkeypatch)

    read = pages(tasks, TaskQuery(ANNA, OPEN_STATUSES, order=DUE_FIRST), 10)

    assert [len(page) for page in read] == [10, 10, 5]
    assert [request["Limit"] for request in requests] == [11, 12, 12]


def test_the_due_order_follows_the_tasks(tasks: DynamoDBTasks) -> None:
    task = stored(tasks, due=DUES[1])
    query = TaskQuery(ANNA, OPEN_STATUSES, order=DUE_FIRST)

    def listed_after(change: Callable[[], object]) -> bool:
        change()
        tasks.save(task)
        return bool(tasks.list(query, 1, None).tasks)

    assert listed_after(lambda: task.start(later(1)))
    assert not listed_after(lambda: task.complete(later(2)))
    assert listed_after(lambda: task.reopen(later(3)))
    assert not listed_after(lambda: task.edit(later(4), clear=["due"]))
    assert listed_after(lambda: task.edit(later(5), due=DUES[2]))
    assert not listed_after(lambda: task.delete(later(6)))


def test_a_task_that_code_without_the_due_order_changed_stops_no_list(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    closed, cleared, other = (stored(tasks, title=title, due=DUES[1]) for title in ("closed", "cleared", "other"))
    values = {"Status": {"S": "COMPLETED"}, "Due": {"S": ""}}
    for task, name in ((closed, "Status"), (cleared, "Due")):
        dynamodb.update_item(  # as the code of an earlier version, which keeps OpenDue as it is
            TableName=TABLE_NAME,
            Key=serialize(task_key(task.id)),
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": values[name]},
        )

    read = pages(tasks, TaskQuery(ANNA, OPEN_STATUSES, order=DUE_FIRST), 1)

    assert [task for page in read for task in page] == [other.state]


def test_a_token_belongs_to_its_filter_and_its_order(tasks: DynamoDBTasks) -> None:
    for _ in range(3):
        stored(tasks, due=DUES[1], labels=("home",))
    wanted = TaskQuery(ANNA, OPEN_STATUSES, TaskFilter.of(any_label=["home"]), DUE_FIRST)
    token = tasks.list(wanted, 1, None).next_token
    assert token

    for other in (
        replace(wanted, filter=EVERYTHING),
        replace(wanted, filter=TaskFilter.of(any_label=["home", "office"])),
        replace(wanted, filter=TaskFilter.of(all_labels=["home"])),
        replace(wanted, order=TaskOrder.NEWEST_FIRST),
        replace(wanted, statuses=frozenset({TaskStatus.PENDING})),
        replace(wanted, user_id=BORIS),
    ):
        with pytest.raises(ValidationError) as refusal:
            tasks.list(other, 1, token)
        assert refusal.value.info["field"] == "nextToken"
    assert len(tasks.list(wanted, 1, token).tasks) == 1


some_tasks = st.lists(
    st.fixed_dictionaries(
        {
            "created_at": st.integers(0, 6).map(lambda n: NOON + timedelta(milliseconds=n)),
            "status": st.sampled_from([PENDING, PENDING, TaskStatus.IN_PROGRESS, COMPLETED, CANCELLED]),
            "due": st.sampled_from(DUES),
            "priority": st.sampled_from(TaskPriority),
            "labels": st.sets(st.sampled_from(LABELS)).map(lambda labels: tuple(sorted(labels))),
            "title": st.sampled_from(["Pay the rent", "Crème brûlée", "Call Ana"]),
            "user_id": st.sampled_from([ANNA, ANNA, ANNA, BORIS]),
        }
    ),
    min_size=5,
    max_size=12,
)
# Each filter has one or two conditions, so that some tasks match and some do not.
label_sets = st.sets(st.sampled_from(LABELS), min_size=1, max_size=2)
conditions: Sequence[st.SearchStrategy[dict[str, Any]]] = [
    st.fixed_dictionaries({"due_from": st.sampled_from(["2026-12-01", "2026-12-02"])}),
    st.fixed_dictionaries({"due_to": st.sampled_from(["2026-12-02", "2026-12-03"])}),
    st.fixed_dictionaries({"priorities": st.sets(st.sampled_from(TaskPriority), min_size=2)}),
    st.fixed_dictionaries({"any_label": label_sets}),
    st.fixed_dictionaries({"all_labels": label_sets}),
    st.fixed_dictionaries({"no_label": label_sets}),
    st.fixed_dictionaries({"text": st.sampled_from(["creme", "AN", "re"])}),
]
one_condition = st.one_of(conditions)
filters = st.builds(lambda first, other: TaskFilter.of(**first | other), one_condition, one_condition | st.just({}))
filters |= st.just(EVERYTHING)
orders = st.sampled_from(TaskOrder)
status_sets = st.sampled_from(
    [EVERY_STATUS, OPEN_STATUSES, frozenset({PENDING}), frozenset({PENDING, COMPLETED, CANCELLED})]
)
changes = st.lists(
    st.tuples(
        st.sampled_from(["create", "delete", "complete", "start", "reopen", "label", "move"]), st.integers(0, 11)
    ),
    max_size=8,
)


@dataclass
class World:
    """The tasks of a run, which other writers change while pages are read."""

    tasks: DynamoDBTasks
    known: list[Task]
    changes: list[tuple[str, int]]
    touched: set[TaskId]

    def change(self) -> None:
        """Make the next change, if it applies to its task."""
        if not self.changes:
            return
        kind, index = self.changes.pop()
        if kind == "create":
            task = stored(self.tasks, created_at=NOON + timedelta(milliseconds=index % 7), due=DUES[index % 5])
            self.known.append(task)
        elif index < len(self.known) and not (task := self.known[index]).deleted:
            _CHANGES[kind](task)
            if task.changes:
                self.tasks.save(task)
        else:
            return
        self.touched.add(task.id)


def _label(task: Task) -> None:
    if not task.status.is_closed:
        task.edit(later(60), labels=["office"])


def _to(status: TaskStatus, change: Callable[[Task], object]) -> Callable[[Task], None]:
    def apply(task: Task) -> None:
        closed = status is TaskStatus.PENDING
        if (
            task.status is not status
            and task.status.is_closed is closed
            and not (status is TaskStatus.IN_PROGRESS and task.status is not TaskStatus.PENDING)
        ):
            change(task)

    return apply


_CHANGES: dict[str, Callable[[Task], object]] = {
    "delete": lambda task: task.delete(later(60)),
    "complete": _to(TaskStatus.COMPLETED, lambda task: task.complete(later(60))),
    "start": _to(TaskStatus.IN_PROGRESS, lambda task: task.start(later(60))),
    "reopen": _to(TaskStatus.PENDING, lambda task: task.reopen(later(60))),
    "label": _label,
    "move": lambda task: task.move("zUNcRZe0WtYh", later(60)),
}


@pytest.mark.no_cover
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_tasks, filters, orders, status_sets, st.integers(1, 5), changes, st.none() | st.integers(1, 4))
def test_the_union_of_pages_equals_a_search_of_all_tasks_under_concurrent_changes(
    dynamodb: DynamoDBClient,
    given_tasks: list[dict[str, Any]],
    wanted: TaskFilter,
    order: TaskOrder,
    statuses: frozenset[TaskStatus],
    limit: int,
    changing: list[tuple[str, int]],
    cut: int | None,
) -> None:
    empty(dynamodb)
    tasks = DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: None)
    world = World(tasks, [stored(tasks, **values) for values in given_tasks], list(changing), set())
    query = TaskQuery(
        ANNA, (statuses & OPEN_STATUSES) or OPEN_STATUSES if order is DUE_FIRST else statuses, wanted, order
    )
    before = [task.state for task in world.known if not task.deleted]

    with pytest.MonkeyPatch.context() as patch:
        queries_of(dynamodb, patch, cut=cut)
        read = [task for page in pages(tasks, query, limit, world.change) for task in page]

    assert len({task.id for task in read}) == len(read), "nothing twice"
    assert read == in_order(order, read)
    assert all(query.includes(task) and task.user_id == ANNA for task in read)
    untouched = [task for task in before if task.id not in world.touched]
    assert [task for task in read if task.id not in world.touched] == brute_force(query, untouched)


def brute_force(query: TaskQuery, states: Sequence[TaskSnapshot]) -> list[TaskSnapshot]:
    listed = [task for task in states if task.user_id == query.user_id and query.includes(task)]
    return in_order(query.order, listed)


def in_order(order: TaskOrder, states: Sequence[TaskSnapshot]) -> list[TaskSnapshot]:
    newest_first = order is TaskOrder.NEWEST_FIRST
    return sorted(states, key=lambda task: position(order, task), reverse=newest_first)


def position(order: TaskOrder, task: TaskSnapshot) -> tuple[object, ...]:
    if order is TaskOrder.NEWEST_FIRST or task.due is None:
        return task.created_at, str(task.id)
    return task.due.day, task.due.at.isoformat() if task.due.at else "", str(task.id)


def empty(dynamodb: DynamoDBClient) -> None:
    for item in dynamodb.scan(TableName=TABLE_NAME, ProjectionExpression="PK, SK")["Items"]:
        dynamodb.delete_item(TableName=TABLE_NAME, Key=item)
