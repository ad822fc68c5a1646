"""Reads a deployed API from AppSync's control plane."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from graphql import GraphQLError, GraphQLObjectType, build_ast_schema

from appsync_offline.control_plane import descriptions
from appsync_offline.control_plane.aws_api import AwsApi, Refused, Unreachable
from appsync_offline.control_plane.deployed_api import ApiKey, DeployedApi, PipelineFunction, Resolver
from appsync_offline.schema.executable import document
from appsync_offline.text.json_text import parse_json

_INSTEAD = "Serve the templates instead, with --cdk-out."
_IN_S3 = f"MiniStack drops what CloudFormation takes from S3, such as CDK's Code.fromAsset. {_INSTEAD}"


class CannotRead(Exception):
    """The API or the control plane is missing. The message is a sentence that says which."""


class ControlPlane:
    """AppSync's control plane at an endpoint (AppSync API reference: List- and Get-actions)."""

    def __init__(self, aws_endpoint: str) -> None:
        self._endpoint = aws_endpoint
        self._appsync = AwsApi("appsync", aws_endpoint)

    def api_id(self, name: str) -> str:
        """Returns the id of the API with this name. Raises CannotRead unless exactly one API has it."""
        with self._asking(""):
            apis = list(self._list("/v1/apis", "graphqlApis"))
        ids = [api["apiId"] for api in apis if api["name"] == name]
        if len(ids) == 1:
            return str(ids[0])
        if ids:
            raise CannotRead(f"{len(ids)} APIs are called {name}: choose one by its id, of {', '.join(ids)}.")
        others = ", ".join(sorted(api["name"] for api in apis)) or "no API at all"
        raise CannotRead(f"There is no API called {name} at {self._endpoint}; there is {others}.")

    def read(self, api_id: str) -> DeployedApi:
        """Returns the API as it is deployed now. Raises CannotRead."""
        with self._asking(api_id):
            return self._api(api_id)

    @contextmanager
    def _asking(self, api_id: str) -> Iterator[None]:
        try:
            yield
        except Refused as fault:
            if fault.status == HTTPStatus.NOT_FOUND:
                raise CannotRead(f"There is no API {api_id} at {self._endpoint}.") from fault
            raise CannotRead(f"AppSync at {self._endpoint} refuses: {fault}") from fault
        except Unreachable as fault:
            raise CannotRead(f"AppSync cannot be asked: {fault}") from fault
        except (GraphQLError, TypeError) as fault:
            raise CannotRead(f"The schema of API {api_id} cannot be used: {fault}") from fault

    def _get(self, path: str, **parameters: str) -> bytes:
        return self._appsync.get(f"{path}?{urlencode(parameters)}" if parameters else path)

    def _list(self, path: str, key: str) -> Iterable[Mapping[str, Any]]:
        """Yields the items of all pages."""
        page = parse_json(self._get(path))
        yield from page[key]
        while token := page.get("nextToken"):
            page = parse_json(self._get(path, nextToken=token))
            yield from page[key]

    def _api(self, api_id: str) -> DeployedApi:
        path = f"/v1/apis/{quote(api_id, safe='')}"
        api: Mapping[str, Any] = parse_json(self._get(path))["graphqlApi"]
        sdl = self._get(f"{path}/schema", format="SDL", includeDirectives="true").decode()
        if not sdl.strip():
            raise CannotRead(f"The schema of API {api_id} at {self._endpoint} is empty. {_IN_S3}")
        functions = {
            function["functionId"]: descriptions.pipeline_function(function, missing=_missing(function))
            for function in self._list(f"{path}/functions", "functions")
        }
        variables = parse_json(self._get(f"{path}/environmentVariables"))
        _, _, _, region, account_id, *_ = api["arn"].split(":")
        return DeployedApi(
            id=api_id,
            arn=api["arn"],
            name=api["name"],
            region=region,
            account_id=account_id,
            sdl=sdl,
            auth=tuple(descriptions.providers(api)),
            api_keys=tuple(ApiKey(key["id"], key["expires"]) for key in self._list(f"{path}/apikeys", "apiKeys")),
            data_sources={
                source["name"]: descriptions.data_source(source)
                for source in self._list(f"{path}/datasources", "dataSources")
            },
            functions=functions,
            resolvers={(r.type_name, r.field_name): r for r in self._resolvers(path, sdl, functions)},
            environment_variables=variables.get("environmentVariables", {}),
            introspection_enabled=api.get("introspectionConfig", "ENABLED") == "ENABLED",
            query_depth_limit=api.get("queryDepthLimit", 0),
            resolver_count_limit=api.get("resolverCountLimit", 0),
        )

    def _resolvers(self, path: str, sdl: str, functions: Mapping[str, PipelineFunction]) -> Iterable[Resolver]:
        types = build_ast_schema(document(sdl), assume_valid=True).type_map
        for type_name, kind in types.items():
            if not isinstance(kind, GraphQLObjectType) or type_name.startswith("__"):
                continue
            own = f"{path}/types/{quote(type_name, safe='')}/resolvers"
            for listed in self._list(own, "resolvers"):
                resolver = listed
                if "runtime" in listed and "code" not in listed:  # ListResolvers may omit the code
                    field_name = quote(listed["fieldName"], safe="")
                    resolver = parse_json(self._get(f"{own}/{field_name}"))["resolver"]
                yield descriptions.resolver(
                    type_name, resolver, missing=_missing(resolver) or _missing_function(resolver, functions)
                )


def _missing(step: Mapping[str, Any]) -> str:
    """Says that a resolver's or function's code was lost: it has a runtime and no code, which AppSync would refuse."""
    if "runtime" not in step or step.get("code"):
        return ""
    runtime = step["runtime"] if isinstance(step["runtime"], Mapping) else {}
    return f"its runtime is {runtime.get('name', 'set')} and its code is not in the control plane. {_IN_S3}"


def _missing_function(resolver: Mapping[str, Any], functions: Mapping[str, PipelineFunction]) -> str:
    named = (resolver.get("pipelineConfig") or {}).get("functions") or ()
    if all(function in functions for function in named):
        return ""
    return (
        "functions of its pipeline are not in the control plane. MiniStack creates none for CloudFormation's "
        f"AWS::AppSync::FunctionConfiguration. {_INSTEAD}"
    )
