"""Finds what the gateway serves by a choice of its own, because nobody has seen what AppSync does.

differences.md lists these choices. A strict gateway refuses those that it can tell from a request or from the API.
"""

from collections.abc import Iterator

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLObjectType, GraphQLSchema, get_named_type

from appsync_offline.execution.faults import GraphqlFault, ResolverError

NOT_VERIFIED = "NotVerified"


def refusal(choice: str) -> ResolverError:
    """Returns the error of a strict gateway. `choice` is what is not verified."""
    return ResolverError(GraphqlFault(f"{choice}: what AppSync does is not verified.", NOT_VERIFIED))


def defaults(schema: GraphQLSchema, type_name: str, field_name: str) -> Iterator[str]:
    """Yields a reason for each schema default that a field's resolver would receive."""
    kind = schema.type_map.get(type_name)
    field = kind.fields.get(field_name) if isinstance(kind, GraphQLObjectType) else None
    visited: set[str] = set()
    for name, argument in field.args.items() if field else ():
        if argument.default is not None:
            yield _reason(f"{name} has")
        yield from _of_type(argument.type, name, visited)


def _of_type(kind: GraphQLInputType, path: str, visited: set[str]) -> Iterator[str]:
    named = get_named_type(kind)
    if not isinstance(named, GraphQLInputObjectType) or named.name in visited:
        return
    visited.add(named.name)
    for name, field in named.fields.items():
        if field.default is not None:
            yield _reason(f"{path}.{name} has")
        yield from _of_type(field.type, f"{path}.{name}", visited)


def _reason(argument: str) -> str:
    return f"{argument} a default in the schema, and whether AppSync hands it to resolvers is not verified"
