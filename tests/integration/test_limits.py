"""The limits of each stage allow the deepest and the widest legitimate operations, and little more."""

from __future__ import annotations

from typing import Any

import pytest
from appsync_offline.testing.apis import Function, ask
from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, get_introspection_query, parse

from cdk.stages import STAGES, Stage
from domain.status import TaskStatus
from tests.trust.product import api_of

PAGE = 100  # tasks; the largest page
TASK = "id userId title description status createdAt updatedAt completedAt version"
EVENTS = "history { id type timestamp version status }"
DEEPEST = f'{{ tasksByUser(userId: "u", limit: {PAGE}) {{ items {{ {TASK} {EVENTS} }} nextToken }} }}'


def a_board(columns: int) -> str:
    """Returns one operation with a page of tasks and their history for each column, and the statistics."""
    pages = "\n".join(
        f'c{number}: tasksByUser(userId: "u", status: {status}, limit: {PAGE}) {{ items {{ {TASK} {EVENTS} }} }}'
        for number, status in ((n, list(TaskStatus)[n % len(TaskStatus)]) for n in range(columns))
    )
    return f'{{ {pages} taskStatistics(userId: "u") {{ total }} }}'


def depth(query: str) -> int:
    """Returns the selection depth of an operation (AppSync API reference, `queryDepthLimit`)."""
    document: DocumentNode = parse(query)
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    def below(node: Any) -> int:
        selected = node.selection_set.selections if node.selection_set else ()
        return max((inner(selection) for selection in selected), default=0)

    def inner(selection: Any) -> int:
        if selection.kind == "fragment_spread":
            return below(fragments[selection.name.value])
        return below(selection) + int(selection.kind == "field")

    return max(
        below(definition) for definition in document.definitions if isinstance(definition, OperationDefinitionNode)
    )


def answer(event: Any) -> Any:
    """Returns the answer of the resolver Lambda for a user who has a hundred tasks in each status."""
    if isinstance(event, list):
        return [{"data": []} for _ in event]
    if event["info"]["fieldName"] == "taskStatistics":
        return {"data": {"total": 4 * PAGE}}
    task = dict.fromkeys(TASK.split(), "2026-11-24T00:00:00.000Z") | {"status": "PENDING", "version": 1}
    return {"data": {"items": [task | {"id": str(number)} for number in range(PAGE)], "nextToken": None}}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_full_page_with_histories_and_statistics_is_answered(stage: str) -> None:
    answered = await ask(api_of(stage), a_board(1), Function(answer))

    assert "errors" not in answered
    assert len(answered["data"]["c0"]["items"]) == PAGE


@pytest.mark.parametrize("stage", STAGES)
async def test_two_such_pages_in_one_operation_are_refused(stage: str) -> None:
    answered = await ask(api_of(stage), a_board(2), Function(answer))

    assert {error["errorType"] for error in answered["errors"]} == {"LimitExceeded"}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_the_deepest_operations_are_within_the_depth_limit(stage: Stage) -> None:
    assert depth(DEEPEST) < stage.query_depth_limit
    # The documentation does not say whether AppSync counts introspection, so that it must fit the limit where it is
    # enabled.
    if stage.introspection:
        introspections = [get_introspection_query(), get_introspection_query(input_value_deprecation=True)]
        assert max(depth(query) for query in introspections) <= stage.query_depth_limit
