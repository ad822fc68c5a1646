"""The expiry of API keys does not change with each synthesis, and rotating the keys interrupts no caller."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_appsync as appsync
from aws_cdk.assertions import Template

from cdk.api_keys import add_keys, expiry
from cdk.bundling import ROOT

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(3 * 366)]


def keys(names: Sequence[str], today: date) -> Mapping[str, Any]:
    """Returns the keys in the template of a stage with these key names, by logical id."""
    stack = Stack(App(), "Stack")
    mode = appsync.AuthorizationMode(authorization_type=appsync.AuthorizationType.API_KEY)
    api = appsync.GraphqlApi(
        stack,
        "Api",
        name="tasks",
        definition=appsync.Definition.from_file(str(ROOT / "schema.graphql")),
        authorization_config=appsync.AuthorizationConfig(default_authorization=mode),
    )
    add_keys(stack, api, names, today)
    return Template.from_stack(stack).find_resources("AWS::AppSync::ApiKey")


def test_a_key_does_not_change_from_one_day_to_the_next() -> None:
    assert keys(["A"], date(2026, 10, 1)) == keys(["A"], date(2026, 12, 31))


def test_a_key_that_is_deployed_on_any_day_is_valid_for_nine_months_and_for_no_more_than_appsync_takes() -> None:
    for today in DAYS:
        left = datetime.fromtimestamp(expiry(today), UTC).date() - today
        assert timedelta(days=267) < left <= timedelta(days=365), today


def test_a_key_is_rotated_by_a_new_one_beside_it_and_then_without_it() -> None:
    today = date(2026, 11, 24)
    before, both, after = keys(["A"], today), keys(["A", "B"], today), keys(["B"], today)

    assert before.items() < both.items()
    assert after.items() < both.items()
    assert not before.keys() & after.keys()
