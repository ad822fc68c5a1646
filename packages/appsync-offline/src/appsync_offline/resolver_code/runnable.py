"""Finds the resolvers of a deployed API that cannot run locally, and why."""

from collections.abc import Iterator, Mapping

from appsync_offline.control_plane.deployed_api import DeployedApi, PipelineFunction, Resolver
from appsync_offline.resolver_code.evaluation import JavaScript
from appsync_offline.resolver_code.translation import InvalidCode

_DATA_SOURCES = frozenset({"AWS_LAMBDA", "NONE"})


def obstacles(resolver: Resolver, api: DeployedApi, programs: Mapping[str, JavaScript | InvalidCode]) -> Iterator[str]:
    """Yields the reasons why the resolver cannot run locally; none if it can."""
    yield from _own(resolver, programs)
    if resolver.kind != "PIPELINE":
        yield from _of_source(api, resolver.data_source, direct=resolver.code is None and not resolver.has_templates)
    for function_id in resolver.functions:
        function = api.functions.get(function_id)
        if function is None:
            yield f"its pipeline's function {function_id} does not exist"
            continue
        found = [
            *_own(function, programs),
            *_of_source(api, function.data_source, direct=function.code is None and not function.has_templates),
        ]
        yield from (f"function {function.name}: {obstacle}" for obstacle in found)


def _own(step: Resolver | PipelineFunction, programs: Mapping[str, JavaScript | InvalidCode]) -> Iterator[str]:
    if step.has_templates:
        yield "its mapping templates are VTL, and only APPSYNC_JS and direct Lambda resolvers run here"
    elif step.code is not None and isinstance(fault := programs[step.code], InvalidCode):
        yield str(fault)


def _of_source(api: DeployedApi, name: str | None, *, direct: bool) -> Iterator[str]:
    source = api.data_sources.get(name or "")
    if source is None:
        yield f"its data source {name} does not exist"
    elif source.type not in _DATA_SOURCES:
        yield f"its data source {name} is of type {source.type}, and only AWS_LAMBDA and NONE are served here"
    elif source.type == "AWS_LAMBDA" and source.lambda_arn is None:
        yield f"its data source {name} names no Lambda function"
    elif direct and source.type == "NONE":
        yield f"it has no code, and its data source {name} of type NONE needs some"
