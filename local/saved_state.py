"""Adapts what MiniStack saved to the run that begins. MiniStack must not be running."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.errors import CannotRun

_POSITIONS = "dynamodb_stream_positions"
_QUEUE_URL = re.compile(r"https?://[\w.]+:\d+(/\d{12}/[\w.-]+)")


def adapt(state: Path, endpoint: str) -> None:
    """Make the relay start with a stream's first record, and move the queues to this endpoint.

    Raises CannotRun if a file is broken.
    """
    _rewrite(state / "lambda.json", _without_stream_positions)
    for name in ("lambda", "cloudformation"):
        _rewrite(state / f"{name}.json", lambda content: _with_queues_at(endpoint, content))
    _rewrite(state / "sqs.json", lambda content: _moved(endpoint, content))


def _without_stream_positions(content: Any) -> Any:
    """Over a restart, MiniStack 1.5 keeps the number of records that were read from a stream, but not the records.

    The new stream is empty, so that as many new records would be skipped without a word.
    """
    payload = {name: value for name, value in content.get("payload", {}).items() if name != _POSITIONS}
    return {**content, "payload": payload}


def _moved(endpoint: str, content: Any) -> Any:
    """MiniStack 1.5 finds a queue by its stored URL, and so never reads one that another port or scheme has stored.

    Messages stay as they are, because they hold what users wrote.
    """
    payload = content.get("payload", {})
    queues = payload.get("queues", {})
    return {
        **content,
        "payload": {
            **payload,
            "queue_name_to_url": _with_queues_at(endpoint, payload.get("queue_name_to_url", {})),
            "queues": {
                **queues,
                "data": {
                    _key_at(endpoint, key): {**queue, "url": _url_at(endpoint, queue["url"])}
                    for key, queue in queues.get("data", {}).items()
                },
            },
        },
    }


def _with_queues_at(endpoint: str, value: Any) -> Any:
    """Returns the value with every text that is the URL of a queue, at this endpoint."""
    if isinstance(value, dict):
        return {name: _with_queues_at(endpoint, part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_queues_at(endpoint, part) for part in value]
    return _url_at(endpoint, value) if isinstance(value, str) else value


def _url_at(endpoint: str, text: str) -> str:
    url = _QUEUE_URL.fullmatch(text)
    return f"{endpoint}{url[1]}" if url else text


def _key_at(endpoint: str, key: str) -> str:
    """A key is account, region and the quoted URL, with zero characters between them."""
    *scope, quoted = key.split("\0")
    return "\0".join([*scope, repr(_url_at(endpoint, quoted.strip("'")))])


def _rewrite(file: Path, change: Callable[[Any], Any]) -> None:
    if not file.exists():
        return
    try:
        content = json.loads(file.read_text())
        changed = change(content)
    except (ValueError, TypeError, AttributeError, LookupError) as fault:
        raise CannotRun(f"The local data are broken ({file}): `make reset` wipes them.") from fault
    if changed == content:
        return
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(changed))
    partial.replace(file)
