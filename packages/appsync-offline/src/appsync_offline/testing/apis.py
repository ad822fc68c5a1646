"""Builds small APIs for tests, each for one fact, with their Lambda functions."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from appsync_offline.authentication.access_keys import AccessKey
from appsync_offline.authentication.authenticator import Authenticator
from appsync_offline.authentication.caller import Caller
from appsync_offline.back_ends.lambda_functions import InvocationType
from appsync_offline.back_ends.requests import BackEnds
from appsync_offline.control_plane.deployed_api import (
    ApiKey,
    AuthMode,
    AuthProvider,
    DataSource,
    DeployedApi,
    PipelineFunction,
    Resolver,
)
from appsync_offline.execution.engine import Engine
from appsync_offline.gateway import Gateway, LoadedApi

API_KEY = "da2-aaaaaaaaaaaaaaaaaaaaaaaaaa"
BY_API_KEY = Caller(AuthMode.API_KEY, "api-key")
ACCESS_KEY = AccessKey("its secret", "123456789012", "arn:aws:iam::123456789012:user/anna", "anna")
REGION = "us-east-1"


class Function:
    """A Lambda function that answers a payload with `answer`, or raises FunctionFailed, and keeps the payloads."""

    def __init__(self, answer: Callable[[Any], Any] = lambda _payload: None) -> None:
        self._answer = answer
        self.payloads: list[Any] = []

    async def invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        self.payloads.append(payload)
        return self._answer(payload) if invocation_type == "RequestResponse" else None


def an_api(
    sdl: str,
    *resolvers: Resolver,
    auth: Sequence[AuthProvider] = (AuthProvider(AuthMode.API_KEY),),
    functions: Sequence[PipelineFunction] = (),
    **settings: Any,
) -> DeployedApi:
    """Returns an API with an API key, a Lambda data source and a NONE data source."""
    return DeployedApi(
        id="library",
        arn=f"arn:aws:appsync:{REGION}:123456789012:apis/library",
        name="library",
        region=REGION,
        account_id="123456789012",
        sdl=sdl,
        auth=auth,
        api_keys=(ApiKey(API_KEY, int(time.time()) + 3600),),
        data_sources={"LAMBDA": DataSource("LAMBDA", "AWS_LAMBDA", "arn:function"), "NONE": DataSource("NONE", "NONE")},
        functions={function.id: function for function in functions},
        resolvers={(resolver.type_name, resolver.field_name): resolver for resolver in resolvers},
        **settings,
    )


def direct(field: str, *, max_batch_size: int = 0) -> Resolver:
    """Returns a direct Lambda resolver of `Type.field`."""
    type_name, field_name = field.split(".")
    return Resolver(type_name, field_name, data_source="LAMBDA", max_batch_size=max_batch_size)


def coded(
    field: str, *, request: str = "return {}", response: str = "return ctx.result", source: str = "NONE", batch: int = 0
) -> Resolver:
    """Returns a JavaScript resolver of `Type.field` with the given bodies of its two handlers."""
    type_name, field_name = field.split(".")
    return Resolver(type_name, field_name, data_source=source, code=code(request, response), max_batch_size=batch)


def pipeline(field: str, *functions: str, before: str = "return {}", after: str = "return ctx.prev.result") -> Resolver:
    """Returns a pipeline resolver of `Type.field` with the given bodies of its before and after handlers."""
    type_name, field_name = field.split(".")
    return Resolver(type_name, field_name, kind="PIPELINE", functions=functions, code=code(before, after))


def step(name: str, *, request: str = "return {}", response: str = "return ctx.result") -> PipelineFunction:
    """Returns a pipeline function on the NONE data source."""
    return PipelineFunction(name, name, "NONE", code(request, response))


def code(request: str, response: str = "return ctx.result") -> str:
    """Returns a program of two handlers with the given bodies."""
    return (
        "import { util, runtime, extensions } from '@aws-appsync/utils';\n"
        f"export function request(ctx) {{ {request} }}\n"
        f"export function response(ctx) {{ {response} }}\n"
    )


def a_gateway(
    api: DeployedApi,
    function: Function | None = None,
    aws_endpoint: str = "http://127.0.0.1:9",
    back_ends: BackEnds = MappingProxyType({}),
    *,
    strict: bool = False,
) -> Gateway:
    """Returns a gateway that serves the API."""
    invoke = (function or Function()).invoke

    async def find_key(access_key_id: str) -> AccessKey | None:
        return ACCESS_KEY if access_key_id == "AKIAANNA" else None

    def load() -> LoadedApi:
        authenticator = Authenticator(api, aws_endpoint=aws_endpoint, find_key=find_key, invoke=invoke)
        return LoadedApi(Engine(api, invoke, back_ends, strict=strict), authenticator.authenticate)

    return Gateway(load)


async def ask(
    api: DeployedApi,
    query: str,
    function: Function | None = None,
    *,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
    caller: Caller = BY_API_KEY,
) -> dict[str, Any]:
    """Returns the API's answer to an operation."""
    return await a_gateway(api, function).answer(query, variables or {}, operation_name, caller, {"x-test": "1"})
