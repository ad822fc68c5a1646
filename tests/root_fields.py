"""Calls of every root field, derived from the schema.

The tests of access, of attacks and of calls use them, so that a new operation is in all of them at once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appsync_offline.schema.executable import PRELUDE
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.type import GraphQLNonNull

from cdk.fields import END_FIELD, PUBLISH_FIELDS
from local.settings import ROOT

SCHEMA = build_schema(PRELUDE + (ROOT / "schema.graphql").read_text())
ROOTS = ("Query", "Mutation", "Subscription")
SCALARS: Mapping[str, Any] = {
    "ID": "one",
    "String": "T",
    "Int": 1,
    "Boolean": True,
    "Float": 1.5,
    "AWSDate": "2026-01-01",
    "AWSDateTime": "2026-01-01T00:00:00.000Z",
    "AWSURL": "https://hooks.example.com/",
}
NO_WEBHOOK = f"webhook-{'0' * 32}-{'0' * 32}"


class Subject(StrEnum):
    """Whose data a field is about, which decides who may call it (docs/contract.md, "Who may call what")."""

    TASK = "the owner of the task that an argument names"
    USER = "the user that an argument names"
    WEBHOOK = "the owner of the webhook that an argument names"
    SERVICE = "services alone"


SUBJECTS: Mapping[str, Subject] = {
    "Mutation.createTask": Subject.USER,
    "Subscription.onTaskChanged": Subject.USER,
    **dict.fromkeys(
        (f"Mutation.{name}" for name in ("renewWebhookSecret", "resumeWebhook", "deleteWebhook", "testWebhook")),
        Subject.WEBHOOK,
    ),
}
"""The subject of each field whose arguments do not tell it."""

ELSEWHERE: Mapping[str, str] = {
    "Mutation.moveTask": "tests/integration/test_resolvers.py",
    **dict.fromkeys(
        ("Query.tasks", "Mutation.createTasks", "Mutation.changeTasks"), "tests/integration/test_many_at_once.py"
    ),
}
"""The fields whose access has tests of its own, and where these are."""

OPTIONAL: Mapping[str, Any] = {
    "Mutation.updateTask": {"input": {"title": "U"}},
    "Mutation.updateSettings": {"input": {"timeZone": "Europe/Berlin"}},
    "Mutation.endSubscriptions": {"userId": "nobody"},  # null ends everyone's
}
"""What a call needs although the schema does not require it."""


@dataclass(frozen=True)
class RootField:
    """A root field. `arguments` returns those of a call about a task, a user or a webhook."""

    kind: str
    name: str
    subject: Subject
    field: GraphQLField

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"

    def arguments(self, task_id: str, user_id: str, webhook_id: str = NO_WEBHOOK) -> dict[str, Any]:
        """Returns the arguments: those that name the subject, and those that the schema requires."""
        ids = {Subject.TASK: {"id": task_id}, Subject.WEBHOOK: {"id": webhook_id}}
        special = {"userId": user_id, **ids.get(self.subject, {})}
        return _filled(self.field.args, special) | {
            name: _filled(_input_fields(self.field.args[name]), special) | value if isinstance(value, dict) else value
            for name, value in OPTIONAL.get(str(self), {}).items()
        }

    def document(self, task_id: str, user_id: str, webhook_id: str = NO_WEBHOOK) -> str:
        """Returns the call as a GraphQL document."""
        call = f"{self.name}({_literals(self.arguments(task_id, user_id, webhook_id))})"
        is_object = isinstance(get_named_type(self.field.type), GraphQLObjectType)
        return f"{self.kind.lower()} {{ {call}{' { __typename }' if is_object else ''} }}"


class UnknownSubject(Exception):
    """The arguments of a field do not tell whose data it is about."""


class EnumValue(str):
    """A value of an enum, which GraphQL writes without quotes."""

    __slots__ = ()


def root_fields() -> Sequence[RootField]:
    """Returns every field of Query, Mutation and Subscription, but those of ELSEWHERE. Raises UnknownSubject."""
    return [
        RootField(kind, name, subject_of(kind, name, field), field)
        for kind in ROOTS
        for name, field in _type(kind).fields.items()
        if f"{kind}.{name}" not in ELSEWHERE
    ]


def naming(argument: str) -> Mapping[str, RootField]:
    """Returns the fields that the Lambda answers and that have an argument `id` or `userId`, by `Type.field`."""
    return {
        str(field): field
        for field in root_fields()
        if field.subject is (Subject.TASK if argument == "id" else Subject.USER) and argument in field.field.args
    }


def subject_of(kind: str, name: str, field: GraphQLField) -> Subject:
    """Returns whose data a field is about. Raises UnknownSubject."""
    if f"{kind}.{name}" in SUBJECTS:
        return SUBJECTS[f"{kind}.{name}"]
    if name in {*PUBLISH_FIELDS, END_FIELD}:
        return Subject.SERVICE
    names = set(field.args) | {inner for argument in field.args.values() for inner in _input_fields(argument)}
    if "id" in names:
        return Subject.TASK
    if "userId" in names:
        return Subject.USER
    raise UnknownSubject(
        f"{kind}.{name} takes neither id nor userId: say in tests/root_fields.py whose data it is about"
    )


def selection(name: str, depth: int = 2) -> str:
    """Returns a selection of every field of a type. Objects within are selected as deep as `depth`."""
    fields = _type(name).fields
    words = [f"{field} {_inner(kind, depth)}".strip() for field, kind in fields.items()]
    return " ".join(words)


def _inner(field: GraphQLField, depth: int) -> str:
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType):
        return ""
    return f"{{ {selection(kind.name, depth - 1) if depth > 1 else '__typename'} }}"


def object_types() -> Iterator[str]:
    """Yields the names of the schema's own object types, without the roots."""
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name not in ROOTS:
            yield name


def _type(name: str) -> GraphQLObjectType:
    kind = SCHEMA.type_map[name]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{name} is an object type")
    return kind


def _input_fields(argument: GraphQLArgument | GraphQLInputField) -> Mapping[str, GraphQLInputField]:
    kind = get_named_type(argument.type)
    return kind.fields if isinstance(kind, GraphQLInputObjectType) else {}


def _filled(places: Mapping[str, Any], special: Mapping[str, str]) -> dict[str, Any]:
    """Returns a value for each place that is special, required, or holds a special one."""
    return {
        name: special[name] if name in special else _value(place.type, special)
        for name, place in places.items()
        if name in special
        or (is_required_argument(place) if isinstance(place, GraphQLArgument) else is_required_input_field(place))
    }


def _value(kind: GraphQLInputType, special: Mapping[str, str]) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, special)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type, special)]
    if isinstance(kind, GraphQLEnumType):
        return EnumValue(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        return _filled(kind.fields, special)
    if isinstance(kind, GraphQLScalarType):
        return SCALARS[kind.name]
    raise TypeError(str(kind))


def _literals(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_literal(value)}" for name, value in arguments.items())


def _literal(value: Any) -> str:
    if isinstance(value, EnumValue):
        return str(value)
    if isinstance(value, dict):
        return f"{{ {_literals(value)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value)
