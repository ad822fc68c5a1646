"""Builds an application once for all stacks of this checkout: `python -m local.pages.build NAME FOLDER`."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path

from local.errors import CannotRun
from local.pages.application import APPLICATIONS, Application
from local.processes import MARK, Child
from local.settings import Settings

_PAGES = Path(__file__).parent
_LOCK = _PAGES / ".build.lock"
_NICENESS = 10  # of 19; the build yields the processor to the users of the stack


def prepare(application: Application, folder: Path, configuration: Mapping[str, object]) -> None:
    """Write the application and its `config.json` into the folder; until it is built, a page that waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.json"
    config.touch(mode=0o600)  # it holds an API key and passwords
    config.write_text(json.dumps(configuration, indent=2) + "\n")
    if is_built(application):
        _publish(application, folder)
    else:
        _announce("being_built.html", application, folder)


def is_built(application: Application) -> bool:
    """Returns whether the last build matches the current sources."""
    built_from = _built_from(application)
    return built_from.exists() and built_from.read_text() == application.fingerprint()


def start(application: Application, settings: Settings, folder: Path) -> Child:
    """Build the application in the background and put it into the folder."""
    return Child(
        f"The {application.name}",
        [sys.executable, "-m", "local.pages.build", application.name, str(folder)],
        environment={**os.environ, MARK: str(settings.data)},
        log=settings.log(application.name),
    )


def build(application: Application, publish_to: Path | None = None) -> None:
    """Build the application unless it is built, and copy it into the folder. Raises CannotRun."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one build at a time, for all applications and all stacks of this checkout
        if not is_built(application):
            fingerprint = application.fingerprint()
            application.install()
            application.run("npm", "run", "build")
            _built_from(application).write_text(fingerprint)
        if publish_to:
            _publish(application, publish_to)  # under the lock, because two builds may publish into the same folder


def _built_from(application: Application) -> Path:
    """The file with the fingerprint of the sources of the last build."""
    return application.built / "built-from"


def _publish(application: Application, folder: Path) -> None:
    # Old assets remain for pages that browsers still show. The new page names the new assets, so it is written last.
    shutil.copytree(application.built / "assets", folder / "assets", dirs_exist_ok=True)
    _show((application.built / "index.html").read_text(), folder)


def _announce(page: str, application: Application, folder: Path) -> None:
    _show((_PAGES / page).read_text().replace("APPLICATION", escape(application.name)), folder)


def _show(page: str, folder: Path) -> None:
    partial = folder / "index.partial"
    partial.write_text(page)
    partial.replace(folder / "index.html")


if __name__ == "__main__":
    chosen = next(application for application in APPLICATIONS if application.name == sys.argv[1])
    target = Path(sys.argv[2])
    os.nice(_NICENESS)
    try:
        build(chosen, target)
    except CannotRun as fault:
        _announce("not_built.html", chosen, target)
        sys.exit(str(fault))
