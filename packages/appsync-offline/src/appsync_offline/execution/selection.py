"""Converts a field's selection set into the forms that AppSync gives resolvers (AppSync Developer Guide, "Info")."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    print_ast,
)

Fragments = Mapping[str, FragmentDefinitionNode]


def fields_of(
    nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments, only: str | None = None
) -> Iterator[FieldNode]:
    """Yields the fields that these nodes select, with fragments flattened; `only` those on the type of this name."""
    for node in nodes:
        if node.selection_set:
            yield from _flattened(node.selection_set, fragments, only)


def _flattened(selection_set: SelectionSetNode, fragments: Fragments, only: str | None) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection
            continue
        fragment = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
        if isinstance(fragment, (FragmentDefinitionNode, InlineFragmentNode)):
            condition = fragment.type_condition
            if only is None or condition is None or condition.name.value == only:
                yield from _flattened(fragment.selection_set, fragments, only)


def response_key(node: FieldNode) -> str:
    """Returns the field's response name: its alias, or its name."""
    return node.alias.value if node.alias else node.name.value


def selection_set_list(
    nodes: Sequence[FieldNode], fragments: Fragments, schema: GraphQLSchema, kind: GraphQLType, prefix: str = ""
) -> list[str]:
    """Returns `selectionSetList`: response names, with levels joined by `/`, each path listed once.

    `kind` is the type of the field. Of an interface or a union only its own fields are listed, without those of
    fragments on other types (AppSync Developer Guide, "Info"; appsync-community#358).
    """
    parent = get_named_type(kind)
    own = parent.name if is_abstract_type(parent) else None
    paths: dict[str, None] = {}
    for node in fields_of(nodes, fragments, own):
        path = prefix + response_key(node)
        paths[path] = None
        field = schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        if node.selection_set and field:
            paths.update(dict.fromkeys(selection_set_list([node], fragments, schema, field.type, f"{path}/")))
    return list(paths)


def selection_set_graphql(nodes: Sequence[FieldNode]) -> str:
    """Returns `selectionSetGraphQL`: the selection as it was written, including fragments."""
    return "\n".join(print_ast(node.selection_set) for node in nodes if node.selection_set)


def selected(value: Any, nodes: Sequence[FieldNode], fragments: Fragments) -> Any:
    """Returns the selected part of a value, by field name rather than alias."""
    return _picked(value, nodes, fragments, by=lambda node: node.name.value)


def without_aliases(answer: Any, nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments) -> Any:
    """Returns a response value without the fields that have an alias (appsync-community#160)."""
    return _picked(answer, nodes, fragments, by=lambda node: "" if node.alias else node.name.value)


def grouped(
    nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments, by: Callable[[FieldNode], str]
) -> Mapping[str, Sequence[FieldNode]]:
    """Returns the selected fields, grouped by `by`, so that fields selected several times stand together."""
    groups: dict[str, list[FieldNode]] = {}
    for node in fields_of(nodes, fragments):
        groups.setdefault(by(node), []).append(node)
    return groups


def _picked(
    value: Any,
    nodes: Sequence[FieldNode | OperationDefinitionNode],
    fragments: Fragments,
    by: Callable[[FieldNode], str],
) -> Any:
    if isinstance(value, list):
        return [_picked(entry, nodes, fragments, by) for entry in value]
    below = grouped(nodes, fragments, by)
    if not isinstance(value, Mapping) or not below:
        return value
    return {
        fields[0].name.value: _picked(value[key], fields, fragments, by)
        for key, fields in below.items()
        if key in value
    }
