"""Converts a field's selection set into the forms that AppSync gives resolvers (AppSync Developer Guide, "Info")."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    print_ast,
)

Fragments = Mapping[str, FragmentDefinitionNode]


def fields_of(nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments) -> Iterator[FieldNode]:
    """Yields the fields that these nodes select, with fragments flattened."""
    for node in nodes:
        if node.selection_set:
            yield from _flattened(node.selection_set, fragments)


def _flattened(selection_set: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _flattened(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _flattened(fragments[selection.name.value].selection_set, fragments)


def response_key(node: FieldNode) -> str:
    """Returns the field's response name: its alias, or its name."""
    return node.alias.value if node.alias else node.name.value


def selection_set_list(nodes: Sequence[FieldNode], fragments: Fragments, prefix: str = "") -> list[str]:
    """Returns `selectionSetList`: response names, with levels joined by `/`, each path listed once."""
    paths: dict[str, None] = {}
    for node in fields_of(nodes, fragments):
        path = prefix + response_key(node)
        paths[path] = None
        if node.selection_set:
            paths.update(dict.fromkeys(selection_set_list([node], fragments, f"{path}/")))
    return list(paths)


def selection_set_graphql(nodes: Sequence[FieldNode]) -> str:
    """Returns `selectionSetGraphQL`: the selection as it was written, including fragments."""
    return "\n".join(print_ast(node.selection_set) for node in nodes if node.selection_set)


def selected(value: Any, nodes: Sequence[FieldNode], fragments: Fragments) -> Any:
    """Returns the selected part of a value, by field name rather than alias."""
    return _picked(value, nodes, fragments, by=lambda node: node.name.value)


def unaliased(answer: Any, nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments) -> Any:
    """Returns a response value with aliases replaced by field names."""
    return _picked(answer, nodes, fragments, by=response_key)


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
