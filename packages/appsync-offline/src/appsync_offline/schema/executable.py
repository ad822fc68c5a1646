"""Builds the executable schema: an API's SDL with the directives and scalars that AppSync adds to every schema."""

from collections.abc import Iterable

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLScalarType,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)

from appsync_offline.schema.introspection import AppSyncSchema
from appsync_offline.schema.scalars import AWS_SCALARS, LONG

# As GetIntrospectionSchema shows them in public dumps, and those of merged APIs by the AppSync Developer Guide.
_DIRECTIVES = """
directive @defer on FIELD
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_oidc on OBJECT | FIELD_DEFINITION
directive @aws_lambda on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String]) on FIELD_DEFINITION
directive @aws_subscribe(mutations: [String]) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String]) on FIELD_DEFINITION
directive @canonical on FIELD_DEFINITION
directive @hidden on FIELD_DEFINITION | OBJECT
directive @renamed on FIELD_DEFINITION | OBJECT
"""
_NAMED = (DirectiveDefinitionNode, ScalarTypeDefinitionNode)
PRELUDE = _DIRECTIVES + "".join(f"scalar {name}\n" for name in AWS_SCALARS)
"""AppSync's directives and scalars in SDL, for tools that do not know them."""

# AppSync accepts its directives in more places than it shows: @aws_auth on a type, and all of them on an interface.
_EVERYWHERE = "on OBJECT | FIELD_DEFINITION | INTERFACE"
_ACCEPTED = PRELUDE.replace("on OBJECT | FIELD_DEFINITION", _EVERYWHERE).replace(
    "@aws_auth(cognito_groups: [String]) on FIELD_DEFINITION", f"@aws_auth(cognito_groups: [String]) {_EVERYWHERE}"
)
_LONG = "Long"  # graphql-java's scalar, which AppSync accepts without a declaration (amplify-category-api#3107)


def document(sdl: str) -> DocumentNode:
    """Returns the API's document with AppSync's definitions.

    They replace definitions of the same name in the SDL, which some APIs declare for other tools.
    """
    definitions = parse(sdl).definitions
    own = parse(_ACCEPTED + (f"scalar {_LONG}" if _uses_long(definitions) else "")).definitions
    names = {(node.kind, node.name.value) for node in own if isinstance(node, _NAMED)}
    others = [node for node in definitions if not (isinstance(node, _NAMED) and (node.kind, node.name.value) in names)]
    return DocumentNode(definitions=(*own, *others))


def executable_schema(sdl: str) -> GraphQLSchema:
    """Returns the schema with AppSync's directives and working AWS scalars. Raises GraphQLSyntaxError or TypeError."""
    schema = AppSyncSchema(**build_ast_schema(document(sdl)).to_kwargs())
    for name, scalar in {**AWS_SCALARS, _LONG: LONG}.items():
        known = schema.type_map.get(name)
        if isinstance(known, GraphQLScalarType):
            known.coerce_input_value = scalar.coerce_input_value
            known.coerce_input_literal = scalar.coerce_input_literal
            known.coerce_output_value = scalar.coerce_output_value
    return schema


def subscribed_mutations(schema: GraphQLSchema, subscription_field: str) -> frozenset[str]:
    """Returns the mutation fields that a subscription field's @aws_subscribe names."""
    field = schema.subscription_type.fields[subscription_field] if schema.subscription_type else None
    directives = (field.ast_node.directives if field and field.ast_node else None) or ()
    return frozenset(
        value.value
        for directive in directives
        if directive.name.value == "aws_subscribe"
        for argument in directive.arguments or ()
        for value in getattr(argument.value, "values", (argument.value,))  # GraphQL accepts a single value as a list
    )


def _uses_long(definitions: Iterable[Node]) -> bool:
    """Returns whether a type that is not declared is called Long."""
    uses = False

    class Names(Visitor):
        def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
            nonlocal uses
            uses |= node.name.value == _LONG

    for definition in definitions:
        if isinstance(definition, TypeDefinitionNode) and definition.name.value == _LONG:
            return False
        visit(definition, Names())
    return uses
