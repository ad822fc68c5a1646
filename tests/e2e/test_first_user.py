"""The first user of a deployed stage is created and signs in as docs/first-deployment.md describes."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.description import StackDescription
from resolvers.access import ADMINS
from tests.e2e.clients import Api
from tests.e2e.javascript import node

TEMPORARY, OWN = "Mailed-to-erin-2026!", "Chosen-by-erin-2026!"


@pytest.fixture
def erin(api: Api) -> Iterator[str]:
    """Yields the username of a user whom an operator created with a temporary password."""
    named: Any = {"UserPoolId": api.stack.user_pool_id, "Username": "erin"}
    cognito = api.cognito()
    attributes: Any = [{"Name": "email", "Value": "erin@example.com"}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(**named, UserAttributes=attributes, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(**named, GroupName=ADMINS)
    yield named["Username"]
    cognito.admin_delete_user(**named)


def token(stack: StackDescription, **environment: str) -> str:
    """Returns what the guide's command prints."""
    return node.output(
        "sign_in.mjs",
        USER_POOL_ID=stack.user_pool_id,
        USER_POOL_CLIENT_ID=stack.user_pool_client_id,
        USER_POOL_ENDPOINT=stack.aws_endpoint_url,
        within=node.PATIENCE,
        NODE_EXTRA_CA_CERTS=stack.certificate_authority,
        **environment,
    ).strip()


async def test_the_first_user_chooses_a_password_signs_in_by_srp_and_is_an_admin(
    stack: StackDescription, api: Api, erin: str
) -> None:
    first = token(stack, USERNAME=erin, PASSWORD=TEMPORARY, NEW_PASSWORD=OWN)
    later = token(stack, USERNAME=erin, PASSWORD=OWN)

    for granted in (first, later):
        async with api.http(api.with_token(granted)) as http:
            answer = await http("query($of: ID) { taskStatistics(userId: $of) { userId } }", of=api.sub("alice"))
        assert answer == {"taskStatistics": {"userId": api.sub("alice")}}


@pytest.mark.parametrize("password", ["Wrong-for-erin-2026!", TEMPORARY])
def test_a_wrong_password_and_a_temporary_one_that_was_used_sign_nobody_in(
    stack: StackDescription, erin: str, password: str
) -> None:
    token(stack, USERNAME=erin, PASSWORD=TEMPORARY, NEW_PASSWORD=OWN)

    with pytest.raises(AssertionError, match="NotAuthorizedException"):
        token(stack, USERNAME=erin, PASSWORD=password)
