"""Applies the guides for contributors (docs/add-*.md) to a copy of the repository.

The diffs of a guide have no line numbers. Each `@@` line names the part of the file in which the lines below it are
found, so that a guide outlives changes elsewhere in the file. A hunk without a name begins at the file's start.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.settings import ROOT

GUIDES = ("add-a-field.md", "add-a-status.md", "add-an-event.md", "add-an-operation.md")
LEFT_OUT = (
    *(".git", ".venv", ".tools", ".local*", "node_modules", "__pycache__", ".*_cache", "cdk.out*", "dist"),
    *("e2e", "smoke", "test-results"),
)


@dataclass(frozen=True)
class Hunk:
    """A change of a guide: in which deployment, in which file, after which text, and the lines before and after it."""

    deployment: int
    path: str
    part: str
    old: str
    new: str


class Outdated(Exception):
    """The file no longer has what the guide changes."""


def hunks(guide: str) -> Iterator[Hunk]:
    """Yields the changes of a guide in their order."""
    text = (ROOT / "docs" / guide).read_text()
    for number, section in re.findall(r"^## Deployment (\d).*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        for diff in re.findall(r"```diff\n(.*?)```", section, re.DOTALL):
            for path, body in re.findall(r"^\+\+\+ b/([^\n]*)\n(.*?)(?=^--- a/|\Z)", diff, re.MULTILINE | re.DOTALL):
                for part, lines in _parts(body):
                    yield Hunk(int(number), path, part, _side(lines, "-"), _side(lines, "+"))


def _parts(body: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each hunk's part of the file and its lines. A context line that follows an addition ends an insertion."""
    part, lines = "", list[str]()
    for line in body.splitlines():
        if line.startswith("@@"):
            if lines:
                yield part, lines
            part, lines = line.removeprefix("@@").strip(), []
        else:
            lines.append(line)
    if lines:
        yield part, lines


def _side(lines: list[str], sign: str) -> str:
    return "\n".join(line[1:] for line in lines if line[:1] in (sign, " ", ""))


def apply(guide: str, copy: Path, *, deployment: int) -> None:
    """Make the changes of one deployment of a guide. Raises Outdated, which names the file and the lines."""
    for hunk in hunks(guide):
        if hunk.deployment == deployment:
            file = copy / hunk.path
            file.write_text(changed(file.read_text(), hunk, guide))


def changed(text: str, hunk: Hunk, guide: str) -> str:
    """Returns a file's text with the change of a hunk. Raises Outdated."""
    begin = text.find(hunk.part)
    place = text.find(hunk.old, begin) if begin >= 0 else -1
    if place < 0:
        raise Outdated(f"docs/{guide}: {hunk.path} has no longer, after {hunk.part!r}:\n{hunk.old}")
    return text[:place] + hunk.new + text[place + len(hunk.old) :]


def copied(copy: Path) -> Path:
    """Copies the repository, without what is installed or built, and returns the copy."""
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    return copy


def next_version(copy: Path, deployments: int) -> Path:
    """Returns a copy of the repository after the given number of deployments of every guide."""
    copied(copy)
    for deployment in range(1, deployments + 1):
        for guide in GUIDES:
            apply(guide, copy, deployment=deployment)
    return copy
