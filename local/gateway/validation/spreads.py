"""Which fragments spread which: those that no operation reaches, and those that reach themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

_MAXIMUM_STEPS = 10_000  # looking for a fragment's cycles; the first is reported long before


class Spreads:
    """The spreads of a document's operations and fragments."""

    def __init__(self, document: DocumentNode) -> None:
        self._by_fragment: Mapping[str, Sequence[FragmentSpreadNode]] = {
            definition.name.value: list(_spreads(definition.selection_set))
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._by_operations = [
            spread.name.value
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
            for spread in _spreads(definition.selection_set)
        ]

    def used(self) -> Collection[str]:
        """The fragments that operations reach."""
        return self._reached(self._by_operations)

    def cycles(self, fragment: str) -> Iterator[Sequence[FragmentSpreadNode]]:
        """The ways from a fragment back to itself: of each, the spreads before the one that closes it."""
        steps = iter(range(_MAXIMUM_STEPS))

        def ways(name: str, way: list[FragmentSpreadNode]) -> Iterator[Sequence[FragmentSpreadNode]]:
            for spread in self._by_fragment.get(name, ()):
                if next(steps, None) is None:
                    return
                if spread.name.value == fragment:
                    yield tuple(way)
                elif spread not in way and fragment in self._reached([spread.name.value]):
                    yield from ways(spread.name.value, [*way, spread])

        if fragment in self._reached(spread.name.value for spread in self._by_fragment[fragment]):
            yield from ways(fragment, [])

    def _reached(self, names: Iterator[str] | Sequence[str]) -> Collection[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += [spread.name.value for spread in self._by_fragment.get(name, ())]
        return reached


def _spreads(selection_set: SelectionSetNode) -> Iterator[FragmentSpreadNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FragmentSpreadNode):
            yield selection
        elif isinstance(selection, (FieldNode, InlineFragmentNode)) and selection.selection_set:
            yield from _spreads(selection.selection_set)
