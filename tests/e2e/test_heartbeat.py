"""The heartbeat finds every path of the running product alive, beat after beat."""

import boto3

from local.description import StackDescription
from probes.appsync import AppSync
from probes.heartbeat import USER, embedded, measure
from tests.e2e.clients import Api


def a_client_of(stack: StackDescription) -> AppSync:
    session = boto3.Session(
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
        region_name=stack.region,
    )
    return AppSync(stack.graphql_url, stack.realtime_url, session)


def test_two_beats_complete_the_task_and_reopen_it(stack: StackDescription, api: Api) -> None:
    beats = [measure(a_client_of(stack), within=api.patience) for _ in range(2)]

    for beat in beats:
        assert (beat.request, beat.event, beat.live, beat.fault) == (1, 1, 1, None)
    answer = a_client_of(stack).execute(
        "query Tasks($user: ID) { tasksByUser(userId: $user) { items { version status } } }", {"user": USER}
    )
    assert answer["tasksByUser"]["items"] == [{"version": 3, "status": "PENDING"}]
    line = embedded(beats[-1], "TasksApi/local", 0)
    assert (line["RequestPath"], line["EventPath"], line["LivePath"]) == (1, 1, 1)
