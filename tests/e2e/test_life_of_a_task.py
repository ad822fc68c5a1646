"""A newcomer's first steps work with real clients, from creating a task to its live update."""

from uuid import uuid4

from tests.e2e.clients import Endpoint, Subscribed, eventually

LIST = "query($userId: ID!) { tasksByUser(userId: $userId) { items { id title status } nextToken } }"
CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id } }"
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
COMPLETED = """subscription($userId: ID) { onTaskCompleted(userId: $userId) {
    id userId title description status createdAt updatedAt completedAt version } }"""
CHANGED = """subscription($userId: ID) { onTaskChanged(userId: $userId) { event task { id title status version } } }"""


async def test_a_completion_reaches_a_subscriber_whole_although_the_mutation_selected_only_the_id(
    api: Endpoint,
) -> None:
    async with api.http(api.caller()) as http, api.realtime(api.caller()) as realtime:
        id_ = await http.create(api.user("newcomer"))
        pending = {"id": id_, "title": "Buy milk", "status": "PENDING"}

        async def is_listed() -> bool:
            return pending in (await http(LIST, userId=api.user("newcomer")))["tasksByUser"]["items"]

        await eventually(is_listed, within=api.patience)
        async with Subscribed(api, realtime, COMPLETED, userId=api.user("newcomer")) as completions:
            completed = await http(COMPLETE, id=id_)
            event = (await completions.event())["onTaskCompleted"]

    assert completed == {"completeTask": {"id": id_}}
    assert (event["id"], event["userId"], event["title"]) == (id_, api.user("newcomer"), "Buy milk")
    assert (event["description"], event["status"], event["version"]) == ("", "COMPLETED", 2)
    assert event["completedAt"] == event["updatedAt"] > event["createdAt"]


async def test_a_second_completion_is_refused(api: Endpoint) -> None:
    async with api.http(api.caller()) as http:
        id_ = await http.create(api.user("newcomer"))
        await http(COMPLETE, id=id_)

        error = await http.refusal(COMPLETE, id=id_)

    assert (error["errorType"], error["path"]) == ("InvalidTransition", ["completeTask"])
    assert error["errorInfo"] == {
        "code": "SAME_STATUS",
        "currentStatus": "COMPLETED",
        "wantedStatus": "COMPLETED",
        "currentVersion": 2,
    }


async def test_nothing_is_stored_after_a_refused_create(api: Endpoint) -> None:
    async with api.http(api.caller()) as http:
        before = (await http(LIST, userId=api.user("nobody")))["tasksByUser"]
        error = await http.refusal(CREATE, input={"userId": api.user("nobody"), "title": " "})
        after = (await http(LIST, userId=api.user("nobody")))["tasksByUser"]

    assert (error["errorType"], error["errorInfo"]["field"]) == ("ValidationError", "title")
    assert after == before


async def test_a_live_board_hears_of_every_change(api: Endpoint) -> None:
    async with (
        api.http(api.caller()) as http,
        api.realtime(api.caller()) as realtime,
        Subscribed(api, realtime, CHANGED, userId=api.user("board")) as changes,
    ):
        id_ = await http.create(api.user("board"))
        created = (await changes.event())["onTaskChanged"]
        await http("mutation($id: ID!) { startTask(id: $id) { id } }", id=id_)
        started = (await changes.event())["onTaskChanged"]
        await http("mutation($id: ID!) { deleteTask(id: $id) { id } }", id=id_)
        deleted = (await changes.event())["onTaskChanged"]

    assert created == {"event": "CREATED", "task": {"id": id_, "title": "Buy milk", "status": "PENDING", "version": 1}}
    assert (started["event"], started["task"]["status"]) == ("STATUS_CHANGED", "IN_PROGRESS")
    assert (deleted["event"], deleted["task"]["version"]) == ("DELETED", 3)


