"""Coerces a request's variables as graphql-java 9's ValuesResolver does: with its messages, up to the first error."""

from collections.abc import Mapping
from typing import Any, NoReturn

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    coerce_input_literal,
    is_input_type,
    type_from_ast,
)

from appsync_offline.execution.coercion import CannotCoerce, enum_from_variable, scalar_from_variable
from appsync_offline.execution.faults import Fault, request_fault
from appsync_offline.text.java_text import class_name


class InvalidVariable(Exception):
    """A variable's value does not match its type. Carries the error of the answer."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault["message"])
        self.fault = fault


def coerced_variables(
    schema: GraphQLSchema, definition: OperationDefinitionNode, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a value for each declared variable. A variable without a value and without a default is null.

    Raises InvalidVariable, and RecursionError for values that are nested too deeply.
    """
    coerced: dict[str, Any] = {}
    for declared in definition.variable_definitions or ():
        name, kind = declared.variable.name.value, type_from_ast(schema, declared.type)
        if not is_input_type(kind):
            raise TypeError(f"validation lets no variable of type {kind} by")
        # A null value is replaced by the default, as a missing value is.
        if values.get(name) is None and declared.default_value is not None:
            coerced[name] = coerce_input_literal(declared.default_value, kind)
        else:
            coerced[name] = _Variable(declared).coerced(name, kind, values.get(name))
    return coerced


class _Variable:
    """Coerces one variable. Errors name the variable or the field within it, at the location of its declaration."""

    def __init__(self, declared: VariableDefinitionNode) -> None:
        self._declared = declared
        self._name = declared.variable.name.value

    def coerced(self, name: str, kind: GraphQLInputType, value: Any) -> Any:
        """Returns the coerced value of the variable, or of the field `name` within it."""
        if isinstance(kind, GraphQLNonNull):
            if value is None:
                self._refuse(f"Variable '{self._name}' has coerced Null value for NonNull type '{kind}'")
            return self.coerced(name, kind.of_type, value)
        if value is None:
            return None
        if isinstance(kind, GraphQLList):
            entries = value if isinstance(value, list) else [value]
            return [self.coerced(name, kind.of_type, entry) for entry in entries]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(name, kind, value)
        try:
            if isinstance(kind, GraphQLEnumType):
                return enum_from_variable(kind, value)
            if isinstance(kind, GraphQLScalarType):
                return scalar_from_variable(kind, value)
        except CannotCoerce as fault:
            self._refuse_value(name, str(fault))
        raise TypeError(f"{kind} is no input type")

    def _object(self, name: str, kind: GraphQLInputObjectType, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self._refuse_value(
                name,
                f"Expected type 'Map' but was '{class_name(value)}'."
                " Variables for input objects must be an instance of type 'Map'.",
            )
        for name in value:
            if name not in kind.fields:
                message = (
                    f"The variables input contains a field name '{name}'"
                    f" that is not defined for input object type '{kind.name}' "
                )
                raise InvalidVariable(request_fault(message, None))
        coerced: dict[str, Any] = {}
        for field_name, field in kind.fields.items():
            if value.get(field_name) is None and field.default is not None:
                coerced[field_name] = coerce_input_literal(field.default.literal, field.type)
            elif field_name in value or isinstance(field.type, GraphQLNonNull):
                coerced[field_name] = self.coerced(field_name, field.type, value.get(field_name))
        return coerced

    def _refuse_value(self, name: str, words: str) -> NoReturn:
        self._refuse(f"Variable '{name}' has an invalid value. {words}")

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidVariable(request_fault(message, GraphQLError("", self._declared).locations))
