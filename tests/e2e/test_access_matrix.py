"""Every kind of caller has its access to every field of the schema (docs/contract.md, "Who may call what")."""

from collections.abc import Mapping
from typing import Any

import pytest
from gql.transport.appsync_auth import AppSyncAuthentication
from gql.transport.exceptions import TransportQueryError, TransportServerError

from tests.e2e.clients import Api, Session, Subscribed
from tests.root_fields import NO_WEBHOOK, Subject, root_fields, selection

CALLERS = ("owner", "other", "admin", "key", "iam", "nobody")
OWNERS = dict(zip(CALLERS, ("ok", "TaskNotFound", "ok", "ok", "ok", "UnauthorizedException"), strict=True))
USERS = dict(zip(CALLERS, ("ok", "Unauthorized", "ok", "ok", "ok", "UnauthorizedException"), strict=True))
SERVICES = dict(zip(CALLERS, ("Unauthorized",) * 4 + ("ok", "UnauthorizedException"), strict=True))

OUTCOMES: Mapping[Subject, Mapping[str, str]] = {
    Subject.TASK: OWNERS,
    Subject.USER: USERS,
    Subject.SERVICE: SERVICES,
    Subject.WEBHOOK: {**OWNERS, "other": "WebhookNotFound"},
}
FIELDS = {str(field): field for field in root_fields()}
CLOSED: Mapping[str, str] = {"Mutation.reopenTask": "cancelTask"}
"""What has to happen to a new task before a field can be called."""


def credentials(api: Api, caller: str) -> AppSyncAuthentication:
    match caller:
        case "key":
            return api.with_key()
        case "iam":
            return api.as_service()
        case "nobody":
            return api.with_key("da2-of-nobody")
        case _:
            return api.as_user({"owner": "alice", "other": "bob", "admin": "ada"}[caller])


async def outcome(api: Api, caller: str, call: str) -> str:
    """Returns `ok` or the errorType. A refused connection has no other errorType than UnauthorizedException."""
    try:
        if call.startswith("subscription"):
            async with api.realtime(credentials(api, caller)) as realtime, Subscribed(api, realtime, call) as running:
                running.raise_if_refused()
            return "ok"
        async with api.http(credentials(api, caller)) as http:
            await http(call)
    except TransportServerError:
        return "UnauthorizedException"
    except TransportQueryError as refused:
        if call.startswith("subscription"):
            return "Unauthorized" if "Unauthorized" in str(refused) else str(refused)
        return str((refused.errors or [{}])[0].get("errorType", "UnauthorizedException"))
    return "ok"


async def only_webhook(developer: Session, owner: str) -> str:
    """Returns the id of a new webhook of a user, whose other webhooks are deleted: a user has at most five."""
    for webhook in (await developer(f'query {{ webhooks(userId: "{owner}") {{ id }} }}'))["webhooks"]:
        await developer(f'mutation {{ deleteWebhook(id: "{webhook["id"]}") {{ id }} }}')
    arguments = f'userId: "{owner}", url: "https://hooks.example.invalid", events: [DELETED]'
    created = await developer(f"mutation {{ createWebhook(input: {{{arguments}}}) {{ webhook {{ id }} }} }}")
    return str(created["createWebhook"]["webhook"]["id"])


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("field", FIELDS)
async def test_each_caller_gets_what_the_subject_of_the_field_says(api: Api, field: str, caller: str) -> None:
    async with api.http(api.with_key()) as developer:
        task = await developer.create(api.sub("alice"))
        if field in CLOSED:
            await developer(f'mutation {{ {CLOSED[field]}(id: "{task}") {{ id }} }}')

        webhook = await only_webhook(developer, api.sub("alice")) if "ebhook" in field else NO_WEBHOOK

    call = FIELDS[field].document(task, api.sub("alice"), webhook)

    assert await outcome(api, caller, call) == OUTCOMES[FIELDS[field].subject][caller]


@pytest.mark.parametrize("caller", ["owner", "admin", "key", "iam"])
async def test_who_may_see_a_task_sees_every_field_of_every_type(api: Api, caller: str) -> None:
    owner = api.sub("alice")
    async with api.http(credentials(api, caller)) as http:
        task = await http.create(owner)
        answer: dict[str, Any] = await http(
            f"""query {{
                task(id: "{task}") {{ {selection("Task")} }}
                tasksByUser(userId: "{owner}") {{ {selection("TaskConnection", depth=1)} }}
                taskChanges(userId: "{owner}") {{ {selection("TaskChanges", depth=1)} }}
                taskEvents(userId: "{owner}") {{ {selection("TaskEventConnection")} }}
                taskStatistics(userId: "{owner}") {{ {selection("TaskStatistics")} }}
                mySettings(userId: "{owner}") {{ {selection("UserSettings")} }}
                webhooks(userId: "{owner}") {{ {selection("Webhook")} }} }}"""
        )

    assert all(value is not None for value in answer.values())
