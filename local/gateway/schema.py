"""The executable schema: an API's SDL together with what AppSync adds to every schema."""

from graphql import GraphQLScalarType, GraphQLSchema, build_schema

from local.gateway.scalars import AWS_SCALARS

# AppSync Developer Guide: "Scalar types in AWS AppSync", "Authorization", "Real-time data".
_DIRECTIVES = """
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_oidc on OBJECT | FIELD_DEFINITION
directive @aws_lambda on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String]) on FIELD_DEFINITION
directive @canonical on FIELD_DEFINITION
directive @hidden on FIELD_DEFINITION | OBJECT
directive @renamed on FIELD_DEFINITION | OBJECT
directive @deferred on FIELD
"""
PRELUDE = _DIRECTIVES + "".join(f"scalar {name}\n" for name in AWS_SCALARS)


def executable_schema(sdl: str) -> GraphQLSchema:
    """The schema, with AppSync's directives and working AWS scalars. Raises GraphQLSyntaxError or TypeError."""
    schema = build_schema(PRELUDE + sdl)
    for name, scalar in AWS_SCALARS.items():
        known = schema.type_map[name]
        if isinstance(known, GraphQLScalarType):
            known.coerce_input_value = scalar.coerce_input_value
            known.coerce_input_literal = scalar.coerce_input_literal
            known.coerce_output_value = scalar.coerce_output_value
    return schema


def subscribed_mutations(schema: GraphQLSchema, subscription_field: str) -> frozenset[str]:
    """The mutation fields that a subscription field listens to: its @aws_subscribe."""
    field = schema.subscription_type.fields[subscription_field] if schema.subscription_type else None
    directives = field.ast_node.directives if field and field.ast_node else ()
    return frozenset(
        value.value
        for directive in directives
        if directive.name.value == "aws_subscribe"
        for argument in directive.arguments
        for value in getattr(argument.value, "values", ())
    )
