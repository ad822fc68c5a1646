"""Finds the resolvers of an API that AppSync would refuse, and those that cannot run locally, and why."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from appsync_offline.control_plane.deployed_api import DataSource, DeployedApi, PipelineFunction, Resolver
from appsync_offline.resolver_code.evaluation import JavaScript
from appsync_offline.resolver_code.translation import InvalidCode

_DATA_SOURCES = frozenset({"AMAZON_DYNAMODB", "AWS_LAMBDA", "HTTP", "NONE"})

Programs = Mapping[str, JavaScript | InvalidCode]
Step = Resolver | PipelineFunction


def obstacles(resolver: Resolver, api: DeployedApi, programs: Programs) -> Iterator[str]:
    """Yields the reasons why the resolver cannot run locally; none if it can."""
    yield from refusals(resolver, api, programs)
    for prefix, step in _steps(resolver, api):
        source = api.data_sources.get(step.data_source or "")
        if step.has_templates:
            yield f"{prefix}its mapping templates are VTL, and only APPSYNC_JS and direct Lambda resolvers run here"
        if source and not step.missing:
            yield from (f"{prefix}its data source {source.name} {why}" for why in _not_served(source))


def refusals(resolver: Resolver, api: DeployedApi, programs: Programs) -> Iterator[str]:
    """Yields the reasons why AppSync would refuse the resolver, or would not have it as it is described here."""
    if resolver.kind == "PIPELINE":
        yield from _code(resolver, programs)
        if resolver.missing:
            return
        for function_id in resolver.functions:
            if function_id not in api.functions:
                yield f"its pipeline's function {function_id} is not among the API's functions"
    for prefix, step in _steps(resolver, api):
        yield from (f"{prefix}{why}" for why in (*_code(step, programs), *_source(step, api)))


def _steps(resolver: Resolver, api: DeployedApi) -> Iterator[tuple[str, Step]]:
    """Yields the steps that have a data source, each with a prefix that names it in a message."""
    if resolver.kind != "PIPELINE":
        yield "", resolver
    for function in (api.functions.get(function_id) for function_id in resolver.functions):
        if function and not resolver.missing:
            yield f"function {function.name}: ", function


def _code(step: Step, programs: Programs) -> Iterator[str]:
    if step.missing:
        yield step.missing
    elif step.code is not None and isinstance(fault := programs[step.code], InvalidCode):
        yield str(fault)


def _source(step: Step, api: DeployedApi) -> Iterator[str]:
    if step.missing:
        return
    source = api.data_sources.get(step.data_source or "")
    if source is None:
        yield f"its data source {step.data_source} does not exist"
    elif step.code is None and not step.has_templates and source.type != "AWS_LAMBDA":
        yield f"it has no code, and its data source {source.name} of type {source.type} needs some"


def _not_served(source: DataSource) -> Iterator[str]:
    if source.type not in _DATA_SOURCES:
        yield f"is of type {source.type}, and only {', '.join(sorted(_DATA_SOURCES))} are served here"
    elif source.missing:
        yield f"is not there: {source.missing}"
    elif source.type == "AWS_LAMBDA" and source.lambda_arn is None:
        yield "names no Lambda function"
    elif source.type == "AMAZON_DYNAMODB" and source.table_name is None:
        yield "names no table"
    elif source.type == "HTTP" and not _is_endpoint(source.endpoint):
        yield "names no endpoint of HTTP or HTTPS"


def _is_endpoint(url: str | None) -> bool:
    try:
        parts = urlsplit(url or "")
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
