"""A deployed stage answers reads through AppSync, the resolver, the table and its index. The tests write nothing."""

from uuid import uuid4

from tests.e2e.clients import Endpoint


async def test_a_task_that_is_not_there_is_not_found(api: Endpoint) -> None:
    async with api.http(api.caller()) as http:
        error = await http.refusal("query($id: ID!) { task(id: $id) { id } }", id=f"task-{uuid4()}")

    assert error["errorType"] == "TaskNotFound"


async def test_a_list_and_its_histories_are_answered(api: Endpoint) -> None:
    query = "query($id: ID!) { tasksByUser(userId: $id, limit: 5) { items { id history { id } } nextToken } }"
    async with api.http(api.caller()) as http:
        page = (await http(query, id=api.user("reader")))["tasksByUser"]

    assert isinstance(page["items"], list)


async def test_statistics_are_answered(api: Endpoint) -> None:
    query = "query($id: ID!) { taskStatistics(userId: $id) { total } }"
    async with api.http(api.caller()) as http:
        statistics = (await http(query, id=api.user("reader")))["taskStatistics"]

    assert statistics["total"] >= 0
