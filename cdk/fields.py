"""Derives from the schema which fields have a resolver and of which kind."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import FieldDefinitionNode, ListValueNode, ObjectTypeDefinitionNode, StringValueNode, parse

from cdk.bundling import ROOT

SCHEMA = ROOT / "schema.graphql"
HISTORY = ("Task", "history")  # the only field of an object type that has a resolver

_TYPES = {
    definition.name.value: definition.fields
    for definition in parse(SCHEMA.read_text()).definitions
    if isinstance(definition, ObjectTypeDefinitionNode)
}


def _listened_to(subscription: FieldDefinitionNode) -> Iterator[str]:
    """Yields the mutations that a subscription names in `@aws_subscribe`."""
    for directive in subscription.directives or ():
        for argument in directive.arguments or ():
            if directive.name.value == "aws_subscribe" and isinstance(argument.value, ListValueNode):
                yield from (name.value for name in argument.value.values if isinstance(name, StringValueNode))


PUBLISH_FIELDS: Sequence[str] = sorted(
    {mutation for subscription in _TYPES["Subscription"] or () for mutation in _listened_to(subscription)}
)
"""The mutations that publish to subscribers. A resolver without a data source answers them."""

END_FIELD = "endSubscriptions"
"""The mutation that ends subscriptions. A resolver without a data source answers it."""

LAMBDA_FIELDS: Mapping[str, Sequence[str]] = {
    root: [field.name.value for field in _TYPES[root] or () if field.name.value not in {*PUBLISH_FIELDS, END_FIELD}]
    for root in ("Query", "Mutation", "Subscription")
}
"""All other root fields, which the resolver Lambda answers."""


def resolved_fields() -> list[str]:
    """Returns every field that has a resolver, as `Type.field`, sorted."""
    lambdas = [f"{type_name}.{field}" for type_name, fields in LAMBDA_FIELDS.items() for field in fields]
    return sorted([*lambdas, *(f"Mutation.{field}" for field in (*PUBLISH_FIELDS, END_FIELD)), ".".join(HISTORY)])
