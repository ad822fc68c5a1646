"""Real clients of the API: gql over HTTP and over AppSync's WebSocket protocol."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import boto3
from botocore.credentials import Credentials
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError

from local.description import StackDescription

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

PATIENCE = 60  # seconds; the limit of every wait, on a machine that runs other tests too
REGISTRATION = 3  # seconds after which a subscription counts as registered if the API cannot tell


class Endpoint:
    """An API at any address, as one caller uses it.

    `own_id` is the caller's id if the caller is a user. `patience` is how many seconds an effect may take. `created`
    lists the ids of the tasks that the endpoint's sessions created.
    """

    def __init__(
        self,
        graphql_url: str,
        auth: AppSyncAuthentication,
        own_id: str | None = None,
        *,
        patience: float = PATIENCE,
        user_prefix: str = "",
    ) -> None:
        self.graphql_url = graphql_url
        self.patience = patience
        self.created: list[str] = []
        self._host = urlsplit(graphql_url).netloc
        self._auth = auth
        self._own_id = own_id
        self._user_prefix = user_prefix

    def caller(self) -> AppSyncAuthentication:
        """Returns the caller's credentials."""
        return self._auth

    def user(self, name: str) -> str:
        """Returns a user for whom the caller may act: the named user, or the caller."""
        return self._own_id or f"{self._user_prefix}{name}"

    @asynccontextmanager
    async def http(self, auth: AppSyncAuthentication) -> AsyncIterator[Session]:
        """Yields a session over HTTP."""
        transport = AIOHTTPTransport(url=self.graphql_url, auth=auth)
        async with Client(transport=transport, execute_timeout=PATIENCE) as session:
            yield Session(session, self.created)

    @asynccontextmanager
    async def realtime(
        self, auth: AppSyncAuthentication, *, path: str | None = None
    ) -> AsyncIterator[AsyncClientSession]:
        """Yields a session over the WebSocket."""
        url = urlsplit(self.graphql_url)
        # gql converts https to wss and AppSync's host to its realtime host, but does not convert http.
        scheme = {"http": "ws"}.get(url.scheme, url.scheme)
        transport = AppSyncWebsocketsTransport(url=f"{scheme}://{url.netloc}{path or url.path}", auth=auth)
        async with Client(transport=transport) as session:
            yield session

    async def registered(self, before: int | None) -> bool:
        """Returns whether a subscription that was just started is registered. gql does not expose start_ack."""
        if before is None:
            await asyncio.sleep(REGISTRATION)
            return True
        return (await self.subscriptions() or 0) > before

    async def subscriptions(self) -> int | None:
        """Returns the number of running subscriptions, or None if the API cannot tell."""
        return None


