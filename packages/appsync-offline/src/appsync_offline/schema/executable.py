"""Builds the executable schema: an API's SDL with the directives and scalars that AppSync adds to every schema."""

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLScalarType,
    GraphQLSchema,
    ScalarTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from appsync_offline.schema.scalars import AWS_SCALARS

# AppSync Developer Guide: "Scalar types in AWS AppSync", "Authorization", "Real-time data".
_DIRECTIVES = """
directive @aws_api_key on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_iam on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_oidc on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_lambda on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_auth(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION | INTERFACE
directive @aws_subscribe(mutations: [String!]) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String]) on FIELD_DEFINITION
directive @canonical on FIELD_DEFINITION
directive @hidden on FIELD_DEFINITION | OBJECT
directive @renamed on FIELD_DEFINITION | OBJECT
directive @deferred on FIELD
"""
_NAMED = (DirectiveDefinitionNode, ScalarTypeDefinitionNode)
PRELUDE = _DIRECTIVES + "".join(f"scalar {name}\n" for name in AWS_SCALARS)


def document(sdl: str) -> DocumentNode:
    """Returns the API's document with AppSync's definitions.

    They replace definitions of the same name in the SDL, which some APIs declare for other tools.
    """
    own = parse(PRELUDE).definitions
    names = {(node.kind, node.name.value) for node in own if isinstance(node, _NAMED)}
    given = [
        node
        for node in parse(sdl).definitions
        if not (isinstance(node, _NAMED) and (node.kind, node.name.value) in names)
    ]
    return DocumentNode(definitions=(*own, *given))


def executable_schema(sdl: str) -> GraphQLSchema:
    """Returns the schema with AppSync's directives and working AWS scalars. Raises GraphQLSyntaxError or TypeError."""
    schema = build_ast_schema(document(sdl))
    for name, scalar in AWS_SCALARS.items():
        known = schema.type_map[name]
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
