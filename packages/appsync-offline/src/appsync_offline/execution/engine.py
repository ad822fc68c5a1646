"""Executes operations against a deployed API and returns AppSync's answers."""

import asyncio
import dataclasses
import inspect
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    OperationType,
    SourceLocation,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from appsync_offline.authentication.caller import Caller
from appsync_offline.back_ends.lambda_functions import Invoke
from appsync_offline.back_ends.requests import BackEnds
from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.execution.completion import Completion
from appsync_offline.execution.faults import (
    Fault,
    GraphqlFault,
    NotAuthorized,
    ResolverError,
    request_fault,
    resolver_fault,
)
from appsync_offline.execution.field_authorization import FieldAuthorization
from appsync_offline.execution.operation import Operation, Operations, Refused
from appsync_offline.execution.resolution import Batches, Context, Effects, Resolvers
from appsync_offline.execution.selection import (
    grouped,
    response_key,
    selected,
    selection_set_graphql,
    selection_set_list,
    without_aliases,
)
from appsync_offline.execution.unverified import refusal
from appsync_offline.realtime.filters import InvalidFilter, SubscriptionFilter, basic_filter, enhanced_filter
from appsync_offline.schema.deployable import check_deployable
from appsync_offline.schema.executable import executable_schema, subscribed_mutations
from appsync_offline.text.json_text import is_larger

logger = logging.getLogger(__name__)
_TIME_LIMIT = 30  # seconds (AppSync quotas, "Request execution time")
_MAXIMUM_RESULT = 5_000_000  # bytes of one resolver's answer (AppSync quotas)
_MAXIMUM_RESOLVERS = 10_000  # per request (AppSync quotas)
_MAXIMUM_INVALIDATIONS = 5  # per request (AppSync Developer Guide, "Extensions"); further ones are ignored

Answer = dict[str, Any]


@dataclass
class Request:
    """State of one execution: the caller, the request headers, and the side effects of its resolvers."""

    caller: Caller
    headers: Mapping[str, str]
    batches: Batches = field(default_factory=dict)
    appended: list[Fault] = field(default_factory=list)
    invalidations: list[Mapping[str, Any]] = field(default_factory=list)
    response_headers: dict[str, str] = field(default_factory=dict)
    resolvers_run: int = 0


Info = GraphQLResolveInfo[Request]


@dataclass(frozen=True)
class Publication:
    """What a mutation publishes to subscribers: the fields that it selected without an alias."""

    mutation: str
    payload: Any


@dataclass(frozen=True)
class Outcome:
    """An operation's answer with its publications, invalidations and response headers."""

    answer: Answer
    publications: Sequence[Publication] = ()
    invalidations: Sequence[Mapping[str, Any]] = ()
    response_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listening:
    """An accepted subscription: its field, its event filter, and the filter of invalidations that end it."""

    field_name: str
    filter: SubscriptionFilter
    invalidated_by: SubscriptionFilter | None


