"""What a newcomer does, with real clients, from create to the live update."""

import pytest

from tests.e2e.clients import Api, Subscribed, eventually

LIST = "query($userId: ID!) { tasksByUser(userId: $userId) { items { id title status } nextToken } }"
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
COMPLETED = """subscription($userId: ID) { onTaskCompleted(userId: $userId) {
    id userId title description status createdAt updatedAt completedAt version } }"""
CHANGED = """subscription($userId: ID) { onTaskChanged(userId: $userId) { event task { id title status version } } }"""


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
async def test_a_completion_reaches_a_subscriber_whole_although_the_mutation_selected_only_the_id(
    api: Api, path: str
) -> None:
    async with api.http(api.with_key()) as http, api.realtime(api.with_key(), path=path) as realtime:
        id_ = await http.create("newcomer")
        listed = (await http(LIST, userId="newcomer"))["tasksByUser"]
        async with Subscribed(api, realtime, COMPLETED, userId="newcomer") as completions:
            completed = await http(COMPLETE, id=id_)
            event = (await completions.event())["onTaskCompleted"]

    assert {"id": id_, "title": "Buy milk", "status": "PENDING"} in listed["items"]
    assert completed == {"completeTask": {"id": id_}}
    assert (event["id"], event["userId"], event["title"]) == (id_, "newcomer", "Buy milk")
    assert (event["description"], event["status"], event["version"]) == ("", "COMPLETED", 2)
    assert event["completedAt"] == event["updatedAt"] > event["createdAt"]


async def test_a_second_completion_is_refused(api: Api) -> None:
    async with api.http(api.with_key()) as http:
        id_ = await http.create("newcomer")
        await http(COMPLETE, id=id_)

        error = await http.refusal(COMPLETE, id=id_)

    assert (error["errorType"], error["path"]) == ("InvalidTransition", ["completeTask"])
    assert error["errorInfo"] == {"currentStatus": "COMPLETED", "wantedStatus": "COMPLETED"}


async def test_nothing_is_stored_after_a_refused_create(api: Api) -> None:
    async with api.http(api.with_key()) as http:
        error = await http.refusal('mutation { createTask(input: { userId: "nobody", title: " " }) { id } }')
        listed = (await http(LIST, userId="nobody"))["tasksByUser"]

    assert (error["errorType"], error["errorInfo"]["field"]) == ("ValidationError", "title")
    assert listed == {"items": [], "nextToken": None}


async def test_a_live_board_hears_of_every_change(api: Api) -> None:
    async with (
        api.http(api.with_key()) as http,
        api.realtime(api.with_key()) as realtime,
        Subscribed(api, realtime, CHANGED, userId="board") as changes,
    ):
        id_ = await http.create("board")
        created = (await changes.event())["onTaskChanged"]
        await http("mutation($id: ID!) { startTask(id: $id) { id } }", id=id_)
        started = (await changes.event())["onTaskChanged"]
        await http("mutation($id: ID!) { deleteTask(id: $id) { id } }", id=id_)
        deleted = (await changes.event())["onTaskChanged"]

    assert created == {"event": "CREATED", "task": {"id": id_, "title": "Buy milk", "status": "PENDING", "version": 1}}
    assert (started["event"], started["task"]["status"]) == ("STATUS_CHANGED", "IN_PROGRESS")
    assert (deleted["event"], deleted["task"]["version"]) == ("DELETED", 3)


async def test_history_and_statistics_follow(api: Api) -> None:
    seen = "query($id: ID!) { task(id: $id) { history { type version status } } }"
    counted = 'query { taskStatistics(userId: "historian") { total pending completed completedToday } }'
    async with api.http(api.with_key()) as http:
        id_ = await http.create("historian")
        await http(COMPLETE, id=id_)

        async def is_told() -> bool:
            return len((await http(seen, id=id_))["task"]["history"]) == 3

        await eventually(is_told)
        history = (await http(seen, id=id_))["task"]["history"]
        statistics = (await http(counted))["taskStatistics"]

    assert [entry["type"] for entry in history] == ["CREATED", "STATUS_CHANGED", "COMPLETED"]
    assert statistics == {"total": 1, "pending": 0, "completed": 1, "completedToday": 1}


async def test_pages_of_a_list_go_on_where_the_last_one_ended(api: Api) -> None:
    page = """query($limit: Int, $nextToken: String) {
        tasksByUser(userId: "reader", limit: $limit, nextToken: $nextToken) { items { id } nextToken } }"""
    async with api.http(api.with_key()) as http:
        created = [await http.create("reader") for _ in range(5)]
        first = (await http(page, limit=3))["tasksByUser"]
        second = (await http(page, limit=3, nextToken=first["nextToken"]))["tasksByUser"]

    assert [task["id"] for task in first["items"] + second["items"]] == created[::-1]
    assert second["nextToken"] is None
