"""A user whom an operator creates signs in by SRP, with a password of their own, as docs/first-deployment.md says."""

from uuid import uuid4

from tests.e2e.clients import Api
from tests.e2e.javascript import node

TEMPORARY, CHOSEN = "Temporary-2026!", "Chosen-by-me-2026!"


async def test_a_created_user_chooses_a_password_and_uses_the_api(api: Api) -> None:
    username = f"first-{uuid4()}"
    api.cognito().admin_create_user(
        UserPoolId=api.stack.user_pool_id,
        Username=username,
        TemporaryPassword=TEMPORARY,
        MessageAction="SUPPRESS",
    )
    credentials = {
        "USER_POOL_ID": api.stack.user_pool_id,
        "USER_POOL_CLIENT_ID": api.stack.user_pool_client_id,
        "USER_POOL_ENDPOINT": api.stack.aws_endpoint_url,
        "USERNAME": username,
    }

    node.output("sign_in.mjs", PASSWORD=TEMPORARY, NEW_PASSWORD=CHOSEN, **credentials)
    token = node.output("sign_in.mjs", PASSWORD=CHOSEN, **credentials).strip()

    async with api.http(api.with_token(token)) as http:
        created = await http('mutation { createTask(input: { title: "Mine" }) { title } }')
    assert created == {"createTask": {"title": "Mine"}}
