"""Parses resolver code with tree-sitter and resolves its names to declarations."""

from collections.abc import Iterator
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
    }
)
_SCOPES = FUNCTIONS | {"program", "statement_block", "for_in_statement", "switch_body", "catch_clause"}
_IDENTIFIERS = frozenset({"identifier", "shorthand_property_identifier"})


def parsed(code: str) -> Node:
    """Returns the program's syntax tree. If the code is not valid JavaScript, `has_error` is true."""
    return _parser().parse(code.encode()).root_node


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def text(node: Node) -> str:
    """Returns the node's source text."""
    return (node.text or b"").decode()


def walk(node: Node) -> Iterator[Node]:
    """Yields the node and all its descendants in source order."""
    waiting = [node]
    while waiting:
        match = waiting.pop()
        yield match
        waiting += reversed(match.children)


def within(node: Node, kinds: frozenset[str]) -> Node | None:
    """Returns the nearest ancestor of one of these kinds, or None."""
    around = node.parent
    while around and around.type not in kinds:
        around = around.parent
    return around


class Names:
    """The names of a program and their declarations.

    A declaration is a function node, the identifier of a parameter or variable, or an import node.
    """

    def __init__(self, program: Node) -> None:
        self._scopes: dict[int, dict[str, Node]] = {}
        self._program = program
        self.uses: list[Node] = []
        bindings = set()
        for node in walk(program):
            for identifier, declaration, scope in self._declared(node):
                bindings.add(identifier.id)
                self._scopes.setdefault(scope.id, {})[text(identifier)] = declaration
        for node in walk(program):
            if node.type in _IDENTIFIERS and node.id not in bindings and not _is_exported_name(node):
                self.uses.append(node)

    def declaration(self, identifier: Node) -> Node | None:
        """Returns the declaration of the name at this place; None for a global."""
        around: Node | None = identifier
        while around:
            match = self._scopes.get(around.id, {}).get(text(identifier))
            if match:
                return match
            around = around.parent
        return None

    def top_function(self, name: str) -> Node | None:
        """Returns the function that the program declares at top level under this name, or None."""
        return _function_of(self._scopes.get(self._program.id, {}).get(name))

    def function(self, node: Node | None) -> Node | None:
        """Returns the function that an expression is or names, or None."""
        return _function_of(self.declaration(node) if node and node.type in _IDENTIFIERS else node)

    def _declared(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        """Yields identifier, declaration and scope of each name that this node declares."""
        if node.type in FUNCTIONS:
            yield from self._of_function(node)
        elif node.type == "class_declaration":
            yield from ((name, node, self._around(node, _SCOPES)) for name in _bound(node.child_by_field_name("name")))
        elif node.type in {"import_specifier", "namespace_import", "import_clause"}:
            yield from self._of_import(node)
        else:
            yield from self._of_variable(node)

    def _of_function(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        name = node.child_by_field_name("name")
        if name and node.type != "method_definition":
            yield name, node, self._around(node, _SCOPES) if node.type.endswith("declaration") else node
        for parameters in (node.child_by_field_name("parameters"), node.child_by_field_name("parameter")):
            yield from ((parameter, parameter, node) for parameter in _bound(parameters))

    def _of_variable(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        pattern, scope = None, node
        if node.type == "variable_declarator" and node.parent:
            everywhere = node.parent.type == "variable_declaration"  # `var`
            pattern = node.child_by_field_name("name")
            scope = self._around(node, FUNCTIONS | {"program"} if everywhere else _SCOPES)
        elif node.type == "for_in_statement" and node.child_by_field_name("kind"):
            pattern = node.child_by_field_name("left")
        elif node.type == "catch_clause":
            pattern = node.child_by_field_name("parameter")
        yield from ((variable, variable, scope) for variable in _bound(pattern))

    def _of_import(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if node.type != "import_specifier":
            yield from ((child, node, self._program) for child in node.children if child.type == "identifier")
        elif name:
            yield alias or name, node, self._program
            if alias:
                yield name, node, node  # the module's name for it, which is not a use of a local name

    def _around(self, node: Node, kinds: frozenset[str]) -> Node:
        return within(node, kinds) or self._program


def _function_of(node: Node | None) -> Node | None:
    parent = node.parent if node and node.type == "identifier" else None
    if parent and parent.type == "variable_declarator":
        node = parent.child_by_field_name("value")
    return node if node and node.type in FUNCTIONS else None


def _bound(pattern: Node | None) -> Iterator[Node]:
    """Yields the identifiers that a parameter list or a destructuring pattern declares."""
    if pattern is None:
        return
    if pattern.type in {"identifier", "shorthand_property_identifier_pattern"}:
        yield pattern
    elif pattern.type in {"assignment_pattern", "object_assignment_pattern"}:
        yield from _bound(pattern.child_by_field_name("left"))
    elif pattern.type == "pair_pattern":
        yield from _bound(pattern.child_by_field_name("value"))
    elif pattern.type in {"formal_parameters", "object_pattern", "array_pattern", "rest_pattern"}:
        for part in pattern.children:
            yield from _bound(part)


def _is_exported_name(node: Node) -> bool:
    """Returns whether this is the `b` of `export { a as b }`."""
    parent = node.parent
    return bool(parent and parent.type == "export_specifier" and node == parent.child_by_field_name("alias"))
