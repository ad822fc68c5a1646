"""The gateway's web application: the HTTP and WebSocket endpoints, the console and the health check."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from appsync_offline.gateway import CannotLoad, Gateway
from appsync_offline.realtime.endpoint import RealtimeEndpoint
from appsync_offline.web.frontends import CORS, admits
from appsync_offline.web.http import HttpEndpoint, refusal
from appsync_offline.web.pages import Pages
from appsync_offline.web.visits import Guard

logger = logging.getLogger(__name__)
_REFUSALS = {
    404: {"errorType": "NotFoundException", "message": "There is nothing at this address."},
    405: {"errorType": "MethodNotAllowedException", "message": "This address does not take this method."},
}
_REALTIME = ("/graphql", "/graphql/realtime")
_FAILURE = {"errorType": "InternalFailure", "message": "The gateway failed; its log says why."}


class _Sockets:
    """Serves WebSockets ahead of Starlette, whose stack frames would cost an idle connection 4 KB."""

    def __init__(self, app: ASGIApp, realtime: RealtimeEndpoint) -> None:
        self._app = app
        self._realtime = realtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] in _REALTIME:
            await self._realtime.serve(WebSocket(scope, receive, send))
        else:
            await self._app(scope, receive, send)


def create_app(gateway: Gateway, console: Path | None = None, allowed_hosts: Iterable[str] = ()) -> ASGIApp:
    """Returns the ASGI application.

    `console` is a folder of static pages for `/`. `allowed_hosts` are names of this machine beside its loopback names.
    """
    http, realtime = HttpEndpoint(gateway), RealtimeEndpoint(gateway)

    async def health(_request: Request) -> Response:
        api = gateway.engine.api
        return JSONResponse({"status": "ok", "api": api.name, "subscriptions": len(gateway.subscriptions)})

    async def reload(_request: Request) -> Response:
        try:
            await run_in_threadpool(gateway.reload)
        except CannotLoad as fault:
            logger.warning("not reloaded: %s", fault)
            return refusal(409, {"errorType": "CannotLoad", "message": str(fault)})
        return JSONResponse({"status": "reloaded"})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await realtime.close()

    async def no_such_thing(_request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        return refusal(status, _REFUSALS.get(status, _FAILURE))

    routes: list[BaseRoute] = [
        Route("/graphql", http.respond, methods=["GET", "POST", "OPTIONS"], middleware=[CORS]),
        Route("/health", health),
        Route("/_reload", reload, methods=["POST"]),
    ]
    if console:
        routes.append(Mount("/", Pages(console)))
    pages = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: no_such_thing, Exception: no_such_thing},
    )
    return Guard(_Sockets(pages, realtime), admits, allowed_hosts)
