"""The commands of the local stack: `python -m local up|start|stop|reset|token USERNAME`."""

import argparse
import sys

from local import background, users
from local.description import StackDescription
from local.errors import CannotRun
from local.settings import Settings
from local.up import up


def main() -> None:
    """Run one command. What cannot run says so in one sentence, and exits with 1."""
    parser = argparse.ArgumentParser(prog="local")
    parser.add_argument("command", choices=["up", "start", "stop", "reset", "token"])
    parser.add_argument("username", nargs="?", help="whose token")
    options = parser.parse_args()
    try:
        settings = Settings.from_environment()
        if options.command == "up":
            up(settings)
        elif options.command == "start":
            background.start(settings)
        elif options.command == "stop":
            print("Stopped." if background.stop(settings) else "Nothing was running.")
        elif options.command == "reset":
            background.reset(settings)
            print("The local data are gone.")
        else:
            print(_token(settings, options.username))
    except CannotRun as fault:
        sys.exit(str(fault))


def _token(settings: Settings, username: str | None) -> str:
    try:
        stack = StackDescription.read(settings.stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("No local stack is running: `make up` starts one.") from fault
    known = {user.username: user for user in stack.users}
    if username not in known:
        raise CannotRun(f"USERNAME must be one of {', '.join(known)}.")
    return users.sign_in(settings, stack.user_pool_client_id, username, known[username].password)


if __name__ == "__main__":
    main()
