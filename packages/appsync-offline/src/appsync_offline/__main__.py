"""The command `appsync-offline`, also `python -m appsync_offline`."""

import argparse

from appsync_offline.commands import check, evaluate, serve

_COMMANDS = {
    "serve": (serve, "serve an API on this machine, until interrupted"),
    "check": (check, "check an API as AppSync would at its deployment"),
    "evaluate": (evaluate, "evaluate one handler of resolver code"),
}


def main() -> None:
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="appsync-offline")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, purpose) in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
