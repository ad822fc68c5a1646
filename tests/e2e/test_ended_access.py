"""Who loses access hears nothing more, although their connection and their token would live on."""

import asyncio

import pytest
from gql import GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError

from local.settings import Settings
from tests.e2e.clients import Api, Subscribed, eventually
from tests.e2e.test_personal_data import command

PASSWORD = "Local-dora-2026!"
EVERYONES = "subscription { onTaskChanged { event task { title userId } } }"


async def test_an_admin_who_leaves_hears_nothing_more_and_others_go_on(api: Api, settings: Settings) -> None:
    token = api.with_token(an_admin(api))
    async with (
        api.http(api.with_key()) as http,
        api.realtime(api.with_key()) as others,
        Subscribed(api, others, EVERYONES) as remaining,
        api.realtime(token) as session,
        Subscribed(api, session, EVERYONES) as leaving,
    ):
        await http.create("erin", "Before")
        assert (await leaving.event())["onTaskChanged"]["task"]["title"] == "Before"
        assert (await remaining.event())["onTaskChanged"]["task"]["title"] == "Before"
        before = await api.subscriptions() or 0

        told = await asyncio.to_thread(command, settings, "end-access", "--username", "dora", "--grace", "1")

        assert "Subscriptions: ended" in told

        async def is_ended() -> bool:
            return await api.subscriptions() == before - 1

        await eventually(is_ended, within=60)
        await http.create("erin", "Afterwards")
        assert (await remaining.event())["onTaskChanged"]["task"]["title"] == "Afterwards"
        with pytest.raises((TransportError, StopAsyncIteration)):
            await leaving.event()
    async with api.realtime(token) as again:
        with pytest.raises(TransportQueryError, match="Your access has been ended"):
            await anext(aiter(again.subscribe(GraphQLRequest(EVERYONES))))


def an_admin(api: Api) -> str:
    """Returns the access token of a new admin, dora."""
    cognito, pool = api.cognito(), {"UserPoolId": api.stack.user_pool_id, "Username": "dora"}
    cognito.admin_create_user(**pool, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(**pool, GroupName="admins")
    answer = cognito.initiate_auth(
        ClientId=api.stack.user_pool_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "dora", "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]["AccessToken"]
