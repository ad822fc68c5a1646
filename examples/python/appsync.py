"""The base class of the generated client, which uses gql's transports for AppSync.

`make python-client` copies this module into `tasks_api`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from pydantic import BaseModel

from .base_model import UNSET


class AppSyncClient:
    """Sends operations over HTTP and follows each subscription over its own WebSocket.

    `url` is the API's address, http or https. Every method raises gql's TransportError. A TransportQueryError lists the
    API's errors in `errors`, each with its `errorType`.
    """

    def __init__(self, url: str, auth: AppSyncAuthentication) -> None:
        self._url = url
        self._auth = auth

    async def execute(
        self, query: str, operation_name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Returns the data of a query or a mutation."""
        async with Client(transport=AIOHTTPTransport(url=self._url, auth=self._auth)) as session:
            data: dict[str, Any] = await session.execute(_request(query, operation_name, variables))
            return data

    def get_data(self, response: dict[str, Any]) -> dict[str, Any]:
        """Returns the data unchanged, because gql has already raised any errors."""
        return response

    async def execute_ws(
        self, query: str, operation_name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yields the data of each event until the iteration ends."""
        # gql converts https to wss and AppSync's host to its realtime host, but does not convert http.
        url = self._url.replace("http:", "ws:", 1)
        async with Client(transport=AppSyncWebsocketsTransport(url=url, auth=self._auth)) as session:
            async for data in session.subscribe(_request(query, operation_name, variables)):
                yield data


def _request(query: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> GraphQLRequest:
    values = {name: _json(value) for name, value in (variables or {}).items() if value is not UNSET}
    return GraphQLRequest(query, variable_values=values, operation_name=operation_name)


def _json(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return value
