"""A log record's text on one line, whatever a client has written into it."""

import logging


class OneLine(logging.Formatter):
    """Shows what cannot be printed, such as a line break or a terminal's escape, as a question mark.

    Tracebacks keep their lines.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as logging calls it
        """The record without its traceback."""
        return "".join(one if one.isprintable() else "?" for one in super().formatMessage(record))
