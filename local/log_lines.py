"""The logs of the Lambdas and the gateway, one readable line a record."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from local.settings import Settings

_TIME = "%Y-%m-%d %H:%M:%S,%f%z"  # Powertools Logger's default
_TIMED = re.compile(r"\d\d:\d\d:\d\d ")
_SUBJECTS = ("field", "event_type")
_DETAILS = ("error_type", "error_info", "event_id", "duplicate", "messages", "published", "sequence_number")
_EARLIER = 20  # records of each log shown at first
_PAUSE = 0.2  # seconds between looks at the files


def lambda_line(text: str, zone: tzinfo | None = None) -> str | None:
    """A Lambda's JSON log record as one line: time, service, message, field or event type, details, correlation id.

    Times are the zone's, this machine's unless told. None for whatever is no such record: metrics, MiniStack's own.
    """
    record = _record(text)
    if record is None:
        return None
    at = datetime.strptime(str(record["timestamp"]), _TIME).astimezone(zone)
    level, service, message = (str(record.get(name, "")) for name in ("level", "service", "message"))
    subject = next((str(record[name]) for name in _SUBJECTS if name in record), "")
    parts = [f"{at:%H:%M:%S}", f"{service:<9}", message if level == "INFO" else f"{level} {message}", subject]
    parts += [f"{name}={_compact(record[name])}" for name in _DETAILS if name in record]
    if "exception" in record:
        parts.append(str(record["exception"]).strip().rpartition("\n")[2])
    if record.get("correlation_id"):
        parts.append(f"[{record['correlation_id']}]")
    return " ".join(part for part in parts if part)


def gateway_line(text: str) -> str | None:
    """A line of the gateway's log, `HH:MM:SS message`, with its service named; lines without a time are kept."""
    if _TIMED.match(text):
        return f"{text[:8]} {'gateway':<9} {text[9:].rstrip()}"
    return text.rstrip() or None


def in_order(*logs: Iterable[str]) -> Sequence[str]:
    """The lines of several logs by their time of day. Lines without one, such as tracebacks, stay with theirs."""
    timed = []
    for log in logs:
        time = ""
        for line in log:
            time = line[:8] if _TIMED.match(line) else time
            timed.append((time, line))
    return [line for _, line in sorted(timed, key=lambda one: one[0])]


def follow(settings: Settings) -> Iterator[str]:
    """The latest records, then each new one as it is written. Never ends."""
    logs = [(_Tail(settings.log("gateway")), gateway_line), (_Tail(settings.log("ministack")), lambda_line)]
    earlier = [deque((line for text in log.lines() if (line := readable(text))), _EARLIER) for log, readable in logs]
    yield from in_order(*earlier)
    pause = threading.Event()
    while not pause.wait(_PAUSE):
        for log, readable in logs:
            yield from (line for text in log.lines() if (line := readable(text)))


class _Tail:
    """A growing file, read by whole lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def lines(self) -> Iterator[str]:
        """What was written since the last time; nothing while there is no such file."""
        if not self._file.exists():
            return
        with self._file.open("rb") as content:
            content.seek(self._read)
            for line in content:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                yield line.decode(errors="replace")


def _record(text: str) -> Mapping[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) and {"timestamp", "level", "message"} <= record.keys() else None


def _compact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
