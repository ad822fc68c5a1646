"""Which web pages may use the gateway.

A frontend under development is a page of another port, such as Vite's 5173: pages of loopback origins may use /graphql,
over HTTP and WebSocket, with the credentials that AppSync asks for. Everything else is for the gateway's own pages and
for programs. Pages of other origins get nothing. (AppSync itself answers pages of every origin.)
"""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from local.gateway.visits import Visit

_GRAPHQL = {"/graphql", "/graphql/realtime"}
# What AppSync lets a page's script read.
_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version"

CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],  # whom `admits` has let through
    allow_methods=["GET", "POST"],
    allow_headers=["*"],
    expose_headers=[_EXPOSED],
)
"""Lets the pages that `admits` lets through read the answers of /graphql."""


def admits(visit: Visit) -> bool:
    """Whether a program, the person, or one of the gateway's own pages asks; or a local frontend asks for /graphql."""
    if visit.path in _GRAPHQL:
        return visit.is_from_loopback if visit.origin is not None else visit.site != "cross-site"
    if visit.origin is not None:
        return visit.is_from_here
    return visit.site in {None, "none", "same-origin"} or visit.is_navigation
