"""Parses resolver code with tree-sitter, and finds what its names stand for."""

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
    """The program's syntax tree. Where the code is no JavaScript, it has errors (`has_error`)."""
    return _parser().parse(code.encode()).root_node


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def text(node: Node) -> str:
    """The node's source."""
    return (node.text or b"").decode()


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, in the source's order."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(found.children)


def within(node: Node, kinds: frozenset[str]) -> Node | None:
    """The nearest node around this one of one of these kinds."""
    around = node.parent
    while around and around.type not in kinds:
        around = around.parent
    return around


class Names:
    """The names of a program: where each is declared.

    A declaration is the function, the parameter's or variable's identifier, or the import that a name stands for.
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
        """What the name at this place stands for; None for a global."""
        around: Node | None = identifier
        while around:
            found = self._scopes.get(around.id, {}).get(text(identifier))
            if found:
                return found
            around = around.parent
        return None

    def top_function(self, name: str) -> Node | None:
        """The function that the program itself declares under the name."""
        return _function_of(self._scopes.get(self._program.id, {}).get(name))

    def function(self, node: Node | None) -> Node | None:
        """The function that an expression is, or that its name was declared to be."""
        return _function_of(self.declaration(node) if node and node.type in _IDENTIFIERS else node)

    def _declared(self, node: Node) -> Iterator[tuple[Node, Node, Node]]:
        """Identifier, declaration and scope of each name that this node declares."""
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
                yield name, node, node  # the module's own name of it: no use of one

    def _around(self, node: Node, kinds: frozenset[str]) -> Node:
        return within(node, kinds) or self._program


def _function_of(node: Node | None) -> Node | None:
    parent = node.parent if node and node.type == "identifier" else None
    if parent and parent.type == "variable_declarator":
        node = parent.child_by_field_name("value")
    return node if node and node.type in FUNCTIONS else None


def _bound(pattern: Node | None) -> Iterator[Node]:
    """The identifiers that a parameter list or a destructuring pattern declares."""
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
    """Whether this is the `b` of `export { a as b }`."""
    parent = node.parent
    return bool(parent and parent.type == "export_specifier" and node == parent.child_by_field_name("alias"))
