"""Creates a task, subscribes, completes the task and prints the event: `python complete_a_task.py URL API_KEY`."""

import asyncio
import sys
from urllib.parse import urlsplit

from gql.transport.appsync_auth import AppSyncApiKeyAuthentication
from gql.transport.exceptions import TransportQueryError
from tasks_api import Client, CreateTaskInput, TaskFields
from tasks_api.errors import InvalidTransition, error_of

USER = "demo"  # an API key is not a user and must name one
LISTENS_AFTER = 5  # seconds; gql does not report when a subscription runs, and AWS may miss events for a moment
PATIENCE = 60  # seconds


async def next_completion(client: Client, task_id: str) -> TaskFields:
    """Returns the completion of the task as soon as it arrives."""
    async for event in client.on_task_completed(USER):
        if event.on_task_completed and event.on_task_completed.id == task_id:
            return event.on_task_completed
    raise ConnectionError("The subscription ended.")


async def main(url: str, api_key: str) -> None:
    client = Client(url, AppSyncApiKeyAuthentication(host=urlsplit(url).netloc, api_key=api_key))
    task = (await client.create_task(CreateTaskInput(userId=USER, title="Buy milk"))).create_task
    assert task, "A mutation answers null only with an error, which raises."
    listening = asyncio.create_task(next_completion(client, task.id))
    await asyncio.wait({listening}, timeout=LISTENS_AFTER)
    await client.complete_task(task.id, expected_version=task.version)
    completion = await asyncio.wait_for(listening, PATIENCE)
    print(f"{completion.title}: {completion.status.value} at {completion.completed_at}")
    try:
        await client.complete_task(task.id)
    except TransportQueryError as refusal:
        error = error_of(refusal)
        if not isinstance(error, InvalidTransition):
            raise
        print("Again:", error.error_type, error.info["code"], "version", (error.current or {}).get("version"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
