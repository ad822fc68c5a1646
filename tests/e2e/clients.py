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

PATIENCE = 15  # seconds that anything may take
REGISTRATION = 3  # seconds until a subscription is live where it cannot be asked


class Endpoint:
    """An API somewhere, as one caller uses it.

    `own_id` is the caller's, where the caller is a user. `patience` is how many seconds an effect may take. `created`
    lists the ids of the tasks that its sessions created.
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
        """The caller's credentials."""
        return self._auth

    def user(self, name: str) -> str:
        """A user whom the caller may act for: the one of this name, or the caller."""
        return self._own_id or f"{self._user_prefix}{name}"

    @asynccontextmanager
    async def http(self, auth: AppSyncAuthentication) -> AsyncIterator[Session]:
        """A session over HTTP."""
        transport = AIOHTTPTransport(url=self.graphql_url, auth=auth)
        async with Client(transport=transport, execute_timeout=PATIENCE) as session:
            yield Session(session, self.created)

    @asynccontextmanager
    async def realtime(
        self, auth: AppSyncAuthentication, *, path: str | None = None
    ) -> AsyncIterator[AsyncClientSession]:
        """A session over the WebSocket."""
        url = urlsplit(self.graphql_url)
        # gql turns https into wss, and AppSync's host into its realtime host; http it leaves alone.
        scheme = {"http": "ws"}.get(url.scheme, url.scheme)
        transport = AppSyncWebsocketsTransport(url=f"{scheme}://{url.netloc}{path or url.path}", auth=auth)
        async with Client(transport=transport) as session:
            yield session

    async def registered(self, before: int | None) -> bool:
        """Whether a subscription that was just started is registered. gql keeps start_ack to itself."""
        if before is None:
            await asyncio.sleep(REGISTRATION)
            return True
        return (await self.subscriptions() or 0) > before

    async def subscriptions(self) -> int | None:
        """How many subscriptions run, where that can be known."""
        return None


class Api(Endpoint):
    """A local stack, as clients use it."""

    def __init__(self, stack: StackDescription) -> None:
        self.stack = stack
        super().__init__(stack.graphql_url, self.with_key_of(stack))

    @staticmethod
    def with_key_of(stack: StackDescription) -> AppSyncAuthentication:
        """A developer with the stack's API key."""
        return AppSyncApiKeyAuthentication(host=urlsplit(stack.graphql_url).netloc, api_key=stack.api_key)

    def with_key(self, key: str | None = None) -> AppSyncAuthentication:
        """A developer with the API key, or with another one."""
        return AppSyncApiKeyAuthentication(host=self._host, api_key=key or self.stack.api_key)

    def as_user(self, username: str) -> AppSyncAuthentication:
        """A signed-in user."""
        return self.with_token(self.token(username))

    def with_token(self, token: str) -> AppSyncAuthentication:
        """Whoever the token is of."""
        return AppSyncJWTAuthentication(host=self._host, jwt=token)

    def as_service(self) -> AppSyncAuthentication:
        """A service with IAM credentials."""
        return AppSyncIAMAuthentication(
            host=self._host, region_name=self.stack.region, credentials=Credentials("test", "test")
        )

    def sub(self, username: str) -> str:
        """A user's id in the API."""
        return next(user.sub for user in self.stack.users if user.username == username)

    def token(self, username: str) -> str:
        """A user's access token."""
        return self.tokens(username, self.stack.user_pool_client_id)["AccessToken"]

    def tokens(self, username: str, client_id: str) -> Mapping[str, str]:
        """A user's `AccessToken` and `IdToken`, issued to an app client."""
        user = next(user for user in self.stack.users if user.username == username)
        answer = self.cognito().initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": user.password},
        )
        return {name: str(value) for name, value in answer["AuthenticationResult"].items()}

    def cognito(self) -> CognitoIdentityProviderClient:
        """The user pool's own API."""
        return boto3.client(
            "cognito-idp",
            endpoint_url=self.stack.aws_endpoint_url,
            region_name=self.stack.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    async def subscriptions(self) -> int | None:
        """How many subscriptions run on the gateway."""
        return await asyncio.to_thread(self._subscriptions)

    def _subscriptions(self) -> int:
        with urllib.request.urlopen(urljoin(self.stack.console_url, "health"), timeout=PATIENCE) as answer:
            return int(json.load(answer)["subscriptions"])

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any, Mapping[str, str]]:
        """A raw request: status, decoded body, headers."""
        request = urllib.request.Request(self.stack.graphql_url, data=body, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer), dict(answer.headers)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal), dict(refusal.headers)


class Session:
    """Operations over HTTP."""

    def __init__(self, session: AsyncClientSession, created: list[str]) -> None:
        self._session = session
        self._created = created

    async def __call__(self, query: str, **variables: object) -> dict[str, Any]:
        """The data. Raises TransportQueryError with the errors."""
        answer = await self._session.execute(GraphQLRequest(query, variable_values=variables))
        return dict(answer)

    async def create(self, user_id: str, title: str = "Buy milk") -> str:
        """A new task's id."""
        query = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id } }"
        id_ = str((await self(query, input={"userId": user_id, "title": title}))["createTask"]["id"])
        self._created.append(id_)
        return id_

    async def refusal(self, query: str, **variables: object) -> dict[str, Any]:
        """The one error that the operation gets."""
        try:
            answer = await self(query, **variables)
        except TransportQueryError as refused:
            errors = refused.errors or []
            assert len(errors) == 1, errors
            return dict(errors[0])
        raise AssertionError(f"not refused: {answer}")


class Subscribed:
    """A running subscription. Entered, it is registered; `event` awaits what comes."""

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
        """Raises TransportQueryError when the subscription was refused."""
        if self._next and self._next.done():
            self._next.result()

    async def event(self) -> dict[str, Any]:
        """The next event."""
        waiting = self._next or asyncio.ensure_future(anext(self._events))
        self._next = None
        return dict(await asyncio.wait_for(waiting, self._api.patience))


async def eventually(holds: Callable[[], Awaitable[bool]], *, within: float = PATIENCE) -> None:
    """Return once it holds. Raises AssertionError when it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not await holds():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.05)
