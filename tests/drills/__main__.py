"""Runs a drill on the running local stack: `make drill NAME=dead-letters`, and `REPAIR=1` to see the repair done."""

import argparse
import sys
import time

from local.description import StackDescription
from local.settings import Settings
from tests.drills.incidents import INCIDENTS, Incident
from tests.drills.local_stack import LocalStack
from tests.drills.world import NotWhole, World


def main() -> None:
    """Cause an incident, wait for the operator or repair it, and check that everything is whole."""
    parser = argparse.ArgumentParser(prog="make drill")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--repair", action="store_true", help="run the runbook's commands instead of waiting")
    options = parser.parse_args()
    if options.name not in INCIDENTS:
        lines = (f"  {name:<24}{incident.summary}" for name, incident in INCIDENTS.items())
        sys.exit("\n".join(["Name a drill: make drill NAME=…", *lines]))
    settings = Settings.from_environment()
    try:
        stack = StackDescription.read(settings.stack_file)
    except FileNotFoundError:
        sys.exit("No stack runs: `make up` or `make start` starts one.")
    world = World(LocalStack(stack, stack.settings(settings)))
    try:
        seconds = drill(world, INCIDENTS[options.name], waits=not options.repair)
    except NotWhole as fault:
        sys.exit(f"Not whole: {fault}")
    finally:
        world.close()
    print(f"Whole after {seconds / 60:.1f} minutes: histories, statistics, queues and the subscriber's copy.")


def drill(world: World, incident: Incident, *, waits: bool) -> float:
    """Returns the seconds from the incident to the check that everything is whole. Raises NotWhole."""
    facts = incident.cause(world)
    if not incident.heals and not incident.is_consistent and not world.problems():
        raise NotWhole("the incident had no effect")
    started = time.monotonic()
    print(f"{incident.summary}\nTold by: {incident.told}. See docs/{incident.page}.")
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
