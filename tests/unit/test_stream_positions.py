"""After a restart, the relay starts with the first record of the embedded cloud's new, empty stream."""

import json
from pathlib import Path

import pytest

from local import stream_positions
from local.errors import CannotRun


def test_how_far_a_stream_was_read_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    functions = {"resolver": {"Runtime": "python3.13"}}
    kept = {"__ministack_format__": 2, "payload": {"functions": functions, "dynamodb_stream_positions": {"data": 83}}}
    (tmp_path / "lambda.json").write_text(json.dumps(kept))

    stream_positions.forget(tmp_path)

    assert json.loads((tmp_path / "lambda.json").read_text()) == {
        "__ministack_format__": 2,
        "payload": {"functions": functions},
    }


def test_a_first_start_has_nothing_to_forget(tmp_path: Path) -> None:
    stream_positions.forget(tmp_path)

    assert not list(tmp_path.iterdir())


def test_a_broken_file_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "lambda.json").write_text("{")

    with pytest.raises(CannotRun, match=r"lambda\.json\): `make reset` wipes them\.$"):
        stream_positions.forget(tmp_path)
