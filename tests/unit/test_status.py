"""An operator reads the figures of a run and learns which alarms of production they would raise."""

import json

import pytest

from local.status import QueueFigures, alarms, figures_of


def printed(service: str, **metrics: object) -> str:
    named = [{"Name": name, "Unit": "Count"} for name in metrics]
    envelope = {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "TasksApi/dev", "Metrics": named}]}
    return json.dumps({"_aws": envelope, "service": service, **metrics})


def test_metrics_are_summed_by_service_and_name() -> None:
    log = [
        printed("relay", ChangesRelayed=[2.0], RecordsFailed=[0.0]),
        "2026-11-30 14:00:00 INFO [ssm] another line",
        printed("relay", ChangesRelayed=[1.0, 4.0]),
        printed("processor", ChangesProcessed=3),
    ]

    assert figures_of(log) == {
        ("relay", "ChangesRelayed"): 7,
        ("relay", "RecordsFailed"): 0,
        ("processor", "ChangesProcessed"): 3,
    }


@pytest.mark.parametrize(
    "line", ['{"_aws": {', '{"_aws": []}', '{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "x"}]}]}}']
)
def test_a_line_that_was_cut_off_is_skipped(line: str) -> None:
    assert not figures_of([line])


def test_a_healthy_run_rings_no_alarm() -> None:
    healthy = {("resolver", "Failed"): 0.0, ("processor", "ChangesProcessed"): 5.0}

    assert not alarms(healthy, [QueueFigures("Processor", 3, 1), QueueFigures("Processor-DLQ", 0, 0)])


def test_failures_and_dead_letters_ring_their_alarms() -> None:
    figures = {("relay", "RecordsFailed"): 26.0, ("processor", "LiveUpdatesFailed"): 1.0}
    queues = [
        QueueFigures("Processor-DLQ", 1, 0),
        QueueFigures("Unrelayed", 0, 1),
        QueueFigures("Processor-Undelivered", 2, 0),
    ]

    assert alarms(figures, queues) == [
        "tasks-production-RecordsFailed",
        "tasks-production-Processor-LiveUpdatesFailed",
        "tasks-production-Processor-DLQ-Queue-Message-Count-Max-Warning",
        "tasks-production-Unrelayed-Queue-Message-Count-Max-Warning",
        "tasks-production-Processor-Undelivered-Queue-Message-Count-Max-Warning",
    ]
