"""The exit codes of operators' commands, and the error of a command that cannot run."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's end means to a script."""

    DONE = 0
    UNFINISHED = 1
    """Something is left or differs. The output names it, and the command can be run again."""
    CANNOT_RUN = 2
    """Nothing was changed: an argument, the stack or a permission is wrong."""
    INTERRUPTED = 130
    """A signal ended the command, which can be run again."""


class CommandCannotRun(Exception):
    """The command cannot run. The message is one sentence for the operator."""
