"""Runs a field's resolver: unit or pipeline, direct Lambda or APPSYNC_JS, single or batched.

AppSync Developer Guide, "Resolver tutorials (JavaScript)" and "Direct Lambda resolvers".
"""

import logging
from collections.abc import Hashable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema

from appsync_offline.back_ends.lambda_functions import INVOCATION_TYPES, FunctionFailed, Invoke
from appsync_offline.back_ends.requests import BackEnds, DataSourceFailed
from appsync_offline.control_plane.deployed_api import DataSource, DeployedApi, PipelineFunction, Resolver
from appsync_offline.execution.batch import Batch
from appsync_offline.execution.faults import GraphqlFault, ResolverError
from appsync_offline.execution.unverified import defaults, refusal
from appsync_offline.resolver_code.evaluation import Evaluation, JavaScript, programs
from appsync_offline.resolver_code.runnable import obstacles

logger = logging.getLogger(__name__)
_BATCH = (
    5  # invocations of a BatchInvoke where no maxBatchSize is set (AWS Front-End blog, "configurable batching size")
)
_NOT_AUTHORIZED = "You are not authorized to make this call."

Context = dict[str, Any]
"""The resolver context (ctx): arguments, identity, source, request, prev, info, stash."""

Batches = MutableMapping[Hashable, Batch]
"""A request's batches, by the field or pipeline function whose invocations they collect."""


@dataclass
class Effects:
    """Side effects of resolver code: appended errors, filters, invalidations, response headers."""

    appended: list[GraphqlFault] = field(default_factory=list)
    subscription_filter: Mapping[str, Any] | None = None
    invalidation_filter: Mapping[str, Any] | None = None
    invalidations: list[Mapping[str, Any]] = field(default_factory=list)
    response_headers: dict[str, str] = field(default_factory=dict)

    def take(self, evaluation: Evaluation) -> None:
        """Add the effects of one evaluation."""
        self.appended += evaluation.appended
        self.invalidations += evaluation.invalidations
        self.response_headers.update(evaluation.response_headers)
        if evaluation.subscription_filter is not None:
            self.subscription_filter = evaluation.subscription_filter
        if evaluation.invalidation_filter is not None:
            self.invalidation_filter = evaluation.invalidation_filter


