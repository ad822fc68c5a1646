"""`python -m local logs` prints the logs as readable lines."""

import json
from datetime import UTC, timedelta, timezone

import pytest

from local.log_lines import LambdaLog, edits_line, gateway_line, in_order, lambda_line

RECORD = {
    "level": "INFO",
    "location": "_answer:47",
    "message": "answered",
    "timestamp": "2026-11-24 02:12:46,305+0000",
    "service": "resolver",
    "cold_start": True,
    "correlation_id": "Root=1-6b04f29d-dbcf5d1bc775742b770d016f",
    "field": "Mutation.createTask",
}


def line(**changes: object) -> str | None:
    return lambda_line(json.dumps({**RECORD, **changes}), UTC)


def test_a_record_shows_time_service_message_field_and_correlation_id() -> None:
    assert line() == "02:12:46 resolver  answered Mutation.createTask [Root=1-6b04f29d-dbcf5d1bc775742b770d016f]"


def test_times_are_those_of_the_reader() -> None:
    shown = lambda_line(json.dumps(RECORD), timezone(timedelta(hours=2)))

    assert shown is not None
    assert shown.startswith("04:12:46 ")


def test_a_refusal_shows_the_error() -> None:
    shown = line(message="refused", error_type="TaskNotFound", error_info={"id": "task-x"})

    assert shown is not None
    assert 'refused Mutation.createTask error_type=TaskNotFound error_info={"id":"task-x"} [' in shown


def test_an_event_shows_its_type_and_id() -> None:
    event = {"service": "processor", "message": "processed", "event_type": "TaskCreated", "event_id": "e-1"}
    record = {name: value for name, value in RECORD.items() if name != "field"}

    shown = lambda_line(json.dumps({**record, **event, "duplicate": False}), UTC)

    assert shown is not None
    assert shown.startswith("02:12:46 processor processed TaskCreated event_id=e-1 duplicate=false [")


def test_a_failure_shows_its_level_and_what_was_raised() -> None:
    shown = line(level="ERROR", message="failed", exception="Traceback …\n  File …\nKeyError: 'PK'")

    assert shown is not None
    first, *traceback = shown.splitlines()
    assert "ERROR failed Mutation.createTask KeyError: 'PK' [" in first
    assert traceback == ["         Traceback …", "           File …", "         KeyError: 'PK'"]


def test_a_record_without_a_correlation_id_ends_with_its_details() -> None:
    record = {name: value for name, value in RECORD.items() if name not in {"field", "correlation_id"}}

    shown = lambda_line(json.dumps({**record, "service": "relay", "message": "relayed", "messages": 2}), UTC)

    assert shown == "02:12:46 relay     relayed messages=2"


def test_a_batch_shows_every_request_that_it_is_from() -> None:
    shown = line(message="relayed", correlation_id=None, correlation_ids=["Root=1-a", "Root=1-b"])

    assert shown is not None
    assert shown.endswith(" [Root=1-a] [Root=1-b]")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 02:12:46 INFO [lambda] Lambda TasksApi-dev-Resolver output:",
        '{"_aws": {"Timestamp": 1795486366306}, "service": "resolver"}',
        '{"level": "INFO", "mess',
        "",
    ],
)
def test_what_is_no_record_of_a_lambda_is_left_out(text: str) -> None:
    assert lambda_line(text) is None


def test_what_a_lambda_printed_is_shown_and_what_ministack_says_is_not() -> None:
    log = LambdaLog()
    lines = [
        "2026-11-24 02:12:46 INFO [lambda] Lambda TasksApi-dev-Resolver output:",
        "here I am {'id': 1}",
        '{"_aws": {"Timestamp": 1795486366306}, "service": "resolver"}',
        "",
        "2026-11-24 02:12:47 INFO [cognito] Cognito: AdminCreateUser",
        "  | |\\/| | banner",
    ]

    assert [shown for line in lines if (shown := log.readable(line))] == ["02:12:46 printed   here I am {'id': 1}"]


def test_a_line_of_the_gateway_names_the_gateway() -> None:
    assert gateway_line("02:12:46 mutation Create by api-key: 49 ms\n") == (
        "02:12:46 gateway   mutation Create by api-key: 49 ms"
    )


def test_a_traceback_of_the_gateway_is_kept() -> None:
    assert gateway_line('  File "server.py", line 1\n') == '  File "server.py", line 1'


def test_logs_are_shown_in_the_order_of_time_and_tracebacks_whole() -> None:
    gateway = ["02:00:01 gateway a", "Traceback", "  File", "02:00:03 gateway c"]

    assert in_order(gateway, ["02:00:02 resolver b"]) == [
        "02:00:01 gateway a",
        "Traceback",
        "  File",
        "02:00:02 resolver b",
        "02:00:03 gateway c",
    ]


def test_what_came_of_an_edit_is_a_line_of_the_log() -> None:
    assert edits_line("12:00:00 Redeployed in 1.2 s: domain/task.py.\n") == (
        "12:00:00 edits     Redeployed in 1.2 s: domain/task.py."
    )


def test_text_of_users_forges_no_record_and_commands_no_terminal() -> None:
    forged = "x\n02:12:47 resolver  answered \x1b[2J\r\u202e"

    for name in ("message", "field", "reason", "correlation_id", "service"):
        shown = line(**{name: forged})

        assert shown is not None
        assert shown.count("\n") == 0
        assert shown.isprintable()

    failed = line(level="ERROR", exception=f"Traceback …\nValueError: {forged}")

    assert failed is not None
    assert all(part.startswith(" " * 9) for part in failed.split("\n")[1:])
    assert failed.replace("\n", "").isprintable()


def test_what_goes_wrong_in_the_embedded_cloud_is_shown_with_the_output_that_follows() -> None:
    failed = "ESM: Lambda Relay failed processing DynamoDB stream batch from tasks (errorType=AuthorizationError)"
    lines = [
        "2026-11-30 02:12:45 INFO [ministack] Ready — 91 services available on port 4566.",
        f"2026-11-30 02:12:46 WARNING [lambda] {failed}",
        "Traceback: not authorized to perform sns:Publish",
        "2026-11-30 02:12:47 INFO [lambda] ESM: Lambda Relay processed 1 records",
        "not a Lambda's output",
        "2026-11-30 02:12:48 ERROR [persistence] Persistence: failed to save sqs: No space left on device",
    ]

    log = LambdaLog()

    assert [shown for line in lines if (shown := log.readable(line))] == [
        f"02:12:46 cloud     WARNING {failed}",
        "02:12:46 printed   Traceback: not authorized to perform sns:Publish",
        "02:12:48 cloud     ERROR Persistence: failed to save sqs: No space left on device",
    ]
