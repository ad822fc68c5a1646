"""Prepares and describes releases: `python -m cdk.release prepare 1.0.0`, `python -m cdk.release notes`, `… digest`.

CONTRIBUTING.md says when and how a release is made. `prepare` changes files of the checkout and nothing else.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from adapters.history_items import history_item
from adapters.items import Item
from adapters.messages import ChangeMessage
from adapters.task_items import task_item
from cdk.bundling import ROOT, BundlingFailed, bundle, lambda_target
from cdk.fields import resolved_fields
from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.task import Task

MESSAGE_SCHEMAS = ("change.schema.json", "user-erased.schema.json")
"""The contract of events, by its names in docs/events and docs/released."""

_VERSION = re.compile(r'^version = "([^"]*)"$', re.MULTILINE)
_SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
_UNRELEASED = "## Unreleased\n"
_START = datetime(2026, 1, 1, tzinfo=UTC)


class CannotRelease(Exception):
    """The release cannot be prepared. No file was changed. The message gives the reason in one sentence."""


def main() -> None:
    """Run a command. Exits with a sentence and code 1 if it cannot be done."""
    parser = argparse.ArgumentParser(prog="cdk.release")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="write the files of a release").add_argument("version")
    commands.add_parser("version", help="print the version of the checkout")
    commands.add_parser("notes", help="print what the changelog says of the checkout's version")
    commands.add_parser("digest", help="build the Lambdas' bundle and print its digest")
    options = parser.parse_args()
    try:
        if options.command == "prepare":
            for file, text in prepared(ROOT, options.version, datetime.now(UTC).date()).items():
                (ROOT / file).write_text(text)
                print(file)
        elif options.command == "version":
            print(_version(ROOT))
        elif options.command == "notes":
            print(notes((ROOT / "CHANGELOG.md").read_text(), _version(ROOT)))
        else:
            print(digest(bundle(lambda_target(needs_bytecode=True))))
    except (CannotRelease, BundlingFailed) as fault:
        sys.exit(str(fault))


def prepared(root: Path, version: str, today: date) -> Mapping[str, str]:
    """Returns the new texts of the files that a release changes, by their paths below `root`.

    Raises CannotRelease for a version that is not newer than the present one or was released, and for a changelog with
    nothing to release.
    """
    return {
        "pyproject.toml": _with_version(root, version),
        "CHANGELOG.md": _with_release((root / "CHANGELOG.md").read_text(), version, today),
        "docs/released/schema.graphql": (root / "schema.graphql").read_text(),
        "docs/released/resolvers.txt": "".join(f"{field}\n" for field in resolved_fields()),
        **{f"docs/released/{name}": (root / "docs" / "events" / name).read_text() for name in MESSAGE_SCHEMAS},
        "docs/released/samples.json": json.dumps(samples(), indent=2, ensure_ascii=False) + "\n",
    }


def notes(changelog: str, version: str) -> str:
    """Returns the section of a version. Raises CannotRelease if the changelog has none."""
    section = re.search(rf"^## {re.escape(version)} .*?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None:
        raise CannotRelease(f"CHANGELOG.md has no section of {version}: run `make release VERSION={version}` first.")
    return section[1].strip()


def samples() -> Mapping[str, object]:
    """Returns a message and the items of each kind of change as the present code writes them, and later code must read.

    The digests of creations, which never change, are in docs/released/fingerprints.json.
    """
    messages: dict[str, object] = {}
    items: dict[str, Item] = {}
    for name, task in _life():
        (change,) = task.changes
        messages[name] = json.loads(ChangeMessage(change, "Root=1-00000000-000000000000000000000000").to_json())
        items[f"{name}: task"] = task_item(task, write_id=str(UUID(int=1)), correlation_id=None)
        items[f"{name}: history"] = history_item(change, change.timestamp + timedelta(seconds=1))
        task.changes.clear()
    return {"messages": messages, "items": items}


def digest(folder: Path) -> str:
    """Returns the SHA-256 of a folder's files and their paths, in hexadecimal."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{file.relative_to(folder)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _life() -> Iterator[tuple[str, Task]]:
    """Yields a task after each change of its life, with the events of that change."""
    details = TaskDetails(title="Milk", description="2 liters")
    task = Task.create(task_id=TaskId.of(UUID(int=1)), user_id=UserId("anna"), details=details, at=_START)
    yield "created", task
    task.start(_START + timedelta(minutes=1))
    yield "started", task
    task.complete(_START + timedelta(minutes=2))
    yield "completed", task
    task.reopen(_START + timedelta(minutes=3))
    yield "reopened", task
    task.cancel(_START + timedelta(minutes=4))
    yield "cancelled", task
    task.reopen(_START + timedelta(minutes=5))
    yield "reopened after a cancellation", task
    task.edit(_START + timedelta(minutes=6), title="Bread")
    yield "edited", task
    task.delete(_START + timedelta(minutes=7))
    yield "deleted", task


def _version(root: Path) -> str:
    version = _VERSION.search((root / "pyproject.toml").read_text())
    if version is None:
        raise CannotRelease("pyproject.toml has no version.")
    return version[1]


def _with_version(root: Path, version: str) -> str:
    present = _version(root)
    if not _SEMANTIC.fullmatch(version):
        raise CannotRelease(f"A version has the form 1.2.3; this one is {version!r}.")
    if _order(version) <= _order(present):
        raise CannotRelease(f"Version {version} is not newer than {present}, the version of pyproject.toml.")
    return _VERSION.sub(f'version = "{version}"', (root / "pyproject.toml").read_text(), count=1)


def _with_release(changelog: str, version: str, today: date) -> str:
    if re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE):
        raise CannotRelease(f"CHANGELOG.md already has a release {version}.")
    before, heading, rest = changelog.partition(_UNRELEASED)
    changes = re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    if not heading or "\n- " not in changes:
        raise CannotRelease("CHANGELOG.md lists no change under Unreleased.")
    return f"{before}{_UNRELEASED}\n## {version} ({today.isoformat()})\n{rest}"


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    main()
