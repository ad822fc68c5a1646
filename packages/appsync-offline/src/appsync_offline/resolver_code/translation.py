"""Translates APPSYNC_JS resolver code into a program for V8.

Imports become constants from the gateway's runtime, exports become the program's handlers, and loops become bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from appsync_offline.resolver_code.rules import problems
from appsync_offline.resolver_code.syntax import Names, parsed, text, walk

MAXIMUM_CODE = 32_768  # characters (AppSync API reference, "code")
_UTILS = "@aws-appsync/utils"
# The modules that code can import, with where their exports are in the gateway's runtime.
_MODULES = {
    _UTILS: ("__appsync", frozenset({"extensions", "runtime", "util"})),
    f"{_UTILS}/dynamodb": (
        "__appsync.dynamodb",
        frozenset(
            {
                *("get", "put", "update", "remove", "query", "scan", "operations"),
                *("batchGet", "batchPut", "batchDelete", "transactGet", "transactWrite"),
            }
        ),
    ),
}
_HANDLERS = ("request", "response")
# util, extensions and runtime are also available without an import.
_BEFORE = (
    "(__appsync, console) => { 'use strict'; const { util, extensions, runtime, JSON } = __appsync; return (() => {\n"
)


class InvalidCode(Exception):
    """AppSync would refuse this code. The message says why."""


@dataclass(frozen=True)
class _Edit:
    """Replaces the bytes from `start` to `end` of the source by `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, eq=False)
class Program:
    """A JavaScript expression: a function that takes the utilities and a console, and returns the two handlers."""

    source: str
    _shifts: Mapping[int, Sequence[tuple[int, int]]]

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Returns line and column of the resolver code for a position in `source`. All begin at 1."""
        line -= 1
        for start, added in reversed(self._shifts.get(line, ())):
            if column > start + added:
                return line, column - added
        return line, column


def program(code: str) -> Program:
    """Returns the code as a program. Raises InvalidCode if it is not APPSYNC_JS or lacks one of the two handlers."""
    if len(code) > MAXIMUM_CODE:
        raise InvalidCode(f"code is longer than {MAXIMUM_CODE} characters")
    tree = parsed(code)
    if tree.has_error:
        broken = next(node for node in walk(tree) if node.is_error or node.is_missing)
        place = broken.start_point
        raise InvalidCode(f"code is no JavaScript from {place.row + 1}:{place.column + 1} on")
    edits = [edit for node in tree.children for edit in _of_module(node)]
    names = Names(tree)
    if faults := problems(tree, names):
        raise InvalidCode("; ".join(faults))
    exported = dict(_exports(tree))
    for handler in _HANDLERS:
        if names.top_function(exported.get(handler, "")) is None:
            raise InvalidCode(f"code must export a function {handler}")
    edits += [edit for node in walk(tree) if node.type == "for_in_statement" for edit in _counted(node)]
    handlers = ", ".join(f"{handler}: {exported[handler]}" for handler in _HANDLERS)
    body, shifts = _edited(code, edits)
    return Program(f"{_BEFORE}{body}\nreturn {{ {handlers} }}; }})(); }}", shifts)


def _of_module(node: Node) -> Iterator[_Edit]:
    """Yields the edits that make an import or export valid inside a function."""
    if node.type == "import_statement":
        yield _Edit(node.start_byte, node.end_byte, "".join(_bindings(node)) + "\n" * text(node).count("\n"))
    elif node.type == "export_statement":
        declaration = node.child_by_field_name("declaration")
        if node.child_by_field_name("source"):
            raise InvalidCode(f"exporting from another module is not supported: {text(node)}")
        if node.child_by_field_name("value") or any(child.type == "default" for child in node.children):
            raise InvalidCode("a default export is not supported")
        end = declaration.start_byte if declaration else node.end_byte
        whole = node.text[: end - node.start_byte].decode() if node.text else ""
        yield _Edit(node.start_byte, end, "\n" * whole.count("\n"))


def _bindings(node: Node) -> Iterator[str]:
    source = node.child_by_field_name("source")
    module = text(source)[1:-1] if source else ""
    if module.startswith(f"{_UTILS}/") and module not in _MODULES:
        raise InvalidCode(f"{module} is for a data source that the local AppSync does not have")
    if module not in _MODULES:
        raise InvalidCode(f"only {_UTILS} can be imported, not {module}")
    provider, exports = _MODULES[module]
    for part in walk(node):
        if part.type == "namespace_import":
            yield f"const {text(part.named_children[0])} = {provider};"
        elif part.type == "import_clause" and part.children[0].type == "identifier":
            raise InvalidCode(f"{module} has no default export")
        elif part.type == "import_specifier":
            name, alias = part.child_by_field_name("name"), part.child_by_field_name("alias")
            if name is None or text(name) not in exports:
                raise InvalidCode(f"{module} has no export {text(name) if name else ''}")
            yield f"const {text(alias or name)} = {provider}.{text(name)};"


def _exports(tree: Node) -> Iterator[tuple[str, str]]:
    """Yields the exported name and the local name of each export."""
    for node in tree.children:
        declaration = node.child_by_field_name("declaration") if node.type == "export_statement" else None
        if declaration:
            for part in (declaration, *declaration.named_children):
                name = part.child_by_field_name("name")
                if name and name.type == "identifier":
                    yield text(name), text(name)
        elif node.type == "export_statement":
            for part in walk(node):
                name = part.child_by_field_name("name") if part.type == "export_specifier" else None
                if name:
                    yield text(part.child_by_field_name("alias") or name), text(name)


def _counted(loop: Node) -> Iterator[_Edit]:
    """Yields the edits that bound a loop by AppSync's limit. A for...in loop becomes a for...of loop over the keys."""
    operator, right = loop.child_by_field_name("operator"), loop.child_by_field_name("right")
    if operator and right:
        yield _Edit(operator.start_byte, operator.end_byte, "of")
        yield _Edit(right.start_byte, right.start_byte, f"__appsync.loop.{operator.type}(")
        yield _Edit(right.end_byte, right.end_byte, ")")


def _edited(code: str, edits: Sequence[_Edit]) -> tuple[str, Mapping[int, Sequence[tuple[int, int]]]]:
    """Returns the edited source, and for each line the columns from which it is shifted and by how many characters."""
    source = code.encode()
    result, shifts, done = "", dict[int, list[tuple[int, int]]](), 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        result += source[done : edit.start].decode()
        gone = source[edit.start : edit.end].decode()
        result, done = result + edit.replacement, edit.end
        line, before = result.count("\n") + 1, shifts.get(result.count("\n") + 1, [])
        column = len(result) - result.rfind("\n") - 1
        added = len(edit.replacement) - len(gone) + (before[-1][1] if before else 0)
        if "\n" not in gone:
            shifts.setdefault(line, []).append((column - added, added))
    return result + source[done:].decode(), shifts
