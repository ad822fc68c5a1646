"""Reads an API from CloudFormation templates.

The API itself needs no deployment. Its functions and tables are found by the names that their templates give them, or
by the physical ids of the deployed stack.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, build_ast_schema

from appsync_offline.cloud_formation.stacks import NoFile, Stack, stacks_of
from appsync_offline.cloud_formation.templates import read_template
from appsync_offline.cloud_formation.values import Place, Unknown, Values
from appsync_offline.control_plane import descriptions
from appsync_offline.control_plane.deployed_api import ApiKey, AuthMode, DataSource, DeployedApi
from appsync_offline.control_plane.reader import CannotRead
from appsync_offline.schema.executable import document

logger = logging.getLogger(__name__)
_YEAR = 365 * 24 * 60 * 60
_ACCOUNT = "000000000000"
_AT_ENDPOINTS = {"AWS_LAMBDA": "its Lambda function", "AMAZON_DYNAMODB": "its table"}
_APPSYNC = "AWS::AppSync::"
# The properties by which CloudFormation takes the text of another property from S3.
_LOCATIONS = {
    "CodeS3Location": "Code",
    "RequestMappingTemplateS3Location": "RequestMappingTemplate",
    "ResponseMappingTemplateS3Location": "ResponseMappingTemplate",
}

_STEP = (
    *("Name", "TypeName", "FieldName", "Kind", "DataSourceName", "PipelineConfig", "Runtime", "Code", "MaxBatchSize"),
    *("RequestMappingTemplate", "ResponseMappingTemplate"),
)
_SOURCE = ("Name", "Type", "LambdaConfig", "DynamoDBConfig", "HttpConfig")
_API = (
    *("Name", "AuthenticationType", "UserPoolConfig", "OpenIDConnectConfig", "LambdaAuthorizerConfig"),
    *("AdditionalAuthenticationProviders", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"),
)

Names = Callable[[str], Mapping[str, str]]
"""(stack name) → the physical ids of its resources by logical id; empty if it is not deployed."""


@dataclass(frozen=True)
class _Resource:
    """A resource of an API: its stack, its values, its logical id and its properties, not evaluated."""

    stack: Stack
    values: Values
    logical_id: str
    kind: str
    properties: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.values.handle(self.logical_id).rsplit("/", 1)[-1]

    def value(self, name: str, default: Any = None) -> Any:
        """Returns a property's value. Raises CannotRead."""
        if name not in self.properties:
            return default
        try:
            return self.values.of(self.properties[name])
        except Unknown as fault:
            raise CannotRead(f"{name} of {self.logical_id} is not known: {fault}.") from fault

    def description(self, names: Iterable[str]) -> dict[str, Any]:
        """Returns these properties in the members of the AppSync API reference. Raises CannotRead."""
        return {_lowered(name): _in_members(self.value(name)) for name in names if name in self.properties}

    def known(self, name: str) -> Any:
        """Returns a property's value without the members that are known only once the stack is deployed."""
        return self._known(self.properties.get(name), name)

    def _known(self, value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [self._known(entry, path) for entry in value]
        is_function = isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
        if isinstance(value, Mapping) and not is_function:
            members = {name: self._known(entry, f"{path}.{name}") for name, entry in value.items()}
            return {name: entry for name, entry in members.items() if entry is not None}
        try:
            return self.values.of(value)
        except Unknown as fault:
            logger.warning("%s of %s is not known: %s; serve with --aws-endpoint", path, self.logical_id, fault)
            return None

    def step(self) -> tuple[dict[str, Any], str]:
        """Returns the description of a resolver or function with its code, and why its code is missing, if it is."""
        described = self.description(_STEP)
        for location, member in _LOCATIONS.items():
            if location in self.properties:
                try:
                    described[_lowered(member)] = self.stack.text(self.value(location))
                except NoFile as fault:
                    return described, f"its {location} {fault}"
        has_code = "code" in described or "requestMappingTemplate" in described
        if "runtime" in described and not has_code:
            return described, "it has a Runtime and no Code"
        return described, ""


class CloudFormationTemplates:
    """The APIs of a `cdk.out` folder or of a template file."""

    def __init__(
        self, path: Path, *, region: str, names: Names = lambda _stack: {}, api_key: str | None = None
    ) -> None:
        """`api_key` stands for each of the API's keys, whose values AWS makes up; without it, a random one does."""
        self._path = path
        self._place = Place(_ACCOUNT, region)
        self._names = names
        self._api_key = api_key or f"da2-{secrets.token_hex(13)}"

    def read(self, name: str | None = None) -> DeployedApi:
        """Returns the API with this name or logical id, or the only one. Raises CannotRead."""
        resources = list(_Stacks(stacks_of(self._path), self._place, self._names).resources())
        apis = [resource for resource in resources if resource.kind == "GraphQLApi"]
        chosen = [api for api in apis if name is None or name in {api.logical_id, api.id, api.value("Name")}]
        known = ", ".join(sorted(str(api.value("Name", api.logical_id)) for api in apis)) or "none"
        if not chosen:
            raise CannotRead(f"{self._path} has no API{f' called {name}' if name else ''}; it has {known}.")
        if len(chosen) > 1:
            raise CannotRead(f"{self._path} has {len(chosen)} APIs; choose one by its name or logical id, of {known}.")
        api = chosen[0]
        own = [resource for resource in resources if str(resource.known("ApiId")).rsplit("/", 1)[-1] == api.id]
        return self._api(api, own)

    def _api(self, api: _Resource, own: list[_Resource]) -> DeployedApi:
        description = {_lowered(name): _in_members(api.known(name)) for name in _API if name in api.properties}
        sdl = _schema(api, own)
        functions, resolvers = {}, {}
        for resource in own:
            if resource.kind == "FunctionConfiguration":
                step, missing = resource.step()
                function = descriptions.pipeline_function({**step, "functionId": resource.id}, missing=missing)
                functions[function.id] = function
        for resource in own:
            if resource.kind == "Resolver":
                step, missing = resource.step()
                resolver = descriptions.resolver(step["typeName"], step, missing=missing)
                named = tuple(str(function).rsplit("/", 1)[-1] for function in resolver.functions)
                resolvers[resolver.type_name, resolver.field_name] = replace(resolver, functions=named)
        sources = [_data_source(resource) for resource in own if resource.kind == "DataSource"]
        keys = [resource for resource in own if resource.kind == "ApiKey"]
        auth = tuple(descriptions.providers(description))
        return DeployedApi(
            id=api.id,
            arn=f"arn:aws:appsync:{self._place.region}:{self._place.account}:apis/{api.id}",
            name=description.get("name", api.logical_id),
            region=self._place.region,
            account_id=self._place.account,
            sdl=sdl,
            auth=auth,
            api_keys=tuple(self._keys(keys)) if AuthMode.API_KEY in {provider.mode for provider in auth} else (),
            data_sources={source.name: source for source in sources},
            functions=functions,
            resolvers=resolvers,
            environment_variables=api.known("EnvironmentVariables") or {},
            introspection_enabled=description.get("introspectionConfig", "ENABLED") == "ENABLED",
            query_depth_limit=int(description.get("queryDepthLimit") or 0),
            resolver_count_limit=int(description.get("resolverCountLimit") or 0),
        )

    def _keys(self, keys: list[_Resource]) -> Iterator[ApiKey]:
        if keys:
            yield ApiKey(self._api_key, int(time.time()) + _YEAR)


class _Stacks:
    """All stacks of an assembly, with values that they take from each other."""

    def __init__(self, stacks: list[Stack], place: Place, names: Names) -> None:
        self._place = place
        self._names = names
        self._all = [(stack, self._values(stack, {})) for stack in stacks]
        self._nested: dict[tuple[str, str], tuple[Stack, Values]] = {}
        for stack, values in list(self._all):
            self._add_nested(stack, values)

    def resources(self) -> Iterator[_Resource]:
        """Yields the AppSync resources of all stacks whose conditions hold."""
        for stack, values in self._all:
            for logical_id, resource in stack.template.resources.items():
                kind = str(resource.get("Type", "")) if isinstance(resource, Mapping) else ""
                if kind.startswith(_APPSYNC) and _holds(values, logical_id, resource):
                    name = kind.removeprefix(_APPSYNC)
                    yield _Resource(stack, values, logical_id, name, resource.get("Properties") or {})

    def _values(self, stack: Stack, parameters: Mapping[str, Any]) -> Values:
        return Values(
            stack.name,
            stack.template,
            self._place,
            self._names(stack.name),
            parameters,
            self._imported,
            lambda logical_id, output: self._output(self._nested[stack.name, logical_id][1], output),
        )

    def _add_nested(self, stack: Stack, values: Values) -> None:
        for logical_id, resource in stack.template.resources.items():
            if not isinstance(resource, Mapping) or resource.get("Type") != "AWS::CloudFormation::Stack":
                continue
            file = (resource.get("Metadata") or {}).get("aws:asset:path")
            if file is None:
                continue
            template = read_template(stack.template.file.parent / file)
            name = values.names.get(logical_id, f"{stack.name}.{logical_id}")
            name = name.split("/")[1] if name.startswith("arn:") else name
            nested = Stack(name, template, stack.assets)
            parameters = {}
            for parameter, value in ((resource.get("Properties") or {}).get("Parameters") or {}).items():
                try:
                    parameters[parameter] = values.of(value)
                except Unknown:  # the parameter stays unknown within the nested stack
                    continue
            inner = self._values(nested, parameters)
            self._nested[stack.name, logical_id] = nested, inner
            self._all.append((nested, inner))
            self._add_nested(nested, inner)

    def _imported(self, export: str) -> Any:
        for _, values in self._all:
            for name, output in values.template.outputs.items():
                if "Export" in output and str(values.of(output["Export"].get("Name"))) == export:
                    return self._output(values, name)
        raise Unknown(f"the export {export}")

    @staticmethod
    def _output(values: Values, name: str) -> Any:
        if name not in values.template.outputs:
            raise Unknown(f"the output {name}")
        return values.of(values.template.outputs[name]["Value"])


def _holds(values: Values, logical_id: str, resource: Mapping[str, Any]) -> bool:
    try:
        return values.exists(resource)
    except Unknown as fault:
        raise CannotRead(f"The condition of {logical_id} is not known: {fault}.") from fault


def _schema(api: _Resource, own: list[_Resource]) -> str:
    for resource in own:
        if resource.kind != "GraphQLSchema":
            continue
        location = resource.value("DefinitionS3Location")
        if location is None:
            return _checked(str(resource.value("Definition", "")), api)
        try:
            return _checked(resource.stack.text(location), api)
        except NoFile as fault:
            raise CannotRead(f"The schema of {api.logical_id} cannot be read: {fault}.") from fault
    raise CannotRead(f"{api.logical_id} has no AWS::AppSync::GraphQLSchema.")


def _checked(sdl: str, api: _Resource) -> str:
    try:
        types = build_ast_schema(document(sdl), assume_valid=True).type_map
    except (GraphQLError, TypeError) as fault:
        raise CannotRead(f"The schema of {api.logical_id} cannot be used: {fault}") from fault
    if not any(isinstance(kind, GraphQLObjectType) for kind in types.values()):
        raise CannotRead(f"The schema of {api.logical_id} is empty.")
    return sdl


def _data_source(resource: _Resource) -> DataSource:
    try:
        return descriptions.data_source(resource.description(_SOURCE))
    except CannotRead as fault:
        missing = f"{fault} Deploy the stack to an emulator and serve with --aws-endpoint, or name the resource."
        return DataSource(str(resource.value("Name")), str(resource.value("Type")), missing=missing)


def _lowered(name: str) -> str:
    """Returns CloudFormation's name of a property as the API's name of the member, such as `openIDConnectConfig`."""
    return {"DynamoDBConfig": "dynamodbConfig"}.get(name, name[:1].lower() + name[1:])


def _in_members(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_members(entry) for entry in value]
    if isinstance(value, Mapping):
        return {_lowered(str(name)): _in_members(entry) for name, entry in value.items()}
    return value


def without_endpoint(api: DeployedApi) -> DeployedApi:
    """Returns the API as it is without an endpoint that has its Lambda functions and tables."""
    sources = {
        name: replace(source, missing=f"{_AT_ENDPOINTS[source.type]} needs an endpoint: serve with --aws-endpoint")
        if source.type in _AT_ENDPOINTS
        else source
        for name, source in api.data_sources.items()
    }
    return replace(api, data_sources=sources)
