"""Whether fields that are answered under one name can be merged (GraphQL spec, "Field Selection Merging").

The words are those of graphql-java 9's OverlappingFieldsCanBeMerged, which compares every pair. A first look at
different fields only finds out whether there is a conflict, so that thousands of fields of one name cost little.
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

from local.gateway.java_text import java_name

_MAXIMUM_PAIRS = 10_000  # compared in a document; a conflict further on is left to those who have read the first


@dataclass(frozen=True)
class Conflict:
    """Fields that cannot be merged, and why."""

    reason: str
    fields: tuple[FieldNode, ...]


@dataclass(frozen=True)
class _Selected:
    """A field where it is selected. Its type is unknown where the schema has no such field."""

    node: FieldNode
    parent: GraphQLNamedType | None
    type: GraphQLOutputType | None

    @property
    def key(self) -> str:
        return self.node.alias.value if self.node.alias else self.node.name.value


_Groups = Mapping[str, Sequence[_Selected]]


class Conflicts:
    """Finds the conflicts of a document's selection sets; what one has shown, those around it do not show again."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._compared: set[tuple[int, int]] = set()
        self._arguments: dict[int, str] = {}

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Sequence[Conflict]:
        """The conflicts between the fields of a selection set, and of what is selected below them."""
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
            if any(self._difference(one, other) for one, other in combinations(different.values(), 2)):
                return False
            if not self._mergeable(self._below(selected)):
                return False
        return True

    def _conflicts(self, groups: _Groups) -> Iterator[Conflict]:
        for selected in groups.values():
            for one, other in combinations(selected, 2):
                if conflict := self._conflict(one, other):
                    yield conflict

    def _conflict(self, one: _Selected, other: _Selected) -> Conflict | None:
        pair = (min(id(one.node), id(other.node)), max(id(one.node), id(other.node)))
        if pair in self._compared or len(self._compared) >= _MAXIMUM_PAIRS:
            return None
        self._compared.add(pair)
        if difference := self._difference(one, other):
            return Conflict(f"{one.key}: {difference}", (one.node, other.node))
        if not one.node.selection_set or not other.node.selection_set:
            return None
        below = list(self._conflicts(self._below([one, other])))
        if not below:
            return None
        reasons = ", ".join(conflict.reason for conflict in below)
        fields = (field for conflict in below for field in conflict.fields)
        return Conflict(f"{one.key}: ({reasons})", (one.node, other.node, *fields))

    def _difference(self, one: _Selected, other: _Selected) -> str | None:
        exclusive = is_object_type(one.parent) and is_object_type(other.parent) and one.parent is not other.parent
        if not exclusive and one.node.name.value != other.node.name.value:
            return f"{one.node.name.value} and {other.node.name.value} are different fields"
        if one.type is not None and other.type is not None and not _same_shape(one.type, other.type, exclusive):
            return f"they return differing types {java_name(one.type)} and {java_name(other.type)}"
        if not exclusive and self._arguments_of(one.node) != self._arguments_of(other.node):
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


def _same_shape(one: GraphQLType, other: GraphQLType, exclusive: bool) -> bool:
    """Whether values of both types are answered alike. Objects of types that exclude each other may differ."""
    shapes = str(one), str(other)
    if exclusive and is_composite_type(get_named_type(one)) and is_composite_type(get_named_type(other)):
        shapes = str(one).replace(str(get_named_type(one)), ""), str(other).replace(str(get_named_type(other)), "")
    return shapes[0] == shapes[1]
