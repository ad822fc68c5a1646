"""Prints what operators read.

Text of users reaches messages, log records and items. Printed as it is, a line break in it forges a line of output and
an escape sequence commands the terminal. Therefore all output passes `escaped` or `json_text`.
"""

import json
import re
import sys
import time
from collections.abc import Callable

_INTERVAL = 5.0  # seconds between two lines of progress


def escaped(text: str) -> str:
    """Returns the text with backslash escapes for line breaks, controls, lone surrogates and invisible characters.

    Characters that `str.isprintable` refuses are escaped, among them those that change the direction of text.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def json_text(value: object) -> str:
    """Returns indented JSON whose strings have JSON escapes for the characters that `escaped` escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return re.sub(r"[^\n]", lambda match: match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1], text)


def say(text: str) -> None:
    """Print one line of a result to standard output."""
    print(escaped(text), flush=True)


def warn(text: str) -> None:
    """Print one line about the run itself to standard error, which keeps standard output clean for programs."""
    print(escaped(text), file=sys.stderr, flush=True)


class ProgressReport:
    """Counts the steps of long work and prints the count to standard error every five seconds."""

    def __init__(self, subject: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._subject = subject
        self._clock = clock
        self._printed_at = clock()

    def advance(self, steps: int = 1) -> None:
        """Count the steps that were done."""
        self.count += steps
        if self._clock() - self._printed_at >= _INTERVAL:
            self._printed_at = self._clock()
            warn(f"{self._subject}: {self.count:,} …")
