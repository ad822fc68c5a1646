"""Repairs statistics from history: `python -m operations.rebuild --table NAME [--report-only]`.

An operator runs this command with their own credentials (docs/runbook.md). No Lambda runs it.
"""

import argparse
import sys

import boto3

from adapters.timestamps import now
from operations.recount import DynamoDBRecount, RepairRefused


def main() -> int:
    """Report drift, and repair it without `--report-only`.

    Returns the exit code: 0 when the statistics are right in the end, 1 when they are not.
    """
    parser = argparse.ArgumentParser(prog="operations.rebuild")
    parser.add_argument("--table", required=True)
    parser.add_argument("--report-only", action="store_true")
    options = parser.parse_args()
    recount = DynamoDBRecount(boto3.client("dynamodb"), options.table)
    drifts = recount.drifts(now().date())
    for drift in drifts:
        print(f"{drift.user_id}: stored {dict(drift.stored)}, history says {dict(drift.counted)}")
    print(f"Drift: {len(drifts)}")
    if options.report_only:
        return 1 if drifts else 0
    try:
        for drift in drifts:
            recount.repair(drift)
    except RepairRefused as refused:
        print(f"Statistics of {refused} changed meanwhile: wait until the queue is empty, and try again.")
        return 1
    print(f"Repaired: {len(drifts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
