"""Decides which web pages may use the gateway.

A frontend under development is served from another port, such as Vite's 5173. Therefore pages of every loopback origin
may use /graphql, over HTTP and WebSocket, with the credentials that AppSync requires. The gateway's other paths hold
keys: they are open only to its own pages and to programs of its own user. Pages of other origins are refused. (AppSync
itself allows every origin.)
"""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from appsync_offline.web.peers import is_of_another_user
from appsync_offline.web.visits import Visit

_HEALTH = "/health"
_GRAPHQL = {"/graphql", "/graphql/realtime"}
_OWN_SITES = {None, "none", "same-origin"}
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

    Programs, navigation by the user and the gateway's own pages may pass; pages of loopback origins pass to /graphql. A
    link of another page opens a folder's page. Other users of this machine pass to /graphql and /health.
    """
    if visit.path in _GRAPHQL:
        return visit.is_from_loopback if visit.origin is not None else visit.site != "cross-site"
    if visit.path != _HEALTH and is_of_another_user(visit.scope):
        return False
    if visit.origin is not None:
        return visit.is_from_here
    return visit.site in _OWN_SITES or (visit.is_navigation and visit.path.endswith("/"))


def has_foreign_query(visit: Visit) -> bool:
    """Returns whether another page chose the query string, with which it could make a page act."""
    return bool(visit.scope["query_string"]) and visit.site not in _OWN_SITES
