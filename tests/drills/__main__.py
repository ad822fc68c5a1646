"""Runs drills on the running local stack.

`make drill NAME=dead-letters` waits for the operator, `REPAIR=1` shows the repair, and `NAME=all` repairs every
incident and prints a table.
"""

import argparse
import sys
import time

from local.description import StackDescription
from local.settings import Settings
from tests.drills.incidents import INCIDENTS, Incident
from tests.drills.local_stack import LocalStack
from tests.drills.world import NotWhole, World

ALL = "all"


def main() -> None:
    """Cause an incident, wait for the operator or repair it, and check that everything is whole."""
    parser = argparse.ArgumentParser(prog="make drill")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--repair", action="store_true", help="run the runbook's commands instead of waiting")
    options = parser.parse_args()
    if options.name not in {*INCIDENTS, ALL}:
        lines = (f"  {name:<24}{incident.summary}" for name, incident in INCIDENTS.items())
        sys.exit("\n".join([f"Name a drill: make drill NAME=…, or NAME={ALL}", *lines]))
    settings = Settings.from_environment()
    try:
        stack = StackDescription.read(settings.stack_file)
    except FileNotFoundError:
        sys.exit("No stack runs: `make up` or `make start` starts one.")
    platform = LocalStack(stack, stack.settings(settings))
    if options.name == ALL:
        sys.exit(run_all(platform))
    try:
        seconds = run(platform, INCIDENTS[options.name], waits=not options.repair)
    except NotWhole as fault:
        sys.exit(f"Not whole: {fault}")
    print(f"Whole after {seconds / 60:.1f} minutes: histories, statistics, queues and the subscriber's copy.")


def run_all(platform: LocalStack) -> int:
    """Repair every incident and print a row for each. Returns the number of those that are not whole."""
    failures = 0
    print("| incident | told by | repaired | whole | minutes |\n|---|---|---|---|---|")
    for name, incident in INCIDENTS.items():
        started = time.monotonic()
        try:
            run(platform, incident, waits=False, is_quiet=True)
        except NotWhole as fault:
            failures, whole = failures + 1, f"no: {fault}"
        else:
            whole = "yes"
        minutes = (time.monotonic() - started) / 60
        repaired = "by itself" if incident.heals else f"[{incident.page}]"
        print(f"| {name} | {incident.signal} | {repaired} | {whole} | {minutes:.1f} |", flush=True)
    return failures


def run(platform: LocalStack, incident: Incident, *, waits: bool, is_quiet: bool = False) -> float:
    """Returns the seconds of a drill with a subscriber of its own. Raises NotWhole."""
    world = World(platform)
    try:
        return drill(world, incident, waits=waits, is_quiet=is_quiet)
    finally:
        world.close()


def drill(world: World, incident: Incident, *, waits: bool, is_quiet: bool = False) -> float:
    """Returns the seconds from the incident to the check that everything is whole. Raises NotWhole."""
    facts = incident.cause(world)
    if not incident.heals and not incident.is_consistent and not world.problems():
        raise NotWhole("the incident had no effect")
    started = time.monotonic()
    if not is_quiet:
        print(f"{incident.summary}\nTold by: {incident.signal}. See docs/{incident.page}.")
    if waits:
        shown = {name: value for name, value in facts.items() if isinstance(value, str)} | {"user": world.user}
        print("Known: " + ", ".join(f"{name} {value}" for name, value in shown.items()))
        input("Repair it in another terminal, then press Enter: ")
    else:
        incident.repair(world, facts)
    world.becomes_whole()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
