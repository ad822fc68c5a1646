"""What the embedded cloud saved is adapted to the run that begins, and what users wrote is left alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import saved_state
from local.errors import CannotRun

OLD, NEW = "http://127.0.0.1:4566/000000000000/Tasks-Queue", "https://127.0.0.1:5000/000000000000/Tasks-Queue"
ENDPOINT = "https://127.0.0.1:5000"


def adapted(folder: Path, name: str, payload: dict[str, Any]) -> Any:
    (folder / f"{name}.json").write_text(json.dumps({"__ministack_format__": 2, "payload": payload}))
    saved_state.adapt(folder, ENDPOINT)
    content = json.loads((folder / f"{name}.json").read_text())
    assert content["__ministack_format__"] == 2
    return content["payload"]


def test_how_far_a_stream_was_read_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    functions = {"resolver": {"Runtime": "python3.13"}}

    assert adapted(tmp_path, "lambda", {"functions": functions, "dynamodb_stream_positions": {"data": 83}}) == {
        "functions": functions
    }


def test_queues_are_found_at_another_port_and_scheme_with_their_messages(tmp_path: Path) -> None:
    messages = [{"body": OLD}, {"body": f'{{"title": "{OLD}"}}'}]
    of = "000000000000\0us-east-1\0"

    moved = adapted(
        tmp_path,
        "sqs",
        {
            "queues": {
                "__account_region_scoped__": True,
                "data": {f"{of}'{OLD}'": {"name": "Tasks-Queue", "url": OLD, "messages": messages}},
            },
            "queue_name_to_url": {"__account_region_scoped__": True, "data": {f"{of}'Tasks-Queue'": OLD}},
        },
    )

    assert moved["queues"] == {
        "__account_region_scoped__": True,
        "data": {f"{of}'{NEW}'": {"name": "Tasks-Queue", "url": NEW, "messages": messages}},
    }
    assert moved["queue_name_to_url"]["data"] == {f"{of}'Tasks-Queue'": NEW}


@pytest.mark.parametrize("name", ["lambda", "cloudformation"])
def test_the_urls_of_queues_that_functions_and_outputs_have_move_along(tmp_path: Path, name: str) -> None:
    stored = {"Outputs": [{"OutputValue": OLD}], "Variables": {"UNRELAYED_QUEUE_URL": OLD}, "Note": f"see {OLD}"}

    assert adapted(tmp_path, name, stored) == {
        "Outputs": [{"OutputValue": NEW}],
        "Variables": {"UNRELAYED_QUEUE_URL": NEW},
        "Note": f"see {OLD}",
    }


def test_a_first_start_has_nothing_to_adapt(tmp_path: Path) -> None:
    saved_state.adapt(tmp_path, ENDPOINT)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lambda", "{"),
        ("lambda", "[]"),
        ("lambda", '{"payload": []}'),
        ("cloudformation", "{"),
        ("sqs", "["),
        ("sqs", "[]"),
        ("sqs", '{"payload": []}'),
        ("sqs", '{"payload": {"queues": {"data": {"x": 1}}}}'),
    ],
)
def test_a_broken_file_is_said_with_the_remedy(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / f"{name}.json"
    file.write_text(content)

    with pytest.raises(CannotRun) as refused:
        saved_state.adapt(tmp_path, ENDPOINT)

    assert str(refused.value) == f"The local data are broken ({file}): `make reset` wipes them."
    assert file.read_text() == content