class Engine:
    """One deployed API, ready to execute."""

    def __init__(
        self,
        api: DeployedApi,
        invoke: Invoke,
        back_ends: BackEnds = MappingProxyType({}),
        *,
        strict: bool = False,
    ) -> None:
        """With `strict`, what nobody has verified against AppSync is refused (unverified.py).

        Raises NotDeployable, and GraphQLSyntaxError or TypeError for a schema that cannot be used."""
        self.api = api
        self.schema = executable_schema(api.sdl)
        check_deployable(api, self.schema)
        self._operations = Operations(
            self.schema, introspection=api.introspection_enabled, depth_limit=api.query_depth_limit
        )
        self._authorization = FieldAuthorization(self.schema, api)
        self.strict = strict
        self._resolvers = Resolvers(api, invoke, back_ends, self.schema, strict=strict)
        subscriptions = self.schema.subscription_type.fields if self.schema.subscription_type else {}
        self._mutations_of = {name: subscribed_mutations(self.schema, name) for name in subscriptions}

    @property
    def obstacles(self) -> Mapping[tuple[str, str], str]:
        """Why the resolvers of these fields (type, field) cannot run here."""
        return self._resolvers.obstacles

    def prepare(self, query: str, variables: Mapping[str, Any], operation_name: str | None) -> Operation:
        """The operation that a request asks for. Raises Refused."""
        return self._operations.prepare(query, variables, operation_name)

    def listeners(self, mutation: str) -> Sequence[str]:
        """Returns the subscription fields that listen to a mutation field."""
        return [name for name, mutations in self._mutations_of.items() if mutation in mutations]

    async def execute(self, operation: Operation, caller: Caller, headers: Mapping[str, str]) -> Outcome:
        """Run a query or a mutation. An execution that takes longer than AppSync allows answers an error."""
        request = Request(caller, headers)
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                answer = await self._run(operation, request, self._resolve)
        except TimeoutError:
            return Outcome({"data": None, "errors": [_timed_out()]})
        publications = self._publications(operation, answer["data"])
        return Outcome(answer, publications, tuple(request.invalidations), request.response_headers)

    async def listen(self, operation: Operation, caller: Caller, headers: Mapping[str, str]) -> Listening:
        """Run a subscription's resolver, which accepts the subscription and sets its filters. Raises Refused."""
        listeners: list[Listening] = []

        async def decide(source: Any, info: Info, **arguments: Any) -> Any:
            effects = Effects()
            await self._resolved(source, info, arguments, effects)
            chosen = effects.subscription_filter
            if self.strict and chosen and not any(_conditions(chosen)):
                raise refusal("A subscription filter without any condition")
            ends = effects.invalidation_filter
            try:
                listeners.append(
                    Listening(
                        info.field_name,
                        basic_filter(arguments) if chosen is None else enhanced_filter(chosen),
                        None if ends is None else enhanced_filter(ends),
                    )
                )
            except InvalidFilter as fault:
                raise ResolverError(GraphqlFault(str(fault), "BadRequestException")) from fault

        def resolve(source: Any, info: Info, **arguments: Any) -> Any:
            self._authorize(info)
            return decide(source, info, **arguments)

        request = Request(caller, headers)
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                answer = await self._run(operation, request, resolve)
        except TimeoutError as fault:
            raise Refused([_timed_out()]) from fault
        if not listeners:
            raise Refused(answer.get("errors") or [request_fault("A subscription selects one of its fields.", None)])
        if answer["data"] is None:  # its type is non-null, and the first answer of a subscription is null (sdk-js#493)
            raise Refused(answer["errors"])
        return listeners[0]

    def deliver(self, operation: Operation, field_name: str, caller: Caller, payload: Any) -> Answer:
        """Returns a subscriber's answer to an event: its selection from the mutation's fields, without resolvers."""

        def resolve(source: Any, info: Info, **_arguments: Any) -> Any:
            self._authorize(info)
            return _own(source, info.field_name)

        run = self._completion(operation, Request(caller, {}), resolve, {field_name: payload})
        return _answer(_data(run.execute_operation()), run.faults)

    async def _run(self, operation: Operation, request: Request, resolve: Any) -> Answer:
        run = self._completion(operation, request, resolve)
        result = run.execute_operation()
        whole = await result if inspect.isawaitable(result) else result
        return _answer(_data(whole), [*run.faults, *request.appended])

    def _completion(
        self, operation: Operation, request: Request, resolve: Any, root_value: Any = None
    ) -> Completion[Request]:
        fragments = operation.fragments
        return Completion(
            schema=self.schema,
            fragment_definitions=fragments,
            fragments={name: FragmentDetails(fragment) for name, fragment in fragments.items()},
            root_value=root_value,
            context_value=request,
            operation=operation.definition,
            variable_values=VariableValues({}, dict(operation.variables)),
            field_resolver=resolve,
            type_resolver=default_type_resolver,
            subscribe_field_resolver=default_field_resolver,
        )

    def _resolve(self, source: Any, info: Info, **arguments: Any) -> Any:
        self._authorize(info)
        if self._resolvers.find(info.parent_type.name, info.field_name) is None:
            return _own(source, info.field_name)
        return self._resolved(source, info, arguments, Effects())

    def _authorize(self, info: Info) -> None:
        if not self._authorization.allows(info.context.caller, info.parent_type.name, info.field_name):
            raise NotAuthorized(info.parent_type.name, info.field_name)

    async def _resolved(self, source: Any, info: Info, arguments: Mapping[str, Any], effects: Effects) -> Any:
        request: Request = info.context
        resolver = self._resolvers.find(info.parent_type.name, info.field_name)
        if resolver is None:
            return None
        request.resolvers_run += 1
        limit = self.api.resolver_count_limit or _MAXIMUM_RESOLVERS
        if request.resolvers_run > limit:
            raise ResolverError(GraphqlFault(f"Resolver invocation limit exceeded: {limit}", "LimitExceeded"))
        try:
            value = await self._resolvers.run(resolver, _context(source, info, arguments), request.batches, effects)
        except ResolverError as error:
            raise ResolverError(_within_selection(error.fault, info)) from error
        finally:
            request.appended += [
                resolver_fault(_within_selection(fault, info), info.path.as_list(), _places(info))
                for fault in effects.appended
            ]
            request.response_headers.update(effects.response_headers)
            request.invalidations += effects.invalidations[: _MAXIMUM_INVALIDATIONS - len(request.invalidations)]
        if is_larger(value, _MAXIMUM_RESULT):
            raise ResolverError(GraphqlFault("Transformation too large", "MappingTemplate"))
        return value

    def _publications(self, operation: Operation, data: Any) -> Sequence[Publication]:
        if operation.kind is not OperationType.MUTATION or not data:
            return ()
        fragments = operation.fragments
        return [
            Publication(roots[0].name.value, without_aliases(data[key], roots, fragments))
            for key, roots in grouped([operation.definition], fragments, response_key).items()
            if data.get(key) is not None
        ]