class Resolvers:
    """The resolvers of one API, with their programs compiled.

    A resolver that cannot run locally fails its own field only. The log names it at load time.
    """

    def __init__(
        self, api: DeployedApi, invoke: Invoke, back_ends: BackEnds, schema: GraphQLSchema, *, strict: bool
    ) -> None:
        """With `strict`, a resolver that depends on a choice of the gateway's own (unverified.py) does not run."""
        self._api = api
        self._strict = strict
        self._back_ends = back_ends
        self._invoke = invoke
        codes = {resolver.code for resolver in api.resolvers.values()}
        codes |= {function.code for function in api.functions.values()}
        compiled = programs(code for code in codes if code is not None)
        self._programs = {code: program for code, program in compiled.items() if isinstance(program, JavaScript)}
        reasons = {
            key: "; ".join((*obstacles(resolver, api, compiled), *(defaults(schema, *key) if strict else ())))
            for key, resolver in api.resolvers.items()
        }
        self.obstacles: Mapping[tuple[str, str], str] = {key: why for key, why in reasons.items() if why}
        """Why the resolvers of these fields (type, field) cannot run here."""
        for (type_name, field_name), why in self.obstacles.items():
            logger.warning("%s.%s answers an error: %s", type_name, field_name, why)

    def find(self, type_name: str, field_name: str) -> Resolver | None:
        """Returns the field's resolver, or None."""
        return self._api.resolvers.get((type_name, field_name))

    async def run(self, resolver: Resolver, context: Context, batches: Batches, effects: Effects) -> Any:
        """Returns the field's value. Raises ResolverError. Adds side effects to `effects`."""
        key = resolver.type_name, resolver.field_name
        if why := self.obstacles.get(key):
            where = f"{resolver.type_name}.{resolver.field_name}"
            message = f"The local AppSync cannot run the resolver of {where}: {why}"
            raise ResolverError(GraphqlFault(message, "NotRunnable"))
        context = {**context, "env": dict(self._api.environment_variables)}
        if resolver.kind == "PIPELINE":
            return await self._pipeline(resolver, context, batches, effects)
        source = self._api.data_sources[resolver.data_source or ""]
        if resolver.code is None:
            batch = self._batch(key, source, resolver.max_batch_size, batches) if resolver.max_batch_size else None
            return await self._direct(source, context, batch)
        batch = self._batch(key, source, resolver.max_batch_size, batches)
        coming = batch.coming() if batch else nullcontext()
        value, _ = await self._step(self._programs[resolver.code], source, context, effects, batch, coming)
        return value

    async def _direct(self, source: DataSource, context: Context, batch: Batch | None) -> Any:
        payload = {key: value for key, value in context.items() if key != "env"}
        try:
            if batch is None:
                return await self._invoke(source.lambda_arn or "", payload)
            item = await batch.load(payload)
        except FunctionFailed as fault:
            unauthorized = fault.error_type == "UnauthorizedException"
            message = _NOT_AUTHORIZED if unauthorized else fault.message
            raise ResolverError(GraphqlFault(message, fault.error_type)) from fault
        if not isinstance(item, Mapping) or not item.keys() & {"data", "errorMessage", "errorType"}:
            if self._strict:
                raise refusal("A batch item without `data`")
            if isinstance(item, Mapping):
                logger.warning("A batch item without `data`: AppSync answers null for it.")
            return item
        if item.get("errorMessage") or item.get("errorType"):
            message, error_type = item.get("errorMessage") or "", item.get("errorType")
            raise ResolverError(GraphqlFault(message, error_type, item.get("data")))
        return item.get("data")

    def _batch(self, key: Hashable, source: DataSource, size: int, batches: Batches) -> Batch | None:
        if source.lambda_arn is None:
            return None
        if key not in batches:
            batches[key] = Batch(self._invoke, source.lambda_arn, size or _BATCH)
        return batches[key]

    async def _pipeline(self, resolver: Resolver, context: Context, batches: Batches, effects: Effects) -> Any:
        with ExitStack() as held:
            steps: list[tuple[PipelineFunction, DataSource, Batch | None, ExitStack]] = []
            for function in (self._api.functions[function_id] for function_id in resolver.functions):
                source = self._api.data_sources[function.data_source]
                key = resolver.type_name, resolver.field_name, function.id
                batch = self._batch(key, source, function.max_batch_size, batches) if function.code else None
                coming = held.enter_context(ExitStack())
                if batch:  # each function's batch waits for this run until it arrives or the pipeline ends
                    coming.enter_context(batch.coming())
                steps.append((function, source, batch, coming))
            return await self._through(steps, resolver, context, effects)

    async def _through(
        self,
        steps: Sequence[tuple[PipelineFunction, DataSource, Batch | None, ExitStack]],
        resolver: Resolver,
        context: Context,
        effects: Effects,
    ) -> Any:
        program = self._programs[resolver.code] if resolver.code else None
        skipped = False
        if program:
            before = _done(await program.request(context), effects)
            context = {**context, "stash": before.stash, "prev": {"result": before.result}}
            skipped = before.early_return
        for function, source, batch, coming in steps if not skipped else ():
            if function.code is None:
                context = {**context, "prev": {"result": await self._direct(source, context, None)}}
                continue
            value, last = await self._step(self._programs[function.code], source, context, effects, batch, coming)
            context = {**context, "stash": last.stash, "prev": {"result": value}}
            if last.early_return and last.skip_to == "END":
                break
        result = (context.get("prev") or {}).get("result")
        if program is None:
            return result
        return _done(await program.response({**context, "result": result}), effects).result

    async def _step(
        self,
        program: JavaScript,
        source: DataSource,
        context: Context,
        effects: Effects,
        batch: Batch | None,
        coming: AbstractContextManager[object],
    ) -> tuple[Any, Evaluation]:
        """Run request handler, data source and response handler. Returns the value and the last evaluation.

        `coming` ends with the request handler. Until then the batch waits for this invocation.
        """
        if source.type == "NONE":
            evaluations = [_done(evaluation, effects) for evaluation in await program.both(context)]
            return evaluations[-1].result, evaluations[-1]
        with coming:
            evaluated = _done(await program.request(context), effects)
        if evaluated.early_return:
            return evaluated.result, evaluated
        result, error = await self._call(source, evaluated.result, batch)
        answered = _done(
            await program.response({**context, "stash": evaluated.stash, "result": result, "error": error}), effects
        )
        return answered.result, answered

    async def _call(
        self, source: DataSource, request: Any, batch: Batch | None
    ) -> tuple[Any, Mapping[str, str] | None]:
        if source.type != "AWS_LAMBDA":
            return await self._request(source, request)
        payload = request.get("payload") if isinstance(request, Mapping) else None
        if not isinstance(request, Mapping) or request.get("operation") not in {"Invoke", "BatchInvoke"}:
            raise ResolverError(GraphqlFault("A Lambda request needs operation Invoke or BatchInvoke.", "Code"))
        invocation_type = request.get("invocationType") or "RequestResponse"
        if invocation_type not in INVOCATION_TYPES:
            raise ResolverError(GraphqlFault(f"{invocation_type} is no invocationType of a Lambda request.", "Code"))
        if self._strict and request["operation"] == "BatchInvoke" and invocation_type == "Event":
            raise refusal("A BatchInvoke of type Event")
        try:
            if batch and request["operation"] == "BatchInvoke":
                return await batch.load(payload, invocation_type), None
            return await self._invoke(source.lambda_arn or "", payload, invocation_type), None
        except FunctionFailed as fault:
            # Resolver code receives only AppSync's own error types, not the name of a function's exception.
            of_appsync = fault.error_type.startswith("Lambda:")
            return None, {"message": fault.message, "type": fault.error_type if of_appsync else "Lambda:Unhandled"}

    async def _request(self, source: DataSource, request: Any) -> tuple[Any, Mapping[str, str] | None]:
        if not isinstance(request, Mapping):
            raise ResolverError(GraphqlFault(f"A request of a data source of type {source.type} is an object.", "Code"))
        run = self._back_ends.get(source.type)
        if run is None:
            where = f"{source.name} of type {source.type} is not connected."
            raise ResolverError(GraphqlFault(f"The data source {where}", "NotRunnable"))
        try:
            return await run(source, request), None
        except DataSourceFailed as fault:
            return None, {"message": fault.message, "type": fault.error_type}


def _done(evaluation: Evaluation, effects: Effects) -> Evaluation:
    for line in evaluation.logs:
        logger.info("resolver code: %s", line)
    effects.take(evaluation)
    if evaluation.error:
        raise ResolverError(evaluation.error)
    return evaluation
