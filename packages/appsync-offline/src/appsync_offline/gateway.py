"""The gateway's shared state: the loaded API and the running subscriptions."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import OperationType

from appsync_offline.authentication.authenticator import Authenticate, Credentials
from appsync_offline.authentication.caller import Caller
from appsync_offline.execution.engine import Answer, Engine, Outcome
from appsync_offline.execution.faults import Fault
from appsync_offline.execution.operation import Refused, Unparsable
from appsync_offline.realtime.subscriptions import Subscriptions

logger = logging.getLogger(__name__)
_SHOWN = 120  # characters of a name in the log


class SubscriptionOverHttp(Exception):
    """The HTTP endpoint received a subscription; it runs only queries and mutations."""


class MutationByGet(Exception):
    """A strict gateway received a mutation by GET."""


class CannotLoad(Exception):
    """The API cannot be served as it is deployed. The message is a sentence that says why."""


@dataclass(frozen=True)
class LoadedApi:
    """An API that is ready to serve: its execution engine and its authentication."""

    engine: Engine
    authenticate: Authenticate


class Gateway:
    """Serves the API that `load` returns. `reload` calls `load` again while subscribers stay connected."""

    def __init__(self, load: Callable[[], LoadedApi]) -> None:
        self._load = load
        self._loaded = load()
        self.subscriptions = Subscriptions()

    @property
    def engine(self) -> Engine:
        """The engine of the API that is loaded now."""
        return self._loaded.engine

    def reload(self) -> None:
        """Serve the API as it is deployed now. Raises CannotLoad, and then keeps serving the previous API."""
        self._loaded = self._load()

    async def authenticate(self, credentials: Credentials) -> Caller:
        """Returns the caller. Raises AuthenticationFailed."""
        return await self._loaded.authenticate(credentials)

    async def answer(
        self,
        query: str,
        variables: Mapping[str, Any],
        operation_name: str | None,
        caller: Caller,
        headers: Mapping[str, str],
    ) -> Answer:
        """Run a query or mutation and return its answer. Raises SubscriptionOverHttp and Unparsable."""
        return (await self.run(query, variables, operation_name, caller, headers)).answer

    async def run(
        self,
        query: str,
        variables: Mapping[str, Any],
        operation_name: str | None,
        caller: Caller,
        headers: Mapping[str, str],
        *,
        by_get: bool = False,
    ) -> Outcome:
        """Run a query or mutation and publish it to subscribers. Raises SubscriptionOverHttp and Unparsable.

        A strict gateway runs no mutation `by_get`.
        """
        started = time.perf_counter()
        engine = self.engine
        try:
            operation = engine.prepare(query, variables, operation_name)
        except Unparsable as fault:
            _log("refused", "", caller, headers, started, [{"message": str(fault)}])
            raise
        except Refused as refused:
            _log("refused", "", caller, headers, started, refused.errors)
            return Outcome({"data": None, "errors": refused.errors})
        if operation.kind is OperationType.SUBSCRIPTION:
            raise SubscriptionOverHttp
        if engine.strict and by_get and operation.kind is OperationType.MUTATION:
            raise MutationByGet
        outcome = await engine.execute(operation, caller, headers)
        self.subscriptions.publish(engine, outcome.publications)
        self.subscriptions.invalidate(outcome.invalidations)
        _log(operation.kind.value, operation.name, caller, headers, started, outcome.answer.get("errors", ()))
        return outcome


def _kind(error: Fault) -> str:
    # GraphQL's own errors quote client input after the colon. Logs must not contain it.
    return str(error.get("errorType") or error["message"].partition(":")[0].strip()[:120])


def _log(kind: str, name: str, caller: Caller, headers: Mapping[str, str], started: float, errors: Any) -> None:
    spent = (time.perf_counter() - started) * 1000
    kinds = ", ".join(sorted({_kind(error) for error in errors}))
    failure = f", errors: {kinds}" if kinds else ""
    # The resolver Lambdas log this header as their correlation id.
    trace = headers.get("x-amzn-trace-id", "")[:256]
    called, by = f"{kind} {name[:_SHOWN]}".rstrip(), caller.name[:_SHOWN]
    logger.info("%s by %s: %.0f ms%s [%s]", called, by, spent, failure, trace)
