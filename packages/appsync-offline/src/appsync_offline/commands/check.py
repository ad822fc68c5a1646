"""Checks an API as AppSync would at deployment: its schema, its limits, its resolvers and their code."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType

from appsync_offline.cloud_formation.reader import CloudFormationTemplates
from appsync_offline.commands.type_check import CannotCheck, type_errors
from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.control_plane.reader import CannotRead
from appsync_offline.execution.unverified import defaults
from appsync_offline.resolver_code.evaluation import programs
from appsync_offline.resolver_code.runnable import refusals
from appsync_offline.schema.deployable import NotDeployable, check_deployable
from appsync_offline.schema.executable import executable_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "path", type=Path, nargs="?", default=Path("cdk.out"), help="a folder of `cdk synth`, or a template; cdk.out"
    )
    parser.add_argument("--api-name", help="name of the API; needed only if there are several")
    parser.add_argument(
        "--strict", action="store_true", help="also names what nobody has verified against AppSync (differences.md)"
    )
    parser.add_argument("--no-types", action="store_true", help="do not check types with TypeScript")


def run(options: argparse.Namespace) -> None:
    """Print each problem on a line of its own. Ends with exit code 1 if there is one, otherwise with 0."""
    try:
        api = CloudFormationTemplates(options.path, region="us-east-1").read(options.api_name)
    except CannotRead as fault:
        sys.exit(" ".join(str(fault).split()))
    lines = list(problems(api, strict=options.strict))
    types = ""
    if not options.no_types:
        try:
            lines += type_errors(_codes(api), Path.cwd())
        except CannotCheck as fault:
            types = f" Types were not checked: {fault}"
    for problem in lines:
        print(problem)
    noun = "problem" if len(lines) == 1 else "problems"
    print(f"{api.name}: {len(api.resolvers)} resolvers, {len(lines) or 'no'} {noun}.{types}", file=sys.stderr)
    sys.exit(1 if lines else 0)


def problems(api: DeployedApi, *, strict: bool = False) -> Iterator[str]:
    """Yields what AppSync would refuse of the API, but for types; with `strict` also what nobody has verified."""
    try:
        schema = executable_schema(api.sdl)
        check_deployable(api, schema)
    except (GraphQLError, TypeError) as fault:
        yield f"schema: {' '.join(str(fault).split())}"
        return
    except NotDeployable as fault:
        yield from (f"schema: {problem}" for problem in str(fault).split("; "))
    compiled = programs(set(_codes(api).values()))
    for (type_name, field_name), resolver in sorted(api.resolvers.items()):
        kind = schema.type_map.get(type_name)
        if not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) or field_name not in kind.fields:
            yield f"{type_name}.{field_name}: the schema has no such field"
        unverified = defaults(schema, type_name, field_name) if strict else ()
        yield from (f"{type_name}.{field_name}: {why}" for why in (*refusals(resolver, api, compiled), *unverified))


def _codes(api: DeployedApi) -> dict[str, str]:
    """Returns the code of resolvers and functions by a name that people know."""
    resolvers = {f"{r.type_name}.{r.field_name}": r.code for r in api.resolvers.values()}
    functions = {function.name: function.code for function in api.functions.values()}
    return {name: code for name, code in {**functions, **resolvers}.items() if code is not None}
