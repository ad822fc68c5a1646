"""Planned tasks on the running stack: filtered lists, the order by due date, moves, live updates, and conflicts."""

from typing import Any

from tests.e2e.clients import Endpoint, Subscribed, eventually

CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id title due { date } rank version } }"
LIST = """query($userId: ID!, $filter: TaskFilterInput, $orderBy: TaskOrder, $limit: Int, $nextToken: String) {
    tasksByUser(userId: $userId, filter: $filter, orderBy: $orderBy, limit: $limit, nextToken: $nextToken) {
      items { title } nextToken } }"""
MOVE = "mutation($input: MoveTaskInput!) { moveTask(input: $input) { id rank version } }"
CHANGED = """subscription($userId: ID) { onTaskChanged(userId: $userId) {
    event task { id rank version due { date at timeZone } labels } } }"""


async def test_lists_are_filtered_and_ordered_by_due_date(api: Endpoint) -> None:
    owner = api.user("planner")
    planned: list[dict[str, Any]] = [
        {"title": "Pay the rent", "due": {"date": "2030-01-02"}, "labels": ["home"]},
        {"title": "Crème brûlée", "due": {"at": "2030-01-01T23:30:00Z", "timeZone": "Asia/Tokyo"}, "labels": ["home"]},
        {"title": "Call Ana", "due": {"date": "2030-01-01"}, "labels": ["office"]},
        {"title": "Some day", "labels": ["home"]},
    ]
    async with api.http(api.caller()) as http:
        for task in planned:
            await http(CREATE, input={"userId": owner, **task})

        async def titles(**arguments: Any) -> list[str]:
            page = (await http(LIST, userId=owner, **arguments))["tasksByUser"]
            return [task["title"] for task in page["items"]]

        async def all_are_listed() -> bool:
            return len(await titles()) == len(planned)

        await eventually(all_are_listed, within=api.patience)
        by_due = await titles(orderBy="DUE_FIRST")
        at_home = await titles(filter={"anyLabel": ["home"], "text": "CREME"})
        first = (await http(LIST, userId=owner, orderBy="DUE_FIRST", limit=1))["tasksByUser"]
        refusal = await http.refusal(LIST, userId=owner, limit=1, nextToken=first["nextToken"])

    # The day of the moment is January 2 in Tokyo, and whole days come first.
    assert by_due == ["Call Ana", "Pay the rent", "Crème brûlée"]
    assert at_home == ["Crème brûlée"]
    assert refusal["errorInfo"]["field"] == "nextToken"


async def test_a_move_reaches_a_subscriber_and_a_conflict_carries_the_task_as_it_is(api: Endpoint) -> None:
    owner = api.user("mover")
    async with (
        api.http(api.caller()) as http,
        api.realtime(api.caller()) as realtime,
        Subscribed(api, realtime, CHANGED, userId=owner) as changes,
    ):
        created = [
            (await http(CREATE, input={"userId": owner, "title": "x", "labels": ["home"]}))["createTask"] for _ in "abc"
        ]
        for _ in created:
            await changes.event()
        upper, middle, lower = sorted(created, key=lambda task: str(task["rank"]))
        place = {"id": lower["id"], "after": upper["id"], "before": middle["id"]}

        moved = (await http(MOVE, input=place))["moveTask"]
        live = (await changes.event())["onTaskChanged"]
        conflict = await http.refusal(MOVE, input={"id": lower["id"], "after": middle["id"], "expectedVersion": 1})

    assert upper["rank"] < moved["rank"] < middle["rank"]
    assert live["event"] == "MOVED"
    assert live["task"] == {"id": lower["id"], "rank": moved["rank"], "version": 2, "due": None, "labels": ["home"]}
    assert (conflict["errorType"], conflict["errorInfo"]["code"]) == ("Conflict", "VERSION")
    assert conflict["data"] == {"id": lower["id"], "rank": moved["rank"], "version": 2}, "what the mutation selects"
