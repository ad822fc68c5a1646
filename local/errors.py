"""The error of a local stack that cannot run."""


class CannotRun(Exception):
    """The stack cannot run. The message says in one sentence why, and what to do."""
