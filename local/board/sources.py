"""The board's sources and their tools."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from local.errors import CannotRun
from local.settings import ROOT

FOLDER = ROOT / "examples" / "board"
_SOURCES = FOLDER / "src"
_GENERATED = _SOURCES / "gql"


def fingerprint() -> str:
    """Returns a digest of all inputs of the build."""
    digest = hashlib.sha256()
    for file in _inputs():
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def install() -> None:
    """Install the packages of the lock file unless they are installed already. Raises CannotRun."""
    installed, wanted = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        run("npm", "ci", "--no-progress")


def run(*command: str) -> None:
    """Run a command in the board's folder. Raises CannotRun."""
    if subprocess.run(command, cwd=FOLDER, check=False).returncode:
        raise CannotRun(f"`{' '.join(command)}` failed in {FOLDER.relative_to(ROOT)}.")


def _inputs() -> Iterator[Path]:
    yield ROOT / "schema.graphql"
    yield from sorted(file for file in FOLDER.iterdir() if file.suffix in {".json", ".ts", ".html"})
    yield from sorted(file for file in _SOURCES.rglob("*") if file.is_file() and _GENERATED not in file.parents)
