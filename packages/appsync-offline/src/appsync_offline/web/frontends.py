"""Decides which web pages may use the gateway.

A frontend under development is served from another port, such as Vite's 5173. Therefore pages of every loopback origin
may use /graphql, over HTTP and WebSocket, with the credentials that AppSync requires. The gateway's other paths are
open only to its own pages and to programs. Pages of other origins are refused. (AppSync itself allows every origin.)
"""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from appsync_offline.web.visits import Visit

_GRAPHQL = {"/graphql", "/graphql/realtime"}
# The response headers that AppSync exposes to scripts.
_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version"

CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],  # `admits` has already refused foreign origins
    allow_methods=["GET", "POST"],
    allow_headers=["*"],
    expose_headers=[_EXPOSED],
    allow_private_network=True,  # a page of another port may ask first whether it may call this machine
)
"""Allows the pages that `admits` accepts to read the responses of /graphql."""


def admits(visit: Visit) -> bool:
    """Returns whether a request may pass.

    Programs, navigation by the user and the gateway's own pages may pass; pages of loopback origins pass to /graphql.
    """
    if visit.path in _GRAPHQL:
        return visit.is_from_loopback if visit.origin is not None else visit.site != "cross-site"
    if visit.origin is not None:
        return visit.is_from_here
    return visit.site in {None, "none", "same-origin"} or visit.is_navigation
