"""Ids and client tokens accept only valid texts."""

import pytest

from domain.errors import ValidationError
from domain.identifiers import ClientToken, TaskId, UserId

FORGED = ["", "a#b", "a b", "a\nb", "\u0430nna", "TASK#1", "x" * 300, "a\x00"]


@pytest.mark.parametrize("value", FORGED)
def test_nothing_that_could_forge_a_key_is_an_id(value: str) -> None:
    with pytest.raises(ValidationError) as of_task:
        TaskId(value)
    with pytest.raises(ValidationError) as of_user:
        UserId(value)

    assert (of_task.value.info["field"], of_task.value.info["rule"]) == (
        "id",
        "must be 1 to 100 letters, digits, '-' or '_'",
    )
    assert (of_user.value.info["field"], of_user.value.info["rule"]) == (
        "userId",
        "must be 1 to 128 letters, digits or any of . _ @ + = , : | / -",
    )


@pytest.mark.parametrize(
    "value", ["anna", "anna@example.com", "5f0c2f3e-1b1e-4b0a-9d5e-1f0c2f3e1b1e", "eu-west-1:abc", "auth0|7"]
)
def test_what_identity_providers_call_users_is_a_user_id(value: str) -> None:
    assert str(UserId(value)) == value


@pytest.mark.parametrize("value", ["", "x" * 129, "x" * 300, "with space", "é"])
def test_a_bad_client_token_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ClientToken(value)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == (
        "clientToken",
        "must be 1 to 128 visible ASCII characters",
    )


def test_a_token_stands_for_one_id_for_each_user() -> None:
    derived = TaskId.derived(UserId("anna"), ClientToken("t-1"))

    assert derived == TaskId.derived(UserId("anna"), ClientToken("t-1"))
    assert derived != TaskId.derived(UserId("boris"), ClientToken("t-1"))
    assert derived != TaskId.derived(UserId("anna"), ClientToken("t-2"))
