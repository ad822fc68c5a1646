"""Finds JavaScript that APPSYNC_JS does not support.

Sources: AppSync Developer Guide, "Supported runtime features", and AWS's `@aws-appsync/eslint-plugin` 2.0.2. The tests
compare these rules with the plugin's verdicts on its own examples. Code that neither source mentions is accepted.
"""

from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from appsync_offline.resolver_code.syntax import FUNCTIONS, Names, text, walk, within

_STATEMENTS: Mapping[str, str] = {
    "while_statement": "while",
    "do_statement": "do...while",
    "for_statement": "for(;;), other than for...of and for...in,",
    "continue_statement": "continue",
    "labeled_statement": "a label",
    "throw_statement": "throw, other than util.error(),",
    "try_statement": "try",
    "with_statement": "with",
    "class_declaration": "a class",
    "class": "a class",
    "generator_function": "a generator",
    "generator_function_declaration": "a generator",
    "yield_expression": "yield",
    "await_expression": "await",
    "regex": "a regular expression literal",
    "this": "this",
    "super": "super",
    "meta_property": "import.meta or new.target",
    "import": "import()",
}
_OPERATORS = frozenset({"~", "++", "--", "in", "instanceof"})
_OPERATIONS = frozenset({"unary_expression", "update_expression", "binary_expression"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The globals that the guide lists, and those that JavaScript's type conversions need.
_GLOBALS = _words(
    "Array Boolean Date Infinity JSON Math NaN Number Object String arguments console decodeURI decodeURIComponent "
    "encodeURI encodeURIComponent extensions isFinite isNaN parseFloat parseInt runtime undefined util"
)
_TAKE_FUNCTIONS = _words(
    "every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some"
)
# Unsupported methods whose name identifies the prototype. _OF_RECEIVER holds names that several prototypes share.
_METHODS = _words(
    "apply bind call charCodeAt copyWithin group groupToMap hasOwnProperty isPrototypeOf localeCompare matchAll padEnd "
    "padStart propertyIsEnumerable toGMTString toLocaleDateString toLocaleLowerCase toLocaleString toLocaleTimeString "
    "toLocaleUpperCase"
)
_OF_RECEIVER: Mapping[str, frozenset[str]] = {
    "array": _words("entries keys toString values"),
    "string": _words("repeat valueOf"),
    "template_string": _words("repeat valueOf"),
    "Array": _words("from of"),
    "String": _words("fromCharCode fromCodePoint"),
    "Object": _words(
        "create defineProperties defineProperty freeze getOwnPropertyDescriptor getOwnPropertyDescriptors "
        "getOwnPropertyNames getOwnPropertySymbols getPrototypeOf is isExtensible isFrozen isSealed preventExtensions "
        "seal setPrototypeOf toString valueOf"
    ),
}
_HANDLERS = frozenset({"request", "response"})


def problems(program: Node, names: Names) -> list[str]:
    """Returns what AppSync would refuse, as `line:column: what is not supported`."""
    rules: tuple[Callable[[Node, Names], str | None], ...] = (_syntax, _date, _call, _moved_function, _context)
    faults = [_located(node, problem) for node in walk(program) for rule in rules if (problem := rule(node, names))]
    faults += [
        _located(node, f"{text(node)} is not there in APPSYNC_JS")
        for node in names.uses
        if text(node) not in _GLOBALS and names.declaration(node) is None
    ]
    return faults + [_located(node, "recursion is not supported") for node in _recursive(program, names)]


def _located(node: Node, problem: str) -> str:
    return f"{node.start_point.row + 1}:{node.start_point.column + 1}: {problem}"


def _syntax(node: Node, _names: Names) -> str | None:
    if node.is_named and node.type in _STATEMENTS:
        return f"{_STATEMENTS[node.type]} is not supported"
    if node.type in FUNCTIONS and any(child.type in {"async", "*"} for child in node.children):
        return "an async function or generator is not supported"
    if node.type == "for_in_statement" and any(child.type == "await" for child in node.children):
        return "for await is not supported"
    operator = node.child_by_field_name("operator") if node.type in _OPERATIONS else None
    if operator and operator.type in _OPERATORS:
        return f"the operator {operator.type} is not supported"
    return None


def _date(node: Node, names: Names) -> str | None:
    if node.type in {"new_expression", "member_expression"}:
        used = node.child_by_field_name("constructor" if node.type == "new_expression" else "object")
        if used and used.type == "identifier" and text(used) == "Date" and names.declaration(used) is None:
            return "Date is not supported; use util.time"
    return None


def _call(node: Node, names: Names) -> str | None:
    if node.type == "new_expression":
        constructor = node.child_by_field_name("constructor")
        own = constructor and names.function(constructor)
        return "a function as a constructor is not supported" if own else None
    called = node.child_by_field_name("function") if node.type == "call_expression" else None
    if called is None:
        return None
    method = called.child_by_field_name("property") if called.type == "member_expression" else None
    if method and (problem := _method(called.child_by_field_name("object"), text(method), names)):
        return problem
    arguments = node.child_by_field_name("arguments")
    if (not method or text(method) not in _TAKE_FUNCTIONS) and any(
        names.function(argument) for argument in (arguments.children if arguments else ())
    ):
        return "a function as an argument is not supported, other than to an array's methods"
    return None


def _method(receiver: Node | None, name: str, names: Names) -> str | None:
    known = receiver.type if receiver else ""
    if receiver and known == "identifier":
        known = text(receiver) if names.declaration(receiver) is None else ""
    return f"the method {name} is not supported" if name in _METHODS | _OF_RECEIVER.get(known, frozenset()) else None


def _moved_function(node: Node, names: Names) -> str | None:
    """Refuses a function that is returned or assigned to a second name."""
    if node.type == "return_statement" and names.function(node.named_child(0)):
        return "a function as a result is not supported"
    if node.type == "arrow_function" and names.function(node.child_by_field_name("body")):
        return "a function as a result is not supported"
    side = {"variable_declarator": "value", "assignment_expression": "right"}.get(node.type)
    value = node.child_by_field_name(side) if side else None
    if value and value.type == "identifier" and names.function(value):
        return "another name for a function is not supported"
    return None


def _context(node: Node, names: Names) -> str | None:
    """Refuses an assignment to a handler's context or to one of its properties. Nested values may be assigned."""
    for target in _targets(_assigned(node)):
        owner = target if target.type == "identifier" else target.child_by_field_name("object")
        declared = names.declaration(owner) if owner and owner.type == "identifier" else None
        function = within(declared, FUNCTIONS) if declared else None
        name = function.child_by_field_name("name") if function else None
        first = function.child_by_field_name("parameters") if function else None
        if name and first and text(name) in _HANDLERS and declared == first.named_child(0):
            return f"{text(target)} is read-only"
    return None


def _assigned(node: Node) -> Node | None:
    """Returns the expression that a node assigns to or deletes, if any."""
    if node.type in {"assignment_expression", "augmented_assignment_expression"}:
        return node.child_by_field_name("left")
    if node.type == "for_in_statement" and not node.child_by_field_name("kind"):
        return node.child_by_field_name("left")
    if node.type == "unary_expression" and any(child.type == "delete" for child in node.children):
        return node.child_by_field_name("argument")
    return None


def _targets(pattern: Node | None) -> Iterator[Node]:
    """Yields the expressions that an assignment to this pattern sets."""
    if pattern is None:
        return
    if pattern.type in {"identifier", "member_expression", "subscript_expression"}:
        yield pattern
    elif pattern.type == "pair_pattern":
        yield from _targets(pattern.child_by_field_name("value"))
    elif pattern.type in {"object_pattern", "array_pattern", "rest_pattern", "parenthesized_expression"}:
        for part in pattern.named_children:
            yield from _targets(part)


def _recursive(program: Node, names: Names) -> Iterator[Node]:
    """Yields the functions that call themselves, directly or through others."""
    calls: dict[int, list[Node]] = {}
    functions = [node for node in walk(program) if node.type in FUNCTIONS]
    for node in walk(program):
        called = names.function(node.child_by_field_name("function")) if node.type == "call_expression" else None
        around = within(node, FUNCTIONS) if called else None
        while called and around:
            calls.setdefault(around.id, []).append(called)
            around = within(around, FUNCTIONS)
    for function in functions:
        seen: set[int] = set()
        waiting = list(calls.get(function.id, ()))
        while waiting:
            called = waiting.pop()
            if called == function:
                yield function
                break
            if called.id not in seen:
                seen.add(called.id)
                waiting += calls.get(called.id, ())
