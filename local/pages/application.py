"""A web application of this checkout: its sources and their tools."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.errors import CannotRun
from local.settings import ROOT


@dataclass(frozen=True)
class Application:
    """A project of npm and Vite. `npm run build` writes it into `dist`.

    `beside` are the files that the build reads outside of the folder.
    """

    name: str
    folder: Path
    beside: tuple[Path, ...] = ()

    @property
    def built(self) -> Path:
        """The folder of the built pages."""
        return self.folder / "dist"

    def fingerprint(self) -> str:
        """Returns a digest of all inputs of the build."""
        digest = hashlib.sha256()
        for file in self._inputs():
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
        return digest.hexdigest()

    def install(self) -> None:
        """Install the packages of the lock file unless they are installed already. Raises CannotRun."""
        if not self._is_installed():
            # The user's settings of npm (`omit=dev`, NODE_ENV) may leave out what the build needs.
            included = ("--include=dev", "--include=optional", "--include=peer", "--bin-links", "--no-global")
            self.run("npm", "ci", "--no-progress", *included)

    def run(self, *command: str) -> None:
        """Run a command in the application's folder. Raises CannotRun."""
        if subprocess.run(command, cwd=self.folder, check=False).returncode:
            raise CannotRun(f"`{' '.join(command)}` failed in {self.folder.relative_to(ROOT)}.")

    def _is_installed(self) -> bool:
        installed, locked = self.folder / "node_modules" / ".package-lock.json", self.folder / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
            return False
        return _needed(locked) <= set(json.loads(installed.read_text())["packages"])

    def _inputs(self) -> Iterator[Path]:
        sources = self.folder / "src"
        generated = sources / "gql"
        yield from self.beside
        yield from sorted(file for file in self.folder.iterdir() if file.suffix in {".json", ".ts", ".html"})
        yield from sorted(file for file in sources.rglob("*") if file.is_file() and generated not in file.parents)


def _needed(lock_file: Path) -> set[str]:
    """Returns the paths of the packages that every machine installs."""
    packages = json.loads(lock_file.read_text())["packages"]
    return {
        path
        for path, package in packages.items()
        if path and not any(package.get(kind) for kind in ("optional", "devOptional", "link"))
    }


CONSOLE = Application("console", ROOT / "local" / "console")
_CLIENT = ROOT / "packages" / "client"
_CLIENTS_SOURCES = sorted(file for file in (_CLIENT / "src").rglob("*.*") if file.parent.name != "gql")
BOARD = Application(
    "board", ROOT / "examples" / "board", beside=(ROOT / "schema.graphql", _CLIENT / "codegen.ts", *_CLIENTS_SOURCES)
)
APPLICATIONS = (CONSOLE, BOARD)
