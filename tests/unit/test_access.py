"""An actor acts for themselves, or for anyone if they may."""

from datetime import UTC, datetime

import pytest

from domain.access import Actor
from domain.errors import Unauthorized, ValidationError
from domain.identifiers import UserId
from resolvers.access import Access
from tests.builders import ANNA, BORIS
from tests.integration.lambda_events import IAM, a_user

USER = Actor(ANNA, acts_for_anyone=False)
ADMIN = Actor(ANNA, acts_for_anyone=True)
SERVICE = Actor(None, acts_for_anyone=True)


@pytest.mark.parametrize(
    ("actor", "named", "owner"),
    [(USER, None, ANNA), (USER, ANNA, ANNA), (ADMIN, None, ANNA), (ADMIN, BORIS, BORIS), (SERVICE, BORIS, BORIS)],
)
def test_the_named_user_or_else_oneself_is_meant(actor: Actor, named: object, owner: object) -> None:
    assert actor.owner(named) == owner  # type: ignore[arg-type]


def test_a_user_may_not_name_somebody_else() -> None:
    with pytest.raises(Unauthorized, match=r"^You may only act on your own tasks\.$"):
        USER.owner(BORIS)


def test_a_caller_that_is_no_user_must_name_one() -> None:
    with pytest.raises(ValidationError) as refusal:
        SERVICE.owner(None)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == (
        "userId",
        "must be given by a caller that is not a signed-in user",
    )


@pytest.mark.parametrize(
    ("groups", "is_admin"),
    [
        (["admins"], True),
        (["others", "admins"], True),
        (["not-admins-really"], False),
        ([], False),
        (None, False),
        ("admins", False),
        ("not-admins-really", False),
        ({"admins": True}, False),
    ],
)
def test_only_a_list_of_groups_makes_an_admin(groups: object, is_admin: bool) -> None:
    actor = Access(accepts_api_keys=False).actor_of({"identity": {**a_user("anna"), "groups": groups}})

    assert actor.acts_for_anyone == is_admin


@pytest.mark.parametrize("issued", [1_795_000_000, "1795000000"])
def test_the_time_of_a_users_token_is_known(issued: object) -> None:
    identity = a_user("anna")
    identity["claims"]["iat"] = issued

    actor = Access(accepts_api_keys=False).actor_of({"identity": identity})

    assert actor.token_issued_at == datetime.fromtimestamp(1_795_000_000, UTC)


def test_a_token_without_a_time_has_none() -> None:
    assert Access(accepts_api_keys=False).actor_of({"identity": a_user("anna")}).token_issued_at is None


@pytest.mark.parametrize(
    ("arn", "user"),
    [
        ("arn:aws:sts::123456789012:assumed-role/tasks-api-smoke/GitHubActions", "tasks-api-smoke"),
        ("arn:aws-cn:sts::123456789012:assumed-role/tasks-api-smoke/x", "tasks-api-smoke"),
        ("arn:aws:sts::123456789012:assumed-role/tasks-api-smoke-2/x", None),
        ("arn:aws:sts::123456789012:assumed-role/service/tasks-api-smoke", None),
        ("arn:aws:iam::123456789012:user/tasks-api-smoke", None),
    ],
)
def test_the_role_of_the_smoke_tests_acts_only_for_itself(arn: str, user: str | None) -> None:
    actor = Access(accepts_api_keys=False).actor_of({"identity": IAM | {"userArn": arn}})

    assert (actor.user_id, actor.acts_for_anyone) == (UserId(user) if user else None, user is None)


@pytest.mark.parametrize(
    ("arn", "service"),
    [
        ("arn:aws:sts::1:assumed-role/mailer/session-1", "arn:aws:sts::1:assumed-role/mailer"),
        ("arn:aws:iam::1:user/mailer", "arn:aws:iam::1:user/mailer"),
    ],
)
def test_all_sessions_of_a_role_are_one_service(arn: str, service: str) -> None:
    assert Access(accepts_api_keys=False).actor_of({"identity": IAM | {"userArn": arn}}).service == service