async def test_history_and_statistics_follow(api: Endpoint) -> None:
    seen = "query($id: ID!) { task(id: $id) { history { type version status } } }"
    counted = "query($userId: ID!) { taskStatistics(userId: $userId) { total completed completedLast7Days } }"
    async with api.http(api.caller()) as http:
        before = (await http(counted, userId=api.user("historian")))["taskStatistics"]
        id_ = await http.create(api.user("historian"))
        await http(COMPLETE, id=id_)

        async def is_told() -> bool:
            return len((await http(seen, id=id_))["task"]["history"]) == 3

        async def is_counted() -> bool:
            after = (await http(counted, userId=api.user("historian")))["taskStatistics"]
            return all(after[name] > count for name, count in before.items())

        await eventually(is_told, within=api.patience)
        await eventually(is_counted, within=api.patience)
        history = (await http(seen, id=id_))["task"]["history"]

    assert [entry["type"] for entry in history] == ["CREATED", "STATUS_CHANGED", "COMPLETED"]


async def test_pages_of_a_list_go_on_where_the_last_one_ended(api: Endpoint) -> None:
    page = """query($userId: ID!, $limit: Int, $nextToken: String) {
        tasksByUser(userId: $userId, limit: $limit, nextToken: $nextToken) { items { id } nextToken } }"""
    async with api.http(api.caller()) as http:
        created = [await http.create(api.user("reader")) for _ in range(5)]

        async def are_listed() -> bool:
            latest = (await http(page, userId=api.user("reader"), limit=5))["tasksByUser"]["items"]
            return [task["id"] for task in latest] == created[::-1]

        await eventually(are_listed, within=api.patience)
        first = (await http(page, userId=api.user("reader"), limit=3))["tasksByUser"]
        more = {"limit": 2, "nextToken": first["nextToken"]}
        second = (await http(page, userId=api.user("reader"), **more))["tasksByUser"]

    assert [task["id"] for task in first["items"] + second["items"]] == created[::-1]


async def test_many_are_created_and_changed_at_once_and_a_client_catches_up_by_what_changed(api: Endpoint) -> None:
    since = """query($userId: ID, $since: String) { taskChanges(userId: $userId, since: $since) {
        changed { id status } deleted { id version } token } }"""
    create = "mutation($input: [CreateTaskInput!]!) { createTasks(input: $input) { id problem { field } } }"
    change = "mutation($input: [TaskActionInput!]!) { changeTasks(input: $input) { problem { errorType } } }"
    user = api.user("traveler")
    done, deleted, refused, unknown = (f"task-{uuid4()}" for _ in range(4))
    titles = {done: "Pack", deleted: "Book", refused: " "}
    actions = [
        {"id": done, "action": "COMPLETE", "expectedVersion": 1},
        {"id": deleted, "action": "DELETE"},
        {"id": unknown, "action": "START"},
    ]
    async with api.http(api.caller()) as http:
        token = (await http(since, userId=user))["taskChanges"]["token"]
        created = await http(create, input=[{"id": id_, "userId": user, "title": titles[id_]} for id_ in titles])
        api.created.append(done)
        changed = await http(change, input=actions)
        read = await http("query($ids: [ID!]!) { tasks(ids: $ids) { id status } }", ids=[done, deleted, unknown])

        async def is_caught_up() -> bool:
            answer = (await http(since, userId=user, since=token))["taskChanges"]
            news = [{"id": done, "status": "COMPLETED"}], [{"id": deleted, "version": 2}]
            return (answer["changed"], answer["deleted"]) == news

        await eventually(is_caught_up, within=api.patience)

    problems = {outcome["id"]: outcome["problem"] for outcome in created["createTasks"]}
    assert problems == {done: None, deleted: None, refused: {"field": "title"}}
    assert [outcome["problem"] for outcome in changed["changeTasks"]] == [None, None, {"errorType": "TaskNotFound"}]
    assert read == {"tasks": [{"id": done, "status": "COMPLETED"}, None, None]}
