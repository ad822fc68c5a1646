"""The baseline's four Lambda handlers."""

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from .container import Container
from .domain import CreateTaskInput, Task

logger = Logger()
container = Container()
container.config.table_name.from_value(os.environ["TABLE_NAME"])
container.config.topic_arn.from_value(os.environ["TOPIC_ARN"])


@logger.inject_lambda_context
def create(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """createTask."""
    wanted = CreateTaskInput(**event["arguments"]["input"])
    task = container.create_task().execute(wanted.user_id, wanted.title, wanted.description)
    logger.info("Task created", extra={"task_id": task.id})
    return _answer(task)


@logger.inject_lambda_context
def get(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """task."""
    task = container.get_task().execute(event["arguments"]["id"])
    logger.info("Task found", extra={"task_id": task.id})
    return _answer(task)


@logger.inject_lambda_context
def list_(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """tasksByUser."""
    arguments = event["arguments"]
    tasks = container.list_tasks().execute(arguments["userId"], arguments.get("limit") or 20)
    logger.info("Tasks listed", extra={"user_id": arguments["userId"]})
    return {"items": [_answer(task) for task in tasks]}


@logger.inject_lambda_context
def complete(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """completeTask."""
    task = container.complete_task().execute(event["arguments"]["id"])
    logger.info("Task completed", extra={"task_id": task.id})
    return _answer(task)


def _answer(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "userId": task.user_id,
        "title": task.title,
        "description": task.description,
        "status": task.status.value,
        "createdAt": task.created_at,
        "updatedAt": task.updated_at,
        "completedAt": task.completed_at,
    }
