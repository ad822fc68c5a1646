"""The unmodified `gql` client works with the gateway with every class of credentials, over HTTP and WebSocket."""

import asyncio
from collections.abc import Callable

import pytest
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider
from appsync_offline.testing.apis import ACCESS_KEY, API_KEY, REGION, an_api, coded
from appsync_offline.testing.identity_provider import POOL, IdentityProvider
from appsync_offline.testing.serving import PATIENCE, served, until
from botocore.credentials import Credentials
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError

_EVERYBODY = "@aws_api_key @aws_iam @aws_cognito_user_pools"
API = an_api(
    f"""
    type Query {{ none: String }}
    type Mutation {{ addBook(title: String): Book {_EVERYBODY} }}
    type Subscription {{ onBook: Book {_EVERYBODY} @aws_subscribe(mutations: ["addBook"]) }}
    type Book {_EVERYBODY} {{ title: String }}
    """,
    coded("Mutation.addBook", request="return { payload: ctx.args }"),
    auth=(
        AuthProvider(AuthMode.API_KEY),
        AuthProvider(AuthMode.IAM),
        AuthProvider(AuthMode.COGNITO, user_pool_id=POOL, user_pool_region=REGION),
    ),
)
ADD = gql('mutation { addBook(title: "Emma") { title } }')
ON_BOOK = gql("subscription { onBook { title } }")


def _api_key(host: str, _issuer: IdentityProvider) -> AppSyncAuthentication:
    return AppSyncApiKeyAuthentication(host=host, api_key=API_KEY)


def _jwt(host: str, issuer: IdentityProvider) -> AppSyncAuthentication:
    return AppSyncJWTAuthentication(host=host, jwt=issuer.pool_token())


def _iam(host: str, _issuer: IdentityProvider) -> AppSyncAuthentication:
    return AppSyncIAMAuthentication(
        host=host, region_name=REGION, credentials=Credentials("AKIAANNA", ACCESS_KEY.secret)
    )


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
@pytest.mark.parametrize("credentials", [_api_key, _jwt, _iam], ids=["API key", "JWT", "IAM"])
async def test_gql_hears_of_what_gql_does(
    issuer: IdentityProvider, credentials: Callable[[str, IdentityProvider], AppSyncAuthentication], path: str
) -> None:
    async with served(API, aws_endpoint=issuer.url) as server:
        host = f"127.0.0.1:{server.port}"
        auth = credentials(host, issuer)
        transport = AppSyncWebsocketsTransport(url=f"ws://{host}{path}", auth=auth)
        async with (
            Client(transport=transport) as realtime,
            Client(transport=AIOHTTPTransport(url=server.url, auth=auth)) as http,
        ):
            events = realtime.subscribe(ON_BOOK)
            first = asyncio.ensure_future(anext(events))
            await until(lambda: len(server.gateway.subscriptions) == 1)

            added = await http.execute(ADD)

            assert added == {"addBook": {"title": "Emma"}}
            assert await asyncio.wait_for(first, PATIENCE) == {"onBook": {"title": "Emma"}}
            await events.aclose()
            await until(lambda: len(server.gateway.subscriptions) == 0)


async def test_gql_raises_what_the_gateway_refuses() -> None:
    async with served(API) as server:
        host = f"127.0.0.1:{server.port}"
        stranger = AppSyncApiKeyAuthentication(host=host, api_key="da2-no")

        with pytest.raises(TransportServerError):
            async with Client(transport=AppSyncWebsocketsTransport(url=f"ws://{host}/graphql", auth=stranger)):
                pass
        with pytest.raises(TransportQueryError) as refused:
            async with Client(transport=AIOHTTPTransport(url=server.url, auth=stranger)) as http:
                await http.execute(ADD)

    assert refused.value.errors is not None
    assert refused.value.errors[0]["errorType"] == "UnauthorizedException"
