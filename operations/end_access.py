"""Ends a person's access: the account, its sign-ins, and within a minute its subscriptions.

Requests end with the person's access token, after an hour at most.
"""

import argparse

import boto3

from operations import person
from operations.account import Account
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.live_access import GRACE, LiveAccess
from operations.output import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    person.add_arguments(parser, everyone="end all subscriptions, of services and API keys too, and no account")
    parser.add_argument(
        "--keep-account", action="store_true", help="only sign out, for example after leaving the group of admins"
    )
    parser.add_argument(
        "--grace", type=float, default=GRACE, help="seconds after which subscriptions that are beginning have begun"
    )


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """End the access and print each step. Returns DONE."""
    live_access = LiveAccess(deployed, boto3.client("dynamodb"), options.grace)
    if options.everyone:
        live_access.end_everyones()
        say("Subscriptions: everyone's are ended. Clients that may subscribe do so again.")
        return ExitCode.DONE
    user_id = person.user_id_of(deployed, options)
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    if account is None:
        raise CommandCannotRun(f"There is no account with the userId {user_id}.")
    if options.keep_account:
        account.sign_out()
        say("Account: signed out.")
    else:
        account.lock()
        say("Account: locked and signed out.")
    live_access.end(user_id)
    say("Subscriptions: ended; the tokens of until now begin no others.")
    say("Requests: possible until the access token expires, an hour at most.")
    return ExitCode.DONE
