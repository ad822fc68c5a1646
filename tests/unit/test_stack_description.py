"""`stack.json` is for its owner alone, and tells programs how to reach the running stack."""

import json
from pathlib import Path

import pytest

from local.description import StackDescription
from local.settings import Settings
from local.users import DemoUser


def a_stack(**changes: str) -> StackDescription:
    values = {name: name for name in StackDescription.model_fields} | {
        "graphql_url": "http://127.0.0.1:5000/graphql",
        "tls_graphql_url": "https://localhost:5443/graphql",
        "aws_endpoint_url": "http://127.0.0.1:5566",
        "aws_secret_access_key": "the-secret",
    }
    users = (DemoUser(username="alice", sub="1", password="of-alice"),)
    return StackDescription.model_validate(
        {**values, **changes, "users": users, "functions": {"resolver": "x"}}, by_name=True
    )


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    a_stack().write(tmp_path / "stack.json")

    assert StackDescription.read(tmp_path / "stack.json") == a_stack()
    content = json.loads((tmp_path / "stack.json").read_text())
    assert content["awsSecretAccessKey"] == "the-secret"
    assert content["users"][0]["username"] == "alice"
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    a_stack().write(tmp_path / "stack.json")
    content = json.loads((tmp_path / "stack.json").read_text())
    (tmp_path / "stack.json").write_text(json.dumps({**content, "later": 1}))

    assert StackDescription.read(tmp_path / "stack.json") == a_stack()


def test_no_secret_is_shown_by_accident() -> None:
    assert "the-secret" not in repr(a_stack())
    assert "of-alice" not in repr(a_stack())
    assert "the-secret" not in repr(a_stack().settings(Settings()))


@pytest.mark.parametrize(("scheme", "enforces_iam"), [("http", False), ("https", True)])
def test_a_command_reaches_the_running_stack_whatever_its_own_settings(scheme: str, enforces_iam: bool) -> None:
    stack = a_stack(aws_endpoint_url=f"{scheme}://127.0.0.1:5566")

    settings = stack.settings(Settings(port=1, ministack_port=2, enforces_iam=not enforces_iam))

    assert (settings.port, settings.tls_port, settings.ministack_port) == (5000, 5443, 5566)
    assert (settings.enforces_iam, settings.secret) == (enforces_iam, "the-secret")
