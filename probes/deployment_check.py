"""Tries a new version of a Lambda with recorded events before it gets traffic (CodeDeploy's BeforeAllowTraffic hook).

The recorded events act for the user `deployment-check`, whose task and history they write once, because each of them
has a fixed id.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

RECORDED = Path(__file__).parent / "recorded"

Invoke = Callable[[Any], Mapping[str, Any]]
"""Invokes the version with an event. Returns `Payload`, its answer as JSON, and `FunctionError` if it raised."""


def handler(event: Mapping[str, str], _context: object) -> None:
    """Invoke the version that the variable FUNCTION names with the events in the file that RECORDED names.

    Tells CodeDeploy whether every answer was the recorded one. CodeDeploy fails the deployment if it is told so, or if
    it is told nothing within an hour (AWS CodeDeploy User Guide, "AppSpec 'hooks' section").
    """
    status = "Failed"
    try:
        recorded = json.loads((RECORDED / os.environ["RECORDED"]).read_text())
        faults = list(wrong_answers(recorded, _invocation(os.environ["FUNCTION"])))
        print(json.dumps({"message": "deployment check", "function": os.environ["FUNCTION"], "faults": faults}))
        status = "Failed" if faults else "Succeeded"
    finally:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )


def wrong_answers(recorded: Sequence[Mapping[str, Any]], invoke: Invoke) -> Iterator[str]:
    """Yields a sentence for each recorded event that is answered otherwise.

    An answer may hold more than the recorded one, because a new version may add fields.
    """
    for example in recorded:
        answer = invoke(example["event"])
        payload = json.loads(answer["Payload"])
        if "FunctionError" in answer:
            yield f"{example['name']}: the function raised {payload.get('errorType', 'an error')}"
        elif not holds(payload, example["answer"]):
            # The answer concerns the user `deployment-check` alone.
            yield f"{example['name']}: the answer was {json.dumps(payload)[:500]}"


def holds(answer: Any, expected: Any) -> bool:  # noqa: ANN401 - JSON
    """Returns whether an answer has everything of the expected one. Its objects may have more."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and holds(answer[name], value) for name, value in expected.items()
        )
    return bool(answer == expected)


def _invocation(function: str) -> Invoke:
    # A cold start and one batch of the processor take less than its timeout of 30 s.
    client = boto3.client("lambda", config=Config(read_timeout=40, retries={"total_max_attempts": 1}))

    def invoke(event: object) -> Mapping[str, Any]:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
        return {**answer, "Payload": answer["Payload"].read()}

    return invoke
