"""The contract of events holds what the product sends, breaks no subscriber of the last release, and is AsyncAPI 3.

The released copies are docs/released/*.schema.json (`make release`). Both sides of a message must survive a change: a
subscriber that knows the released schema, and this product's reader, which receives messages of the released version.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from adapters.erasure_messages import UserErased
from adapters.messages import ChangeMessage
from adapters.timestamps import now
from cdk.release import MESSAGE_SCHEMAS, samples
from domain.identifiers import UserId
from domain.task import Task
from local.settings import ROOT
from tests.builders import a_planned_task, later

Json = dict[str, Any]

CURRENT: Mapping[str, Json] = {
    name: json.loads((ROOT / "docs" / "events" / name).read_text()) for name in MESSAGE_SCHEMAS
}
RELEASED: Mapping[str, Json] = {
    name: json.loads((ROOT / "docs" / "released" / name).read_text()) for name in MESSAGE_SCHEMAS
}
CHANGE, ERASED = MESSAGE_SCHEMAS


def valid(schema: Json, message: object) -> bool:
    return jsonschema_rs.validator_for(schema).is_valid(message)


def sent_by(task: Task) -> Json:
    (change,) = task.changes
    message: Json = json.loads(ChangeMessage(change, None).to_json())
    return message


def test_every_kind_of_change_that_the_product_sends_follows_the_schema() -> None:
    planned = a_planned_task()
    planned.complete(later())
    messages: Any = samples()["messages"]

    assert len(messages) == 8
    assert [name for name, message in messages.items() if not valid(CURRENT[CHANGE], message)] == []
    assert valid(CURRENT[CHANGE], sent_by(planned))


def test_an_announced_erasure_follows_its_schema_and_not_that_of_a_change() -> None:
    body = json.loads(UserErased(UserId("anna"), now()).message().body)

    assert valid(CURRENT[ERASED], body)
    assert not valid(CURRENT[CHANGE], body)


@pytest.mark.parametrize(
    ("newer", "is_followed"),
    [
        (lambda message: message["task"].update(effort=3), True),
        (lambda message: message["task"].update(status="POSTPONED"), True),
        (lambda message: message["events"].append({"id": "a/1/TaskPostponed", "type": "TaskPostponed"}), True),
        (lambda message: message["task"].pop("due"), True),
        (lambda message: message["task"].pop("version"), False),
        (lambda message: message["events"][0].pop("previousStatus"), False),
        (lambda message: message.update(source="orders-api"), False),
        (lambda message: message["events"].clear(), False),
    ],
)
def test_the_schema_admits_what_may_be_added_and_refuses_the_rest(
    newer: Callable[[Json], object], is_followed: bool
) -> None:
    task = a_planned_task()
    task.complete(later())
    message = sent_by(task)

    newer(message)

    assert valid(CURRENT[CHANGE], message) is is_followed


def breaks(released: Json, current: Json) -> list[str]:
    """Returns the differences that break a subscriber of the released schema or a reader of released messages."""
    if released["$id"] != current["$id"]:
        return [f"$id: {current['$id']} is another contract, which needs a topic or an envelope of its own"]
    return list(_breaks("message", released, current, released, current))


def _breaks(place: str, old: Json, new: Json, old_root: Json, new_root: Json) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    before, after = _alternatives(old, old_root), _alternatives(new, new_root)
    for kind in after.keys() - before.keys():
        if kind not in {"NewerEvent"} and "NewerEvent" not in before:
            yield f"{place}: may now be {kind}"
    for kind in before.keys() - after.keys():
        yield f"{place}: can no longer be {kind}"
    for kind in before.keys() & after.keys():
        yield from _narrower(place if len(before) == 1 else f"{place}({kind})", before[kind], after[kind])
        yield from _fields(place, before[kind], after[kind], old_root, new_root)
    if "items" in old and "items" in new:
        yield from _breaks(f"{place}[]", old["items"], new["items"], old_root, new_root)


def _fields(place: str, old: Json, new: Json, old_root: Json, new_root: Json) -> Iterator[str]:
    fields, new_fields = old.get("properties", {}), new.get("properties", {})
    required, new_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in fields.keys() - new_fields.keys():
        yield f"{place}.{name}: is gone"
    for name in (required & new_fields.keys()) - new_required:
        yield f"{place}.{name}: may now be absent"
    for name in new_required - required:
        yield f"{place}.{name}: is absent in released messages, so that it needs a default"
    for name in fields.keys() & new_fields.keys():
        yield from _breaks(f"{place}.{name}", fields[name], new_fields[name], old_root, new_root)


def _narrower(place: str, old: Json, new: Json) -> Iterator[str]:
    """Yields the rules of one alternative that say something else, except numbers that allow less of what is sent."""
    for rule in ("const", "format", "enum"):
        if old.get(rule) != new.get(rule):
            yield f"{place}: {rule} was {old.get(rule)} and is {new.get(rule)}"
    if new.get("maxLength", float("inf")) > old.get("maxLength", float("inf")):
        yield f"{place}: may now be longer"


def _resolved(part: Json, root: Json) -> Json:
    reference = part.get("$ref")
    return root["definitions"][reference.rpartition("/")[2]] if reference else part


def _alternatives(part: Json, root: Json) -> Mapping[str, Json]:
    """Returns the kinds of values that a part allows: event types by their names, other values by their JSON types."""
    if "oneOf" in part:
        return {each["$ref"].rpartition("/")[2]: _resolved(each, root) for each in part["oneOf"]}
    choices = [_resolved(each, root) for each in part.get("anyOf", [part])]
    return {choice["type"]: choice for choice in choices if "type" in choice}


@pytest.mark.parametrize("name", MESSAGE_SCHEMAS)
def test_the_contract_of_events_breaks_no_subscriber_of_the_last_release(name: str) -> None:
    assert breaks(RELEASED[name], CURRENT[name]) == []


def task_of(schema: Json) -> Json:
    task: Json = schema["definitions"]["Task"]
    return task


def now_optional(schema: Json) -> None:
    task_of(schema)["required"].remove("status")


def now_required(schema: Json) -> None:
    task_of(schema)["properties"]["effort"] = {"type": "integer"}
    task_of(schema)["required"].append("effort")


def now_null(schema: Json) -> None:
    task_of(schema)["properties"]["title"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def without_an_event(schema: Json) -> None:
    schema["properties"]["events"]["items"]["oneOf"] = [
        each for each in schema["properties"]["events"]["items"]["oneOf"] if "TaskReopened" not in each["$ref"]
    ]


def without_a_fact(schema: Json) -> None:
    del schema["definitions"]["TaskStatusChanged"]["properties"]["previousStatus"]


BREAKS: Mapping[str, tuple[Callable[[Json], object], str]] = {
    "a removed field": (lambda schema: task_of(schema)["properties"].pop("labels"), "message.task.labels: is gone"),
    "a field that may be absent": (now_optional, "message.task.status: may now be absent"),
    "a field that released messages lack": (
        now_required,
        "message.task.effort: is absent in released messages, so that it needs a default",
    ),
    "a field that may be null": (now_null, "message.task.title: may now be null"),
    "another type": (
        lambda schema: task_of(schema)["properties"]["version"].update(type="string"),
        "message.task.version: may now be string",
    ),
    "another form of times": (
        lambda schema: schema["properties"]["timestamp"].update(format="date"),
        "message.timestamp: format was date-time and is date",
    ),
    "a closed list of values": (
        lambda schema: task_of(schema)["properties"]["status"].update(enum=["PENDING"]),
        "message.task.status: enum was None and is ['PENDING']",
    ),
    "a removed event type": (without_an_event, "message.events[]: can no longer be TaskReopened"),
    "a removed fact of an event": (without_a_fact, "message.events[].previousStatus: is gone"),
    "a longer id": (
        lambda schema: schema["properties"]["correlationId"]["anyOf"][0].update(maxLength=999),
        "message.correlationId(string): may now be longer",
    ),
    "another contract": (
        lambda schema: schema.update({"$id": "urn:x-tasks-api:change:2"}),
        "$id: urn:x-tasks-api:change:2 is another contract, which needs a topic or an envelope of its own",
    ),
}


@pytest.mark.parametrize("change", BREAKS)
def test_a_change_that_breaks_subscribers_is_found(change: str) -> None:
    alter, sentence = BREAKS[change]
    altered = copy.deepcopy(RELEASED[CHANGE])
    alter(altered)

    assert sentence in breaks(RELEASED[CHANGE], altered)


def with_a_field(schema: Json) -> None:
    task_of(schema)["properties"]["effort"] = {"type": "integer", "default": 0}


def with_an_event(schema: Json) -> None:
    schema["definitions"]["TaskPostponed"] = {"type": "object", "properties": {}}
    schema["properties"]["events"]["items"]["oneOf"].insert(0, {"$ref": "#/definitions/TaskPostponed"})


@pytest.mark.parametrize("extend", [with_a_field, with_an_event])
def test_a_field_with_a_default_and_an_event_type_may_be_added(extend: Callable[[Json], None]) -> None:
    extended = copy.deepcopy(RELEASED[CHANGE])
    extend(extended)

    assert breaks(RELEASED[CHANGE], extended) == []


@pytest.fixture(scope="module")
def asyncapi() -> jsonschema_rs.Validator:
    """The official JSON Schema of AsyncAPI 3.0 (npm package @asyncapi/specs)."""
    official = ROOT / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
    return jsonschema_rs.validator_for(json.loads(official.read_text()))


@pytest.fixture
def document() -> Json:
    loaded: Json = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
    return loaded


def test_the_document_of_the_topic_is_AsyncAPI_3(asyncapi: jsonschema_rs.Validator, document: Json) -> None:
    assert [error.message for error in asyncapi.iter_errors(document)] == []

    document["operations"]["publishChanges"]["action"] = "shout"
    assert not asyncapi.is_valid(document)


def test_the_document_refers_to_the_schemas_of_the_messages(document: Json) -> None:
    payloads = [message["payload"]["schema"]["$ref"] for message in document["components"]["messages"].values()]

    assert [Path(payload).name for payload in payloads] == [*MESSAGE_SCHEMAS]
    assert all((ROOT / "docs" / payload).exists() for payload in payloads)


def test_the_document_describes_the_attributes_that_messages_have(document: Json) -> None:
    described = document["components"]["messages"]["user-erased"]["headers"]
    sent = UserErased(UserId("anna"), now()).message().attributes("arn:aws:sns:eu-central-1:123456789012:changes")

    texts = {name: attribute["StringValue"] for name, attribute in sent.items()}

    assert valid(described, texts)
    assert set(texts) == set(described["properties"])
    assert texts["dataschema"] == CURRENT[ERASED]["$id"]
    assert "anna" not in "".join(texts.values())
