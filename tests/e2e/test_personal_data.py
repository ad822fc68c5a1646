"""The local stack exports and erases a person, who is then in no table, queue, log or user pool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import boto3

from local.deployment import STACK
from local.description import StackDescription
from local.settings import ROOT, Settings
from operations.deployed import Deployed
from tests.e2e.clients import Api, eventually

PASSWORD = "Local-carol-2026!"
SECRETS = ("Carols surprise", "Nobody must know", "carol@example.com")


async def test_a_person_is_exported_and_erased_and_found_nowhere_afterwards(
    api: Api, stack: StackDescription, settings: Settings, monkeypatch: Any
) -> None:
    monkeypatch.setattr(os, "environ", settings.aws_environment())
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # the session would keep the region of an earlier environment
    carol = an_account(api)
    token = api.cognito().initiate_auth(
        ClientId=stack.user_pool_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "carol", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["AccessToken"]
    async with api.http(api.with_token(token)) as http:
        done, deleted = [
            (await http(CREATE, title=SECRETS[0], description=SECRETS[1], token=name))["createTask"]["id"]
            for name in ("first", "second")
        ]
        await http('mutation { updateSettings(input: { timeZone: "Pacific/Auckland" }) { timeZone } }')
        await http("mutation($id: ID!) { completeTask(id: $id) { id } }", id=done)
        await http("mutation($id: ID!) { deleteTask(id: $id) { id } }", id=deleted)

        async def is_counted() -> bool:
            counted = (await http("{ taskStatistics { total completedLast7Days } }"))["taskStatistics"]
            return bool(counted == {"total": 1, "completedLast7Days": 1})

        await eventually(is_counted)
    client("sqs").send_message(
        QueueUrl=stack.dead_letter_queue_url, MessageBody=json.dumps({"task": {"userId": carol, "title": SECRETS[0]}})
    )

    exported = json.loads(command(settings, "export-user", "--username", "carol"))
    output = command(settings, "erase-user", "--username", "carol", "--grace", "1")
    told_again = command(settings, "erase-user", "--user", carol, "--grace", "1")

    assert exported["account"]["attributes"]["email"] == "carol@example.com"
    assert [(task["id"], task["title"]) for task in exported["tasks"]] == [(done, SECRETS[0])]
    assert [task["id"] for task in exported["deletedTasks"]] == [deleted]
    assert exported["settings"]["timeZone"] == "Pacific/Auckland"
    assert len(exported["undeliveredMessages"]) == 1
    assert "Account: deleted." in output
    assert "1 dead letters" in output
    assert "Pass 1: nothing." in told_again
    assert "1 settings" in output
    assert found_of((carol, done, deleted, *SECRETS), everything(settings)) == []


CREATE = """mutation($title: String!, $description: String, $token: ID) {
  createTask(input: { title: $title, description: $description, clientToken: $token }) { id } }"""


def an_account(api: Api) -> str:
    pool = {"UserPoolId": api.stack.user_pool_id, "Username": "carol"}
    email = [{"Name": "email", "Value": "carol@example.com"}]
    user = api.cognito().admin_create_user(**pool, UserAttributes=email, MessageAction="SUPPRESS")["User"]  # type: ignore[arg-type]
    api.cognito().admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
    return next(attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub")


def client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload] # one of those below


def everything(settings: Settings) -> dict[str, str]:
    """Returns everything that the stack keeps, as text: the table, the queues, the user pool and the logs."""
    deployed = Deployed.of(STACK)
    contents = {"table": json.dumps(client("dynamodb").scan(TableName=deployed.table)["Items"])}
    for url in (*(consumer.queue for consumer in deployed.consumers), *deployed.queues_of_failures):
        received = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        contents[url] = json.dumps(received.get("Messages", []))
    contents["user pool"] = str(client("cognito-idp").list_users(UserPoolId=deployed.user_pool)["Users"])
    logs = {str(log): log.read_text(errors="replace") for log in settings.log("any").parent.glob("*.log")}
    assert any("completeTask" in text for text in logs.values()), "the logs are looked for where they are"
    return contents | logs


def found_of(secrets: tuple[str, ...], contents: dict[str, str]) -> list[tuple[str, str]]:
    """Returns the places that hold something of the person.

    Logs may hold ids of erased tasks, which identify nobody.
    """
    return [
        (secret, place)
        for place, text in contents.items()
        for secret in secrets
        if secret in text and not (place.endswith(".log") and secret.startswith("task-"))
    ]


def command(settings: Settings, name: str, *arguments: str) -> str:
    environment = {"LOCAL_DATA": str(settings.data), "AUTH": "1" if settings.enforces_iam else "0"}
    done = subprocess.run(
        [sys.executable, "-m", "local", "operations", name, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
