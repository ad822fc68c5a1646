"""Formats the logs of the Lambdas, the gateway and the deployed edits as one readable line per record."""

import json
import re
import textwrap
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from local.settings import Settings
from operations.output import escaped

_TIME = "%Y-%m-%d %H:%M:%S,%f%z"  # Powertools Logger's default
_TIMED = re.compile(r"\d\d:\d\d:\d\d ")
_OF_MINISTACK = re.compile(r"\d{4}-\d\d-\d\d (?P<time>\d\d:\d\d:\d\d) (?P<level>[A-Z]+) \[[\w.]+\] (?P<message>.*)")
_FAILED_BATCH = " failed processing "  # a line of MiniStack that the Lambda's output follows
_SUBJECTS = ("field", "event_type")
_DETAILS = ("error_type", "error_info", "event_id", "duplicate", "messages", "published", "sequence_number", "reason")
_EARLIER = 20  # records of each log that are shown first
_PAUSE = 0.2  # seconds between two reads of the files


class LambdaLog:
    """Reads the Lambdas' output from MiniStack's log."""

    def __init__(self) -> None:
        self._output_at: str | None = None

    def readable(self, text: str) -> str | None:
        """Returns a log record as `lambda_line` formats it, or other output of a Lambda with its time.

        Returns MiniStack's own warnings and errors too, such as a Lambda that failed before its code ran. Returns None
        for anything else: metrics and MiniStack's other lines.
        """
        if own := _OF_MINISTACK.match(text):
            is_followed = own["message"].rstrip().endswith(" output:") or _FAILED_BATCH in own["message"]
            self._output_at = own["time"] if is_followed else None
            if own["level"] in {"WARNING", "ERROR", "CRITICAL"}:
                return f"{own['time']} {'cloud':<9} {own['level']} {own['message'].rstrip()}"
            return None
        if (line := lambda_line(text)) or not self._output_at or not text.strip() or '"_aws":' in text:
            return line
        return f"{self._output_at} {'printed':<9} {text.rstrip()}"


def lambda_line(text: str, zone: tzinfo | None = None) -> str | None:
    """Returns a JSON log record as one line: time, service, message, field or event type, details, correlation id.

    Control characters are escaped. An indented traceback follows, if any. Times are in `zone`, or in the local time
    zone by default. Returns None for text that is not such a record.
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
    several = record.get("correlation_ids")
    ids = several if isinstance(several, list) else [record.get("correlation_id")]
    parts += [f"[{id_}]" for id_ in ids if id_]
    line = escaped(" ".join(part for part in parts if part))
    # Each line of the traceback is indented, so that text in an exception cannot look like a record of its own.
    traceback = str(record["exception"]).rstrip().split("\n") if "exception" in record else []
    return "\n".join([line, *(textwrap.indent(escaped(part), " " * 9) for part in traceback)])


def gateway_line(text: str) -> str | None:
    """Returns a line of the gateway's log, `HH:MM:SS message`, with the service name. Lines without a time are kept."""
    return _named("gateway", text)


def edits_line(text: str) -> str | None:
    """Returns a line of the log of edits, `HH:MM:SS message`, with the service name."""
    return _named("edits", text)


def _named(service: str, text: str) -> str | None:
    if _TIMED.match(text):
        return f"{text[:8]} {service:<9} {text[9:].rstrip()}"
    return text.rstrip() or None


def in_order(*logs: Iterable[str]) -> Sequence[str]:
    """Returns the lines of several logs sorted by time of day.

    A line without a time, such as one of a traceback, stays after the line that precedes it.
    """
    timed = []
    for log in logs:
        time = ""
        for line in log:
            time = line[:8] if _TIMED.match(line) else time
            timed.append((time, line))
    return [line for _, line in sorted(timed, key=lambda entry: entry[0])]


def latest(settings: Settings) -> Sequence[str]:
    """Returns the latest records of each log, sorted by time."""
    return _earlier(_logs(settings))


def follow(settings: Settings, goes_on: Callable[[], bool]) -> Iterator[str]:
    """Yields the latest records, then each new record as it is written, while the stack goes on."""
    logs = _logs(settings)
    yield from _earlier(logs)
    pause = threading.Event()
    is_last = False
    while not is_last:
        is_last = not goes_on()  # what was written until now is still read
        for log in logs:
            yield from log.lines()
        pause.wait(_PAUSE)


def _logs(settings: Settings) -> Sequence["_Tail"]:
    return [
        _Tail(settings.log("gateway"), gateway_line),
        _Tail(settings.log("ministack"), LambdaLog().readable),
        _Tail(settings.log("edits"), edits_line),
    ]


def _earlier(logs: Sequence["_Tail"]) -> Sequence[str]:
    return in_order(*(deque(log.lines(), _EARLIER) for log in logs))


class _Tail:
    """Reads the new lines of a growing file, and formats them by `readable`."""

    def __init__(self, file: Path, readable: Callable[[str], str | None]) -> None:
        self._file = file
        self._readable = readable
        self._read = 0

    def lines(self) -> Iterator[str]:
        """Yields the complete lines written since the last call; none while the file does not exist."""
        if not self._file.exists():
            return
        with self._file.open("rb") as content:
            content.seek(self._read)
            for line in content:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                # Other programs than the Lambdas' logger may write control characters of users' text as they are.
                if shown := self._readable(escaped(line.decode(errors="replace").rstrip("\r\n"))):
                    yield shown


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
