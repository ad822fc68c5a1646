"""Recounts the statistics from history, and repairs those that differ."""

import argparse

import boto3

from adapters.timestamps import now
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import say
from operations.recount import DynamoDBRecount, RepairRefused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--report-only", action="store_true", help="change nothing")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Report drift, and repair it without `--report-only`. Returns UNFINISHED when statistics still differ."""
    recount = DynamoDBRecount(boto3.client("dynamodb"), deployed.table)
    drifts = recount.drifts(now().date())
    for drift in drifts:
        say(f"{drift.user_id}: stored {dict(drift.stored)}, history says {dict(drift.counted)}")
    say(f"Drift: {len(drifts)}")
    if options.report_only:
        return ExitCode.UNFINISHED if drifts else ExitCode.DONE
    try:
        for drift in drifts:
            recount.repair(drift)
    except RepairRefused as refused:
        say(f"Statistics of {refused} changed meanwhile: wait until the queue is empty, and try again.")
        return ExitCode.UNFINISHED
    say(f"Repaired: {len(drifts)}")
    return ExitCode.DONE
