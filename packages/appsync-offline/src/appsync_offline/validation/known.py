"""Looks up the types and fields of a schema for the validation rules."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

_INTROSPECTION = {"__schema", "__type"}

Parent = GraphQLNamedType | None


class Known:
    """The types and fields of a schema. `introspection`: whether the API answers `__schema` and `__type`."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True) -> None:
        self.schema = schema
        self._hidden = set() if introspection else _INTROSPECTION
        self._unknown = _unused_scalars(schema)

    def type(self, name: str) -> Parent:
        """Returns the type with this name, or None. AppSync knows no scalar that its schema does not use."""
        return None if name in self._unknown else self.schema.get_type(name)

    def field(self, parent: Parent, name: str) -> GraphQLField | None:
        """Returns the parent's field with this name, or None."""
        if name in self._hidden or not is_composite_type(parent):
            return None
        return self.schema.get_field(parent, name)


def required(arguments: Mapping[str, GraphQLArgument], names: set[str]) -> Iterator[str]:
    """Yields the names of required arguments that are missing."""
    for name, argument in arguments.items():
        if is_required_argument(argument) and name not in names:
            yield name


def inner_type(field: GraphQLField | None) -> Parent:
    """Returns the type whose fields a field's selection set selects."""
    return get_named_type(field.type) if field else None


def named(node: TypeNode) -> NamedTypeNode:
    """Returns the named type inside list and non-null wrappers."""
    while isinstance(node, (ListTypeNode, NonNullTypeNode)):
        node = node.type
    if not isinstance(node, NamedTypeNode):
        raise TypeError("a type's innermost node has a name")
    return node


def nullable(kind: GraphQLType | None) -> GraphQLType | None:
    """Returns the type without its non-null wrapper."""
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def matches(actual: GraphQLType, expected: GraphQLType | None) -> bool:
    """Returns whether a variable of type `actual` may be used where `expected` is the type."""
    if isinstance(expected, GraphQLNonNull):
        return isinstance(actual, GraphQLNonNull) and matches(actual.of_type, expected.of_type)
    if isinstance(actual, GraphQLNonNull):
        return matches(actual.of_type, expected)
    if isinstance(actual, GraphQLList) and isinstance(expected, GraphQLList):
        return matches(actual.of_type, expected.of_type)
    return actual is expected


def _unused_scalars(schema: GraphQLSchema) -> frozenset[str]:
    """Returns the scalars that no field, argument or input field uses, including introspection's."""
    used: set[str] = set()
    for kind in schema.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            used.add(get_named_type(field.type).name)
            used.update(get_named_type(argument.type).name for argument in getattr(field, "args", {}).values())
    return frozenset(name for name, kind in schema.type_map.items() if isinstance(kind, GraphQLScalarType)) - used
