"""The hook after a shift of traffic keeps the deployment open, and fails it when the new code raised errors."""

from typing import Any

import boto3
import pytest

from probes import deployment_watch

EVENT = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}


class Aws:
    """CodeDeploy and CloudWatch with the sums of the metrics."""

    def __init__(self, **sums: float) -> None:
        self.sums, self.statuses, self.waited = sums, list[str](), list[float]()

    def get_metric_statistics(self, *, MetricName: str, Dimensions: Any, **_: Any) -> Any:
        assert [named["Value"] for named in Dimensions] == ["relay", "relay:live"]
        assert self.waited, "metrics arrive later"
        return {"Datapoints": [{"Sum": self.sums[MetricName] / 2}] * 2}

    def put_lifecycle_event_hook_execution_status(self, *, status: str, **ids: str) -> None:
        assert ids == {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1"}
        self.statuses.append(status)


def watched(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    settings = {"FUNCTION": "relay", "SECONDS": "360", "MIN_FAILURES": "3", "MAX_FAILURE_RATE": "5"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "client", lambda _service: aws)
    monkeypatch.setattr("probes.deployment_watch.time.sleep", aws.waited.append)
    deployment_watch.handler(EVENT, None)


@pytest.mark.parametrize(
    ("errors", "invocations", "status"),
    [(0, 0, "Succeeded"), (0, 500, "Succeeded"), (2, 2, "Succeeded"), (20, 500, "Succeeded"), (26, 500, "Failed")],
)
def test_errors_after_the_shift_fail_the_deployment_by_their_rate(
    monkeypatch: pytest.MonkeyPatch, errors: int, invocations: int, status: str
) -> None:
    aws = Aws(Errors=errors, Invocations=invocations)

    watched(monkeypatch, aws)

    assert (aws.statuses, aws.waited) == ([status], [360])


def test_a_watch_that_breaks_fails_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws()

    with pytest.raises(KeyError):
        watched(monkeypatch, aws)

    assert aws.statuses == ["Failed"]
