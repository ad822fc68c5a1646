"""The callers of the API, and the resolver Lambda called as AppSync calls it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.integration.lambda_events import ADMIN, API_KEY, IAM, LambdaContext, a_user, field_event
from tests.integration.resolver_lambda import handler

Answer = dict[str, Any]
"""`{"data": …}` or `{"error": {"type", "message", "info"}}`."""


@dataclass(frozen=True)
class Caller:
    """A caller. `user` is None for callers that are not users."""

    name: str
    identity: dict[str, Any] | None
    user: str | None = None
    acts_for_anyone: bool = False
    is_known: bool = True

    def __repr__(self) -> str:
        return self.name

    def may_act_for(self, owner: str) -> bool:
        """Returns whether the caller may see and change this user's tasks."""
        return self.acts_for_anyone or self.user == owner


# Names that are prefixes of each other or look like a part of a key must not be confused.
USERS = ("anna", "ann", "anna/PENDING", "boris")
PEOPLE = {name: Caller(name, a_user(name), name) for name in USERS}
OPERATORS = (
    Caller("admin", ADMIN, "ada", acts_for_anyone=True),
    Caller("API key", API_KEY, acts_for_anyone=True),
    Caller("IAM", IAM, acts_for_anyone=True),
)
NOBODY = Caller("nobody", {"resolverContext": {}}, is_known=False)
CALLERS = (*PEOPLE.values(), *OPERATORS, NOBODY)


def call(field: str, arguments: dict[str, Any], caller: Caller) -> Answer:
    """Returns the envelope that lambda_resolver.js receives. Values that are not JSON fail."""
    event = json.loads(json.dumps(field_event(field, arguments, caller.identity)))
    answer: Answer = json.loads(json.dumps(handler(event, LambdaContext())))
    return answer
