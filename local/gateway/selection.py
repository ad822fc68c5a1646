"""A field's selection set, in the forms that AppSync gives resolvers (AppSync Developer Guide, "Info")."""

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
    """The fields selected below these, fragments flattened."""
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
    """The name under which the field is answered."""
    return node.alias.value if node.alias else node.name.value


def selection_set_list(nodes: Sequence[FieldNode], fragments: Fragments, prefix: str = "") -> list[str]:
    """`selectionSetList`: aliases where given, levels joined by `/`, every level listed once."""
    paths: dict[str, None] = {}
    for node in fields_of(nodes, fragments):
        path = prefix + response_key(node)
        paths[path] = None
        paths.update(dict.fromkeys(selection_set_list([node], fragments, f"{path}/")))
    return list(paths)


def selection_set_graphql(nodes: Sequence[FieldNode]) -> str:
    """`selectionSetGraphQL`: the selection as it was written, fragments kept."""
    return "\n".join(print_ast(node.selection_set) for node in nodes if node.selection_set)


def selected(value: Any, nodes: Sequence[FieldNode], fragments: Fragments) -> Any:
    """What of a value the selection asks for, under the fields' own names (not their aliases)."""
    return _picked(value, nodes, fragments, by=lambda node: node.name.value)


def unaliased(answer: Any, nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments) -> Any:
    """An answered value with aliases turned back into the fields' own names."""
    return _picked(answer, nodes, fragments, by=response_key)


def grouped(
    nodes: Sequence[FieldNode | OperationDefinitionNode], fragments: Fragments, by: Callable[[FieldNode], str]
) -> Mapping[str, Sequence[FieldNode]]:
    """The fields selected below these: those that are answered as one, because they are selected twice, together."""
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
        return [_picked(one, nodes, fragments, by) for one in value]
    below = grouped(nodes, fragments, by)
    if not isinstance(value, Mapping) or not below:
        return value
    return {same[0].name.value: _picked(value[key], same, fragments, by) for key, same in below.items() if key in value}
