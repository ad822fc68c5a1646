"""Converts the schema to the form that AppSync's parser accepts."""

from collections.abc import Iterator

from graphql import Node, SchemaDefinitionNode, StringValueNode, parse


def with_comments(sdl: str) -> str:
    """Returns the SDL with the descriptions of types and fields as `#` comments and without any other description.

    AppSync's parser predates descriptions as strings and is reported to refuse some of them ("Failed to parse schema
    document", aws-appsync-community#38). It shows the comment above a type or a field as its description, and refuses
    comments inside enums (serverless-appsync-plugin#317). All other text is unchanged. Raises GraphQLSyntaxError.
    """
    written: list[str] = []
    place = 0
    for description, is_shown in _descriptions(parse(sdl)):
        location = description.loc
        if location is None or location.end_token.next is None:
            raise TypeError("the parser keeps locations, and a description stands before something")
        before = sdl[sdl.rfind("\n", 0, location.start) + 1 : location.start]
        indentation = "" if before.strip() else before
        lines = description.value.splitlines() if is_shown else []
        written += [sdl[place : location.start], *(f"# {line}\n{indentation}" for line in lines)]
        place = location.end_token.next.start
    return "".join([*written, sdl[place:]])


def _descriptions(document: Node) -> Iterator[tuple[StringValueNode, bool]]:
    """Yields every description in the order of the text, and whether it becomes a comment."""
    for definition in getattr(document, "definitions", ()):
        yield from _of(definition, is_shown=not isinstance(definition, SchemaDefinitionNode))
        for field in getattr(definition, "fields", None) or ():
            yield from _of(field, is_shown=True)
            for argument in getattr(field, "arguments", None) or ():
                yield from _of(argument, is_shown=False)
        for value in getattr(definition, "values", None) or ():
            yield from _of(value, is_shown=False)


def _of(node: Node, *, is_shown: bool) -> Iterator[tuple[StringValueNode, bool]]:
    description = getattr(node, "description", None)
    if description is not None:
        yield description, is_shown
