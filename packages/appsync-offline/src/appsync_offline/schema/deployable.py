"""Checks that AppSync would accept an API, so that an API that runs locally also deploys."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLScalarType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    TypeExtensionNode,
    is_specified_scalar_type,
    parse,
)

from appsync_offline.control_plane.deployed_api import AuthMode, DeployedApi
from appsync_offline.schema.executable import subscribed_mutations
from appsync_offline.schema.scalars import AWS_SCALARS, LONG

# AppSync quotas, and its API reference: CreateResolver, CreateGraphqlApi, PutGraphqlApiEnvironmentVariables.
_MAXIMUM_SCHEMA = 1_000_000  # bytes
_MAXIMUM_FUNCTIONS = 10  # of a pipeline
_MAXIMUM_BATCH = 2_000
_MAXIMUM_DEPTH = 75
_MAXIMUM_RESOLVERS = 10_000
_MAXIMUM_VARIABLES = 50
_MAXIMUM_VALUE = 512  # characters of an environment variable
_VARIABLE = re.compile(r"[A-Za-z]\w{1,63}", re.ASCII)


class NotDeployable(Exception):
    """AppSync would refuse this API. The message says why."""


def check_deployable(api: DeployedApi, schema: GraphQLSchema) -> None:
    """Check the schema and the quotas of an API. Raises NotDeployable, naming every problem."""
    problems = [*_of_document(api.sdl), *_of_schema(schema), *_of_limits(api)]
    if len(api.sdl.encode()) > _MAXIMUM_SCHEMA:
        problems.append(f"the schema is larger than {_MAXIMUM_SCHEMA} bytes")
    if problems:
        raise NotDeployable("; ".join(problems))


def _of_document(sdl: str) -> Iterator[str]:
    """Yields what AppSync's parser does not know: its answer is "Failed to parse schema document" (community#387)."""
    for node in parse(sdl, no_location=True).definitions:
        if isinstance(node, TypeExtensionNode):
            yield f"extend {node.name.value}: AppSync does not take extensions of types"
        elif isinstance(node, InterfaceTypeDefinitionNode) and node.interfaces:
            yield f"{node.name.value}: in AppSync an interface implements no other interface"


def _of_schema(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        if name in AWS_SCALARS:
            continue
        if name.startswith("AWS"):
            yield f"{name}: names that begin with AWS are AppSync's own"
        elif isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind) and name != LONG.name:
            yield f"{name}: AppSync has no custom scalars"
    mutations = schema.mutation_type.fields if schema.mutation_type else {}
    for name, field in schema.subscription_type.fields.items() if schema.subscription_type else ():
        for mutation in sorted(subscribed_mutations(schema, name)):
            if mutation not in mutations:
                yield f"Subscription.{name}: there is no mutation {mutation}"
            elif str(mutations[mutation].type).rstrip("!") != str(field.type).rstrip("!"):
                yield f"Subscription.{name}: its type must be that of Mutation.{mutation}"


def _of_limits(api: DeployedApi) -> Iterator[str]:
    sizes = [
        *(resolver.max_batch_size for resolver in api.resolvers.values()),
        *(function.max_batch_size for function in api.functions.values()),
    ]
    variables = api.environment_variables.items()
    rules = {
        f"a pipeline has {_MAXIMUM_FUNCTIONS} functions at most": all(
            len(resolver.functions) <= _MAXIMUM_FUNCTIONS for resolver in api.resolvers.values()
        ),
        f"maxBatchSize is {_MAXIMUM_BATCH} at most": all(size <= _MAXIMUM_BATCH for size in sizes),
        f"queryDepthLimit is {_MAXIMUM_DEPTH} at most": api.query_depth_limit <= _MAXIMUM_DEPTH,
        f"resolverCountLimit is {_MAXIMUM_RESOLVERS} at most": api.resolver_count_limit <= _MAXIMUM_RESOLVERS,
        "there is one Lambda authorizer at most": [provider.mode for provider in api.auth].count(AuthMode.LAMBDA) <= 1,
        f"there are {_MAXIMUM_VARIABLES} environment variables at most": len(variables) <= _MAXIMUM_VARIABLES,
        "an environment variable's name has 2 to 64 letters, digits or _": all(
            _VARIABLE.fullmatch(name) for name, _ in variables
        ),
        f"an environment variable has {_MAXIMUM_VALUE} characters at most": all(
            len(value) <= _MAXIMUM_VALUE for _, value in variables
        ),
    }
    yield from (rule for rule, holds in rules.items() if not holds)