def _data(result: object) -> Any:
    if not isinstance(result, ExecutionResult):
        raise TypeError("an answer comes whole, and that of a delivery at once")
    return result.data


def _answer(data: Any, faults: Sequence[Fault]) -> Answer:
    return {"data": data, **({"errors": list(faults)} if faults else {})}


def _within_selection(fault: GraphqlFault, info: Info) -> GraphqlFault:
    return dataclasses.replace(fault, data=selected(fault.data, info.field_nodes, info.fragments))


def _conditions(filter_group: Mapping[str, Any]) -> Iterator[object]:
    for group in filter_group.get("filterGroup") or ():
        yield from (group.get("filters") or ()) if isinstance(group, Mapping) else ()


def _timed_out() -> Fault:
    return resolver_fault(GraphqlFault("Execution timed out.", "ExecutionTimeout"), (), None)


def _own(source: Any, name: str) -> Any:
    return source.get(name) if isinstance(source, Mapping) else None


def _context(source: Any, info: Info, arguments: Mapping[str, Any]) -> Context:
    request: Request = info.context
    return {
        "arguments": dict(arguments),
        "identity": request.caller.identity,
        "source": source,
        "request": {"headers": dict(request.headers), "domainName": None},
        "prev": None,
        "info": {
            "fieldName": info.field_name,
            "parentTypeName": info.parent_type.name,
            "variables": dict(info.variable_values.coerced),
            "selectionSetList": selection_set_list(info.field_nodes, info.fragments, info.schema, info.return_type),
            "selectionSetGraphQL": selection_set_graphql(info.field_nodes),
        },
        "stash": {},
    }


def _places(info: Info) -> Sequence[SourceLocation] | None:
    return GraphQLError("", info.field_nodes).locations
