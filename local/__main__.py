"""The commands of the local stack: `python -m local COMMAND`."""

import argparse
import contextlib
import os
import subprocess
import sys

from local import background, log_lines, surroundings, users
from local.deployment import STACK
from local.description import StackDescription
from local.errors import CannotRun
from local.settings import Settings
from local.up import up

_COMMANDS = (
    *("up", "start", "stop", "reset", "logs", "token", "rebuild-projections", "redrive"),
    *("export-user", "erase-user"),
)


def main() -> None:
    """Run one command. A command that cannot run prints the reason and exits with code 1."""
    parser = argparse.ArgumentParser(prog="local")
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument(
        "username", nargs="?", help="user of the command; export-user and erase-user also accept a userId"
    )
    parser.add_argument("--output", help="file for the export")
    parser.add_argument(
        "--unattended", action="store_true", help="up: print no credentials, because a log keeps the output"
    )
    parser.add_argument("--inspect", action="store_true", help="only show the dead letters")
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
        elif options.command == "rebuild-projections":
            stack, settings = _running(settings)
            sys.exit(_operate(settings, "operations.rebuild", "--table", stack.table_name))
        elif options.command == "redrive":
            stack, settings = _running(settings)
            queues = ["--dead-letters", stack.dead_letter_queue_url, "--queue", stack.queue_url]
            sys.exit(_operate(settings, "operations.redrive", *queues, *(["--inspect"] if options.inspect else [])))
        elif options.command in {"export-user", "erase-user"}:
            stack, settings = _running(settings)
            person = ["--stack", STACK, "--user", _user_id(stack, options.username)]
            output = ["--output", options.output] if options.output else []
            sys.exit(_operate(settings, f"operations.{options.command.replace('-', '_')}", *person, *output))
        else:
            print(_token(settings, options.username))
    except CannotRun as fault:
        sys.exit(str(fault))


def _follow_logs(settings: Settings) -> None:
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for line in log_lines.follow(settings):
            print(line, flush=True)


def _token(settings: Settings, username: str | None) -> str:
    stack, settings = _running(settings)
    known = {user.username: user for user in stack.users}
    if username not in known:
        raise CannotRun(f"USERNAME must be one of {', '.join(known)}.")
    return users.sign_in(settings, stack.user_pool_client_id, username, known[username].password)


def _user_id(stack: StackDescription, named: str | None) -> str:
    """The id of the demo user of this name, else what was named itself."""
    if not named:
        raise CannotRun(
            "Name the person: make export-user USER_ID=… or make erase-user USER_ID=…, a userId or a demo user."
        )
    return next((user.sub for user in stack.users if user.username == named), named)


def _operate(settings: Settings, module: str, *arguments: str) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=settings.aws_environment(), check=False).returncode


def _running(settings: Settings) -> tuple[StackDescription, Settings]:
    """Returns the running stack, and the settings with which to reach it. Raises CannotRun."""
    if background.runner(settings) is None:
        raise CannotRun("No local stack is running: `make up` starts one.")
    try:
        stack = StackDescription.read(settings.stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("The local stack is not ready yet: try again when `make up` says that it is.") from fault
    return stack, stack.settings(settings)


if __name__ == "__main__":
    main()
