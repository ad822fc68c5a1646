"""Keeps a deployment open until its alarms have seen the new code with all of its traffic (the AfterAllowTraffic hook).

CodeDeploy ends a deployment with the last shift of traffic, but metrics take minutes to arrive. While the hook waits,
each alarm of the deployment still takes it back.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import boto3


def handler(event: Mapping[str, str], _context: object) -> None:
    """Wait for SECONDS, then tell CodeDeploy whether the alias of FUNCTION raised errors.

    The alarm on errors reads those of a version, which Lambda may no longer count apart when an alias has one version.
    Therefore the errors of the alias since the hook began are read here: they fail the deployment if there are at least
    MIN_FAILURES in more than MAX_FAILURE_RATE percent of the invocations.
    """
    status = "Failed"
    try:
        began = datetime.now(UTC)
        time.sleep(int(os.environ["SECONDS"]))
        errors, invocations = (_sum_since(began, metric) for metric in ("Errors", "Invocations"))
        is_failing = errors >= int(os.environ["MIN_FAILURES"]) and (
            100 * errors > int(os.environ["MAX_FAILURE_RATE"]) * invocations
        )
        print(json.dumps({"message": "deployment watch", "errors": errors, "invocations": invocations}))
        status = "Failed" if is_failing else "Succeeded"
    finally:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )


def _sum_since(began: datetime, metric: str) -> float:
    function = os.environ["FUNCTION"]
    answer = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": function}, {"Name": "Resource", "Value": f"{function}:live"}],
        StartTime=began.replace(second=0, microsecond=0) + timedelta(minutes=1),  # whole minutes of the new code alone
        EndTime=datetime.now(UTC),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
