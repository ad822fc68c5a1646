"""Names the person of a command: by their userId, or by the username of their account."""

import argparse

import boto3

from domain.identifiers import UserId
from operations.account import Account
from operations.deployed import Deployed
from operations.errors import CommandCannotRun


def add_arguments(parser: argparse.ArgumentParser, *, everyone: str | None = None) -> None:
    """Add the two ways to name a person, and `--everyone` if its help is given."""
    person = parser.add_mutually_exclusive_group(required=True)
    person.add_argument(
        "--user", metavar="ID", help="the userId: the sub of the account, or the name that a service gave"
    )
    person.add_argument("--username", metavar="NAME", help="the username of the account in the user pool")
    if everyone:
        person.add_argument("--everyone", action="store_true", help=everyone)


def user_id_of(deployed: Deployed, options: argparse.Namespace) -> UserId:
    """Returns the person's id. Raises ValidationError for a malformed id, CommandCannotRun for an unknown username."""
    if options.user:
        return UserId(options.user)
    if not options.username:
        raise CommandCannotRun("Name the person: --user ID or --username NAME (with make: USER_ID=… or USERNAME=…).")
    account = Account.named(boto3.client("cognito-idp"), deployed.user_pool, options.username)
    if account is None:
        raise CommandCannotRun(f"There is no account with the username {options.username}.")
    return UserId(account.attributes["sub"])
