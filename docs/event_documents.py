"""Derives the contract of events from the code: a JSON Schema of each message of the topic, and an AsyncAPI document.

`make schema-docs` writes `docs/events/*.schema.json` and `docs/asyncapi.yaml`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from appsync_offline.schema.executable import PRELUDE
from graphql import GraphQLSchema, build_schema

from adapters import erasure_messages
from adapters.messages import CHANGE_SCHEMA, change_schema
from domain.events import EVENT_TYPES
from domain.status import TaskStatus

ROOT = Path(__file__).resolve().parent.parent

Json = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-07/schema#"  # the JSON Schema that every AsyncAPI tool must support
_NOTE = "# Derived from the code by `make schema-docs`; do not edit. docs/events.md explains it.\n"
_CLASSES_OF_GRAPHQL = {"Task": "Task", "Due": "TaskDue"}  # definitions whose fields schema.graphql describes
_FIELDS = {
    "source": "The product that sends the message.",
    "version": "The version of this envelope's format.",
    "correlationId": "The id of the API request that made the change.",
    "timestamp": "The time of the change (UTC, milliseconds).",
    "by": "What the party that made the change is to the owner: OWNER, ADMIN or SERVICE; null if it is not known.",
    "changed": "The names of the details that changed.",
    "mutationId": "The caller's own name for the mutation.",
    "task": "The task after the change; for a deletion, the task that was deleted.",
    "events": "What happened, in order.",
    "userId": "The person who was erased.",
}
_FACTS = {
    "id": "Permanently unique; equal to `TaskEvent.id` of the API.",
    "type": "The type of the event.",
    "previousStatus": "The status before the change.",
    "wasCompletedAt": "The time of the completion that the reopening reverts; null for a cancelled task.",
}

_ATTRIBUTES: Json = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {"type": "string", "description": "Of a change `<task id>/<version>`; unique among the topic's messages."},
    "source": {"type": "string", "format": "uri", "description": "The ARN of the topic."},
    "type": {"type": "string", "description": "The type of the last event.", "examples": [*EVENT_TYPES]},
    "time": {"type": "string", "format": "date-time"},
    "dataschema": {"type": "string", "format": "uri", "description": "The `$id` of the payload's schema."},
    "eventTypes": {"type": "string", "description": "A JSON array (String.Array): the types of all events."},
    "subject": {"type": "string", "description": "The id of the task."},
    "status": {
        "type": "string",
        "description": "The status of the task after the change.",
        "examples": [str(status) for status in TaskStatus],
    },
    "webhooks": {"type": "string", "const": "none", "description": "Present if the owner has no webhook."},
}
"""The message attributes: CloudEvents 1.0, and what filter policies read besides."""

_OF_TASKS = {"subject", "status", "webhooks"}
_OPTIONAL = {"webhooks"}


def event_documents(sdl: str) -> Mapping[Path, str]:
    """Returns the text of each document of the events. `sdl` is the API's schema, which describes a task's fields."""
    folder = ROOT / "docs" / "events"
    return {
        folder / "change.schema.json": _text(schemas(sdl)["change"]),
        folder / "user-erased.schema.json": _text(schemas(sdl)["user-erased"]),
        ROOT / "docs" / "asyncapi.yaml": _NOTE
        + yaml.safe_dump(_asyncapi(), sort_keys=False, width=120, allow_unicode=True),
    }


def schemas(sdl: str) -> Mapping[str, Json]:
    """Returns the JSON Schema of each message by its name."""
    api = build_schema(PRELUDE + sdl)
    return {
        "change": _published(change_schema(), CHANGE_SCHEMA, "A change of a task", api),
        "user-erased": _published(erasure_messages.erasure_schema(), erasure_messages.SCHEMA, "An erased person", api),
    }


def _published(schema: Json, uri: str, title: str, api: GraphQLSchema) -> Json:
    """Returns pydantic's schema as a document: draft 7, public names, and the descriptions of schema.graphql."""
    public = json.loads(json.dumps(schema).replace("#/$defs/_", "#/definitions/").replace("#/$defs/", "#/definitions/"))
    definitions = {name.removeprefix("_"): _described(name, part, api) for name, part in public.pop("$defs").items()}
    body = _described("", public, api)
    return {"$schema": _DRAFT, "$id": uri, "title": title} | body | {"definitions": definitions}


