"""Finds fields with the same response name that cannot be merged (GraphQL spec, "Field Selection Merging").

The messages are those of graphql-java 9's OverlappingFieldsCanBeMerged, which compares every pair. A first pass over
distinct fields finds out whether there is any conflict, so that thousands of fields with one name stay cheap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_object_type,
    print_ast,
)

from appsync_offline.text.java_text import java_name

_MAXIMUM_PAIRS = 10_000  # compared per document; conflicts beyond them are not reported


@dataclass(frozen=True)
class Conflict:
    """Fields that cannot be merged, and why."""

    reason: str
    fields: tuple[FieldNode, ...]


@dataclass(frozen=True)
class _Selected:
    """A selected field. Its type is None if the schema has no such field."""

    node: FieldNode
    parent: GraphQLNamedType | None
    type: GraphQLOutputType | None

    @property
    def key(self) -> str:
        return self.node.alias.value if self.node.alias else self.node.name.value


_Groups = Mapping[str, Sequence[_Selected]]


class Conflicts:
    """Finds the conflicts of a document's selection sets. Each pair of fields is reported once."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._compared: set[tuple[int, int]] = set()
        self._arguments: dict[int, str] = {}

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Sequence[Conflict]:
        """Returns the conflicts between the fields of a selection set and between their nested selections."""
        groups = self._grouped([(selection_set, parent)])
        return [] if self._mergeable(groups) else list(self._conflicts(groups))

    def _mergeable(self, groups: _Groups) -> bool:
        for selected in groups.values():
            if len(selected) == 1:
                continue
            different = {
                (field.parent, field.node.name.value, str(field.type), self._arguments_of(field.node)): field
                for field in selected
            }
            if any(self._difference(field, other) for field, other in combinations(different.values(), 2)):
                return False
            if not self._mergeable(self._below(selected)):
                return False
        return True

    def _conflicts(self, groups: _Groups) -> Iterator[Conflict]:
        for selected in groups.values():
            for field, other in combinations(selected, 2):
                if conflict := self._conflict(field, other):
                    yield conflict

    def _conflict(self, field: _Selected, other: _Selected) -> Conflict | None:
        pair = (min(id(field.node), id(other.node)), max(id(field.node), id(other.node)))
        if pair in self._compared or len(self._compared) >= _MAXIMUM_PAIRS:
            return None
        self._compared.add(pair)
        if difference := self._difference(field, other):
            return Conflict(f"{field.key}: {difference}", (field.node, other.node))
        if not field.node.selection_set or not other.node.selection_set:
            return None
        below = list(self._conflicts(self._below([field, other])))
        if not below:
            return None
        reasons = ", ".join(conflict.reason for conflict in below)
        fields = (field for conflict in below for field in conflict.fields)
        return Conflict(f"{field.key}: ({reasons})", (field.node, other.node, *fields))

    def _difference(self, field: _Selected, other: _Selected) -> str | None:
        exclusive = is_object_type(field.parent) and is_object_type(other.parent) and field.parent is not other.parent
        if not exclusive and field.node.name.value != other.node.name.value:
            return f"{field.node.name.value} and {other.node.name.value} are different fields"
        if field.type is not None and other.type is not None and not _same_shape(field.type, other.type, exclusive):
            return f"they return differing types {java_name(field.type)} and {java_name(other.type)}"
        if not exclusive and self._arguments_of(field.node) != self._arguments_of(other.node):
            return "they have differing arguments"
        return None

    def _arguments_of(self, node: FieldNode) -> str:
        if id(node) not in self._arguments:
            written = sorted(f"{argument.name.value}: {print_ast(argument.value)}" for argument in node.arguments or ())
            self._arguments[id(node)] = ", ".join(written)
        return self._arguments[id(node)]

    def _below(self, selected: Sequence[_Selected]) -> _Groups:
        return self._grouped(
            [
                (field.node.selection_set, get_named_type(field.type) if field.type else None)
                for field in selected
                if field.node.selection_set
            ]
        )

    def _grouped(self, sources: Sequence[tuple[SelectionSetNode, GraphQLNamedType | None]]) -> _Groups:
        groups: dict[str, list[_Selected]] = {}
        visited: set[str] = set()
        for selection_set, parent in sources:
            for field in self._fields(selection_set, parent, visited):
                groups.setdefault(field.key, []).append(field)
        return groups

    def _fields(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, visited: set[str]
    ) -> Iterator[_Selected]:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                known = self._schema.get_field(parent, selection.name.value) if is_composite_type(parent) else None
                yield _Selected(selection, parent, known.type if known else None)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                yield from self._fields(selection.selection_set, inner, visited)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments.get(selection.name.value)
                if fragment and fragment.name.value not in visited:
                    visited.add(fragment.name.value)
                    inner = self._schema.get_type(fragment.type_condition.name.value)
                    yield from self._fields(fragment.selection_set, inner, visited)


def _same_shape(kind: GraphQLType, other: GraphQLType, exclusive: bool) -> bool:
    """Returns whether both types have the same response shape. Object types that exclude each other may differ."""
    shapes = str(kind), str(other)
    if exclusive and is_composite_type(get_named_type(kind)) and is_composite_type(get_named_type(other)):
        shapes = str(kind).replace(str(get_named_type(kind)), ""), str(other).replace(str(get_named_type(other)), "")
    return shapes[0] == shapes[1]
