"""The kinds and messages of graphql-java 9's validation errors, which AppSync returns unchanged.

AppSync's answers show that it uses graphql-java 9: locations have a `sourceName` (since 9.0), and the error of a null
in an input object names the whole variable (until 9.0; 10.0 names the field).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One kind of validation error and its message template."""

    kind: str
    words: str

    def message(self, path: tuple[str, ...], *names: object) -> str:
        """Returns the error's message. `path` holds the enclosing fields and fragments; an empty path is omitted."""
        place = f" @ '{'/'.join(path)}'" if path else ""
        return f"Validation error of type {self.kind}: {self.words.format(*names)}{place}"


NOT_EXECUTABLE = Text("NonExecutableDefinition", "The {} definition is not executable.")
WRONG_TYPE = Text("WrongType", "argument '{}' with value '{}' {}")
UNDEFINED_FIELD = Text("FieldUndefined", "Field '{}' in type '{}' is undefined")
INLINE_FRAGMENT_ON_LEAF = Text(
    "InlineFragmentTypeConditionInvalid", "Inline fragment type condition is invalid, must be on Object/Interface/Union"
)
FRAGMENT_ON_LEAF = Text(
    "InlineFragmentTypeConditionInvalid", "Fragment type condition is invalid, must be on Object/Interface/Union"
)
UNKNOWN_DIRECTIVE_ARGUMENT = Text("UnknownDirective", "Unknown directive argument {}")
UNKNOWN_ARGUMENT = Text("UnknownArgument", "Unknown field argument {}")
UNKNOWN_DIRECTIVE = Text("UnknownDirective", "Unknown directive {}")
MISPLACED_DIRECTIVE = Text("MisplacedDirective", "Directive {} not allowed here")
UNDEFINED_FRAGMENT = Text("UndefinedFragment", "Undefined fragment {}")
UNKNOWN_TYPE = Text("UnknownType", "Unknown type {}")
FRAGMENT_CYCLE = Text("FragmentCycle", "Fragment cycles not allowed")
UNDEFINED_VARIABLE = Text("UndefinedVariable", "Undefined variable {}")
UNUSED_FRAGMENT = Text("UnusedFragment", "Unused fragment {}")
UNUSED_VARIABLE = Text("UnusedVariable", "Unused variable {}")
FIELDS_CONFLICT = Text("FieldsConflict", "{}")
IMPOSSIBLE_INLINE_FRAGMENT = Text(
    "InvalidFragmentType", "Fragment cannot be spread here as objects of type {} can never be of type {}"
)
IMPOSSIBLE_FRAGMENT = Text(
    "InvalidFragmentType", "Fragment {} cannot be spread here as objects of type {} can never be of type {}"
)
MISSING_ARGUMENT = Text("MissingFieldArgument", "Missing field argument {}")
MISSING_DIRECTIVE_ARGUMENT = Text("MissingDirectiveArgument", "Missing directive argument {}")
SELECTION_NOT_ALLOWED = Text("SubSelectionNotAllowed", "Sub selection not allowed on leaf type {} of field {}")
SELECTION_REQUIRED = Text("SubSelectionRequired", "Sub selection required for type {} of field {}")
DEFAULT_OF_NON_NULL = Text("DefaultForNonNullArgument", "Missing value for non null type")
BAD_DEFAULT = Text("BadValueForDefaultArg", "Bad default value {} for type {}")
NOT_AN_INPUT_TYPE = Text("NonInputTypeOnVariable", "Wrong type for a variable")
VARIABLE_TYPE = Text("VariableTypeMismatch", "Variable type '{}' doesn't match expected type '{}'")
ANONYMOUS_OPERATION = Text("LoneAnonymousOperationViolation", "Anonymous operation with other operations.")
AFTER_ANONYMOUS_OPERATION = Text("LoneAnonymousOperationViolation", "Operation {} is following anonymous operation.")

# Messages of ArgumentValidationUtil, which follow the argument's name and value.
NULL_LITERAL = "must not be null"
WRONG_LITERAL = "is not a valid '{}'"
NOT_AN_OBJECT = "must be an object type"
MISSING_FIELDS = "is missing required fields '{}'"
EXTRA_FIELD = "contains a field not in '{}': '{}'"
