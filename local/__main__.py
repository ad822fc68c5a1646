"""The commands of the local stack: `python -m local COMMAND`.

`python -m local operations COMMAND …` runs an operators' command (`operations/`) on the local stack.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from local import background, log_lines, mail, surroundings, users
from local.deployment import STACK
from local.description import StackDescription
from local.errors import CannotRun
from local.settings import Settings
from local.status import status
from local.up import up


def main() -> None:
    """Run one command. A command that cannot run prints the reason and exits with code 1."""
    parser = argparse.ArgumentParser(prog="python -m local")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "start", "stop", "reset", "logs", "status", "mail"):
        commands.add_parser(name)
    commands.choices["up"].add_argument(
        "--unattended", action="store_true", help="print no credentials, because a log keeps the output"
    )
    commands.add_parser("token").add_argument("username", nargs="?", default="", help="a demo user")
    operations = commands.add_parser("operations", help="run an operators' command on the local stack")
    operations.add_argument("operation")
    operations.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    os.umask(0o077)  # only this user may read the stack's files
    surroundings.keep_what_is_allowed()
    try:
        settings = Settings.from_environment()
        if options.command == "up":
            up(settings, is_attended=not options.unattended)
        elif options.command == "start":
            background.start(settings)
        elif options.command == "stop":
            print("Stopped." if background.stop(settings) else "Nothing was running.")
        elif options.command == "reset":
            background.reset(settings)
            print("The local data are gone.")
        elif options.command == "logs":
            _running(settings)
            _follow_logs(settings)
        elif options.command in {"status", "mail"}:
            print(*_view(settings, options.command), sep="\n")
        elif options.command == "operations":
            _operate(settings, options.operation, options.arguments)
        else:
            print(_token(settings, options.username))
    except CannotRun as fault:
        sys.exit(str(fault))


def _view(settings: Settings, name: str) -> Iterator[str]:
    stack, settings = _running(settings)
    return mail.shown(mail.sent(settings)) if name == "mail" else status(settings, STACK, stack.table_name)


def _follow_logs(settings: Settings) -> None:
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for line in log_lines.follow(settings, lambda: background.runner(settings) is not None):
            print(line, flush=True)
        raise CannotRun(background.how_it_ended(settings) or "The stack was stopped.")


def _token(settings: Settings, username: str) -> str:
    stack, settings = _running(settings)
    known = {user.username: user for user in stack.users}
    if username not in known:
        raise CannotRun(f"USERNAME must be one of {', '.join(known)}.")
    return users.sign_in(settings, stack.user_pool_client_id, username, known[username].password)


def _operate(settings: Settings, command: str, arguments: Sequence[str]) -> NoReturn:
    """Become an operators' command on the running stack, so that its signals and exit codes are its own."""
    _, settings = _running(settings)
    program = [sys.executable, "-m", "operations", command, "--stack", STACK, *arguments]
    os.execve(sys.executable, program, settings.aws_environment())  # noqa: S606 - our own program, without a shell


def _running(settings: Settings) -> tuple[StackDescription, Settings]:
    """Returns the running stack, and the settings with which to reach it. Raises CannotRun."""
    if background.runner(settings) is None:
        reason = background.how_it_ended(settings)
        raise CannotRun(f"No local stack is running: {reason or '`make up` starts one.'}")
    try:
        stack = StackDescription.read(settings.stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("The local stack is not ready yet: try again when `make up` says that it is.") from fault
    return stack, stack.settings(settings)


if __name__ == "__main__":
    main()