class Api(Endpoint):
    """A local stack as clients use it."""

    def __init__(self, stack: StackDescription) -> None:
        self.stack = stack
        super().__init__(stack.graphql_url, self.with_key_of(stack))

    @staticmethod
    def with_key_of(stack: StackDescription) -> AppSyncAuthentication:
        """Returns the credentials of a developer with the stack's API key."""
        return AppSyncApiKeyAuthentication(host=urlsplit(stack.graphql_url).netloc, api_key=stack.api_key)

    def with_key(self, key: str | None = None) -> AppSyncAuthentication:
        """Returns the credentials of a developer with the API key or with another key."""
        return AppSyncApiKeyAuthentication(host=self._host, api_key=key or self.stack.api_key)

    def as_user(self, username: str) -> AppSyncAuthentication:
        """Returns the credentials of a signed-in user."""
        return self.with_token(self.token(username))

    def with_token(self, token: str) -> AppSyncAuthentication:
        """Returns the credentials of the token's owner."""
        return AppSyncJWTAuthentication(host=self._host, jwt=token)

    def as_service(self) -> AppSyncAuthentication:
        """Returns the credentials of a service, which uses IAM."""
        key = Credentials(self.stack.aws_access_key_id, self.stack.aws_secret_access_key)
        return AppSyncIAMAuthentication(host=self._host, region_name=self.stack.region, credentials=key)

    def sub(self, username: str) -> str:
        """Returns a user's id in the API."""
        return next(user.sub for user in self.stack.users if user.username == username)

    def token(self, username: str) -> str:
        """Returns a user's access token."""
        return self.tokens(username, self.stack.user_pool_client_id)["AccessToken"]

    def tokens(self, username: str, client_id: str) -> Mapping[str, str]:
        """Returns a user's `AccessToken` and `IdToken`, which are issued to an app client."""
        user = next(user for user in self.stack.users if user.username == username)
        answer = self.cognito().initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": user.password},
        )
        return {name: str(value) for name, value in answer["AuthenticationResult"].items()}

    def cognito(self) -> CognitoIdentityProviderClient:
        """Returns a client of the user pool's own API."""
        return boto3.client(
            "cognito-idp",
            endpoint_url=self.stack.aws_endpoint_url,
            region_name=self.stack.region,
            aws_access_key_id=self.stack.aws_access_key_id,
            aws_secret_access_key=self.stack.aws_secret_access_key,
        )

    async def subscriptions(self) -> int | None:
        """Returns the number of running subscriptions on the gateway."""
        return await asyncio.to_thread(self._subscriptions)

    def _subscriptions(self) -> int:
        with urllib.request.urlopen(urljoin(self.stack.console_url, "health"), timeout=PATIENCE) as answer:
            return int(json.load(answer)["subscriptions"])

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any, Mapping[str, str]]:
        """Send a raw request. Returns the status, the decoded body and the headers."""
        request = urllib.request.Request(self.stack.graphql_url, data=body, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer), dict(answer.headers)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal), dict(refusal.headers)


class Session:
    """A session that runs operations over HTTP or the WebSocket."""

    def __init__(self, session: AsyncClientSession, created: list[str]) -> None:
        self._session = session
        self._created = created

    async def __call__(self, query: str, **variables: object) -> dict[str, Any]:
        """Returns the data of an operation. Raises TransportQueryError with the errors."""
        answer = await self._session.execute(GraphQLRequest(query, variable_values=variables))
        return dict(answer)

    async def create(self, user_id: str, title: str = "Buy milk") -> str:
        """Create a task. Returns its id."""
        query = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id } }"
        id_ = str((await self(query, input={"userId": user_id, "title": title}))["createTask"]["id"])
        self._created.append(id_)
        return id_

    async def refusal(self, query: str, **variables: object) -> dict[str, Any]:
        """Returns the only error of the operation."""
        try:
            answer = await self(query, **variables)
        except TransportQueryError as refused:
            errors = refused.errors or []
            assert len(errors) == 1, errors
            return dict(errors[0])
        raise AssertionError(f"not refused: {answer}")


class Subscribed:
    """A running subscription. Entering it waits for its registration, and `event` waits for the next event."""

    def __init__(self, api: Endpoint, session: AsyncClientSession, query: str, **variables: object) -> None:
        self._api = api
        self._events = session.subscribe(GraphQLRequest(query, variable_values=variables))
        self._next: asyncio.Future[Any] | None = None

    async def __aenter__(self) -> Subscribed:
        before = await self._api.subscriptions()
        self._next = asyncio.ensure_future(anext(self._events))

        async def registered() -> bool:
            failed = self._next is not None and self._next.done()
            return failed or await self._api.registered(before)

        await eventually(registered)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._next:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await self._events.aclose()

    def raise_if_refused(self) -> None:
        """Raises TransportQueryError if the subscription was refused."""
        if self._next and self._next.done():
            self._next.result()

    async def event(self) -> dict[str, Any]:
        """Returns the next event."""
        waiting = self._next or asyncio.ensure_future(anext(self._events))
        self._next = None
        return dict(await asyncio.wait_for(waiting, self._api.patience))


async def eventually(holds: Callable[[], Awaitable[bool]], *, within: float = PATIENCE) -> None:
    """Return as soon as the condition holds. Raises AssertionError when it does not hold within `within` seconds."""
    deadline = time.monotonic() + within
    while not await holds():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.05)
