"""Formats a log record on one line, so that client input cannot forge further lines."""

import logging


class OneLine(logging.Formatter):
    """Replaces unprintable characters, such as line breaks and terminal escapes, by question marks.

    Tracebacks keep their line breaks.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as logging calls it
        """Returns the record's text without its traceback."""
        return "".join(character if character.isprintable() else "?" for character in super().formatMessage(record))
