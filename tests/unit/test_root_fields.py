"""Every root field of the schema says whose data it is about, and the Lambda has a resolver and arguments for it."""

import pytest
from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLString

from cdk.fields import LAMBDA_FIELDS
from resolvers.application import app
from tests.root_fields import ELSEWHERE, Subject, UnknownSubject, root_fields, subject_of

FIELDS = {str(field): field for field in root_fields()}


@pytest.mark.parametrize("field", [f"{kind}.{name}" for kind, names in LAMBDA_FIELDS.items() for name in names])
def test_the_lambda_has_a_resolver_for_every_field(field: str) -> None:
    kind, name = field.split(".")

    assert app._resolver_registry.find_resolver(kind, name), f"resolvers/ has no resolver of {field}"
    assert field in FIELDS or field in ELSEWHERE


def test_the_arguments_tell_whose_data_a_field_is_about() -> None:
    assert FIELDS["Mutation.updateTask"].subject is Subject.TASK
    assert FIELDS["Mutation.createTask"].subject is Subject.USER
    assert FIELDS["Mutation.publishTaskChange"].subject is Subject.SERVICE


def test_a_field_that_does_not_tell_it_is_named() -> None:
    search = GraphQLField(GraphQLID, {"text": GraphQLArgument(GraphQLString)})

    with pytest.raises(
        UnknownSubject, match=r"^Query\.search takes neither id nor userId: say in tests/root_fields\.py"
    ):
        subject_of("Query", "search", search)


def test_a_call_has_what_names_its_subject_and_what_the_schema_requires() -> None:
    assert FIELDS["Mutation.startTask"].document("task-1", "anna") == (
        'mutation { startTask(id: "task-1") { __typename } }'
    )
    assert FIELDS["Mutation.updateTask"].arguments("task-1", "anna") == {"input": {"id": "task-1", "title": "U"}}
    assert FIELDS["Mutation.createTask"].arguments("task-1", "anna") == {"input": {"userId": "anna", "title": "T"}}
    assert "status: PENDING" in FIELDS["Mutation.publishTaskCompleted"].document("task-1", "anna")
