"""AppSync's own meta schema, which is that of graphql-java 9: older than the GraphQL specification of today.

Its members were taken from public dumps of GetIntrospectionSchema. A tool that asks for `isRepeatable`,
`specifiedByURL`, `isOneOf` or a schema's description is refused here as it is on AWS.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLBoolean,
    GraphQLCompositeType,
    GraphQLDirective,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    introspection_types,
)

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "__Schema": ("types", "queryType", "mutationType", "directives", "subscriptionType"),
    "__Type": (
        *("kind", "name", "description", "fields", "interfaces", "possibleTypes", "enumValues", "inputFields"),
        "ofType",
    ),
    "__Field": ("name", "description", "args", "type", "isDeprecated", "deprecationReason"),
    "__InputValue": ("name", "description", "type", "defaultValue"),
    "__EnumValue": ("name", "description", "isDeprecated", "deprecationReason"),
    "__Directive": ("name", "description", "locations", "args"),
}
_TAKE_DEPRECATED = {("__Type", "fields"), ("__Type", "enumValues")}
# Directives that are accepted here and that AppSync's dumps do not show.
_HIDDEN = frozenset({"specifiedBy", "oneOf", "canonical", "hidden", "renamed"})
# Locations that are accepted here and that the dumps do not show, beside INTERFACE.
_HIDDEN_LOCATIONS: Mapping[str, set[DirectiveLocation]] = {
    "aws_auth": {DirectiveLocation.INTERFACE, DirectiveLocation.OBJECT},
    "deprecated": set(DirectiveLocation) - {DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.ENUM_VALUE},
}
_OPERATIONS = {DirectiveLocation.QUERY, DirectiveLocation.MUTATION, DirectiveLocation.SUBSCRIPTION}
_FRAGMENTS = {
    DirectiveLocation.FRAGMENT_SPREAD,
    DirectiveLocation.INLINE_FRAGMENT,
    DirectiveLocation.FRAGMENT_DEFINITION,
}


class AppSyncSchema(GraphQLSchema):
    """A schema with AppSync's meta schema in place of graphql-core's."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**members)
        own = {name: self._meta_type(name, introspection_types[name]) for name in _FIELDS}
        self._own: Mapping[str, GraphQLType] = own
        self.type_map = {name: own.get(name, kind) for name, kind in self.type_map.items()}
        self._meta_fields = {
            "__schema": GraphQLField(GraphQLNonNull(own["__Schema"]), resolve=SchemaMetaFieldDef.resolve),
            "__type": GraphQLField(own["__Type"], args=TypeMetaFieldDef.args, resolve=TypeMetaFieldDef.resolve),
        }

    def get_field(self, parent_type: GraphQLCompositeType, field_name: str) -> GraphQLField | None:
        """Returns the type's field with this name, or None."""
        if field_name in self._meta_fields:
            return self._meta_fields[field_name] if self.query_type is parent_type else None
        return super().get_field(parent_type, field_name)

    def _meta_type(self, name: str, known: Any) -> GraphQLObjectType:
        def fields() -> dict[str, GraphQLField]:
            shown = {field: self._meta_field(name, field, known.fields[field]) for field in _FIELDS[name]}
            return {**shown, **(_of_directives() if name == "__Directive" else {})}

        meta_type = GraphQLObjectType(name.removeprefix("__"), fields, description=known.description)
        meta_type.name = name  # graphql-core creates no second type of a reserved name
        return meta_type

    def _meta_field(self, type_name: str, name: str, known: GraphQLField) -> GraphQLField:
        resolve: Any = known.resolve
        arguments = known.args if (type_name, name) in _TAKE_DEPRECATED else {}
        if (type_name, name) == ("__Schema", "directives"):
            resolve = _shown_directives
        elif (type_name, name) == ("__Directive", "locations"):
            resolve = _shown_locations
        elif known.args and not arguments:
            resolve = _with_deprecated(resolve)
        kind: Any = self._in_own(known.type)
        return GraphQLField(kind, args=arguments, resolve=resolve, description=known.description)

    def _in_own(self, kind: GraphQLType) -> GraphQLType:
        if isinstance(kind, GraphQLNonNull):
            return GraphQLNonNull(self._in_own(kind.of_type))  # type: ignore[type-var] # of a non-null type
        if isinstance(kind, GraphQLList):
            return GraphQLList(self._in_own(kind.of_type))
        return self._own.get(getattr(kind, "name", ""), kind)


def _with_deprecated(resolve: Any) -> Any:
    return lambda source, info: resolve(source, info, includeDeprecated=True)


def _shown_directives(schema: GraphQLSchema, _info: Any) -> list[GraphQLDirective]:
    return [directive for directive in schema.directives if directive.name not in _HIDDEN]


def _shown_locations(directive: GraphQLDirective, _info: Any) -> list[DirectiveLocation]:
    hidden = _HIDDEN_LOCATIONS.get(directive.name, {DirectiveLocation.INTERFACE})
    return [place for place in directive.locations if place not in hidden]


def _of_directives() -> dict[str, GraphQLField]:
    """Returns the fields that `locations` replaced in 2016."""

    def field(places: set[DirectiveLocation]) -> GraphQLField:
        return GraphQLField(
            GraphQLBoolean,
            resolve=lambda directive, _info: not places.isdisjoint(directive.locations),
            deprecation_reason="Use `locations`.",
        )

    return {
        "onOperation": field(_OPERATIONS),
        "onFragment": field(_FRAGMENTS),
        "onField": field({DirectiveLocation.FIELD}),
    }
