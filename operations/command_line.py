"""The command line of operators: one parser, one way to fail, and the exit codes of `ExitCode`."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from domain.errors import DomainError
from operations import (
    backfill,
    end_access,
    erase_again,
    erase_user,
    export_user,
    re_own,
    rebuild_projections,
    redrive,
    replay,
    restore_tasks,
)
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import warn


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it adds to the parser, and what it does with the parsed arguments."""

    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Deployed, argparse.Namespace], ExitCode]

    @classmethod
    def of(cls, module: ModuleType) -> "Command":
        """Returns the command of a module, whose docstring begins with the summary."""
        summary = (module.__doc__ or "").partition("\n")[0]
        return cls(summary, module.add_arguments, module.run)


COMMANDS = {
    module.__name__.rpartition(".")[2].replace("_", "-"): Command.of(module)
    for module in (
        backfill,
        end_access,
        erase_again,
        erase_user,
        export_user,
        re_own,
        rebuild_projections,
        redrive,
        replay,
        restore_tasks,
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code, which `ExitCode` describes.

    Raises SystemExit with code 2, as argparse does, for arguments that no command has.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape instead of a UnicodeEncodeError.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    with _signals_as_interrupts():
        try:
            return COMMANDS[options.command].run(Deployed.of(options.stack), options)
        except (CommandCannotRun, DomainError) as fault:
            warn(str(fault))
            return ExitCode.CANNOT_RUN
        except ClientError as fault:
            warn(f"AWS refused {fault.operation_name}: {fault.response['Error'].get('Message', fault)}")
            return ExitCode.CANNOT_RUN if _is_denial(fault) else ExitCode.UNFINISHED
        except BotoCoreError as fault:  # no credentials, no region, no connection
            warn(str(fault))
            return ExitCode.CANNOT_RUN
        except KeyboardInterrupt:
            warn("Interrupted. Run the command again: it continues with what is left.")
            return ExitCode.INTERRUPTED
        except BrokenPipeError:
            # The reader of the output is gone. Python would print a traceback when it flushes the stream at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.UNFINISHED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations",
        description="Operators' commands for a deployed stack (docs/runbook.md), with your own AWS credentials.",
        epilog="Exit codes: 0 done; 1 something is left or differs, run again; 2 cannot run; 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.summary, description=command.summary)
        subparser.add_argument("--stack", required=True, help="the product's stack, for example TasksApi-production")
        command.add_arguments(subparser)
    return parser


def _is_denial(fault: ClientError) -> bool:
    return fault.response["Error"]["Code"] in {
        *("AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"),
        *("UnrecognizedClientException", "NotAuthorized", "AuthorizationError", "SignatureDoesNotMatch"),
    }


@contextlib.contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """End the command like Ctrl-C also by SIGTERM and SIGHUP, so that it releases the messages that it holds."""

    def interrupt(_: int, __: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
