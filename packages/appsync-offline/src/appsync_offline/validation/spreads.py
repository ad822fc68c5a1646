"""Finds unused fragments and fragment cycles."""

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

_MAXIMUM_STEPS = 10_000  # of the search for a fragment's cycles; the first cycle is found long before


class Spreads:
    """The fragment spreads of a document's operations and fragments."""

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
        """Returns the names of the fragments that operations use, directly or through other fragments."""
        return self._reached(self._by_operations)

    def cycles(self, fragment: str) -> Iterator[Sequence[FragmentSpreadNode]]:
        """Yields each cycle of a fragment: the spreads that lead back to it, without the spread that closes it."""
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