def _described(name: str, part: Json, api: GraphQLSchema) -> Json:
    name = name.removeprefix("_")
    described = {key: value for key, value in part.items() if key != "title"}
    described["description"] = " ".join(part.get("description", "").replace("_", "").split("\n\n")[0].split())
    if name in _CLASSES_OF_GRAPHQL:
        kind: Any = api.type_map[_CLASSES_OF_GRAPHQL[name]]
        texts = {field: definition.description for field, definition in kind.fields.items()}
        described["description"] = kind.description or described["description"]
    else:
        texts = _FACTS if name else _FIELDS
    described["properties"] = {
        field: {key: value for key, value in each.items() if key != "title"}
        | ({"description": texts[field]} if field in texts else {})
        for field, each in part["properties"].items()
    }
    return described


def _text(schema: Json) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _asyncapi() -> Json:
    """Returns the AsyncAPI 3.0 document: the topic, what the product sends and a subscriber's queue."""
    kinds = {
        "change": ("One change of a task", [*_ATTRIBUTES]),
        "user-erased": ("A person was erased", [name for name in _ATTRIBUTES if name not in _OF_TASKS]),
    }
    messages = {
        name: {
            "name": name,
            "summary": summary,
            "contentType": "application/json",
            "headers": {
                "type": "object",
                "properties": {attribute: _ATTRIBUTES[attribute] for attribute in attributes},
                "required": [attribute for attribute in attributes if attribute not in _OPTIONAL],
            },
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-07",
                "schema": {"$ref": f"./events/{name}.schema.json"},
            },
        }
        for name, (summary, attributes) in kinds.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of the Tasks API",
            "version": "1.0.0",
            "description": "Every change of a task, at least once and in no guaranteed order (docs/events.md).",
        },
        "defaultContentType": "application/json",
        "channels": {
            "changes": {
                "address": "{topicArn}",
                "description": "The SNS topic of a stage: the output `TopicArn` of its stack.",
                "parameters": {"topicArn": {"description": "For example arn:aws:sns:eu-central-1:123456789012:name."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"sns": {"name": "{topicArn}", "bindingVersion": "0.1.0"}},
            },
            "subscriberQueue": {
                "address": "{queueArn}",
                "description": "A queue of a subscriber. Its policy lets the topic send.",
                "parameters": {"queueArn": {"description": "The queue is in the subscriber's stack."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {
                    "sqs": {
                        "queue": {"name": "{queueArn}", "fifoQueue": False},
                        "deadLetterQueue": {"name": "{queueArn}-dead-letters", "fifoQueue": False},
                        "bindingVersion": "0.2.0",
                    }
                },
            },
        },
        "operations": {
            "publishChanges": {
                "action": "send",
                "channel": {"$ref": "#/channels/changes"},
                "summary": "The relay publishes each stored change, and the erasure command announces an erasure.",
                "messages": [{"$ref": f"#/channels/changes/messages/{name}"} for name in messages],
                "bindings": {
                    "sns": {
                        "topic": {"name": "{topicArn}"},
                        "consumers": [
                            {
                                "protocol": "sqs",
                                "endpoint": {"name": "{queueArn}"},
                                "rawMessageDelivery": True,
                                "filterPolicy": {"eventTypes": ["TaskCompleted", "TaskReopened", "UserErased"]},
                                "filterPolicyScope": "MessageAttributes",
                            }
                        ],
                        "bindingVersion": "0.1.0",
                    }
                },
            }
        },
        "components": {"messages": messages},
    }
