"""Builds the board once for all stacks of this checkout: `python -m local.board.build FOLDER`, in the background."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from local.board import sources
from local.description import StackDescription
from local.errors import CannotRun
from local.processes import MARK, Child
from local.settings import Settings

_BUILT = sources.FOLDER / "dist"
_BUILT_FROM = _BUILT / "built-from"  # the fingerprint of the sources
_LOCK = sources.FOLDER / ".build.lock"
_PAGES = Path(__file__).parent
_NICENESS = 10  # of 19; the build yields the processor to the users of the stack


def configuration(stack: StackDescription, graphql_url: str) -> Mapping[str, object]:
    """Returns the board's `config.json` for the local stack."""
    return {
        "graphqlUrl": graphql_url,
        "region": stack.region,
        "userPoolId": stack.user_pool_id,
        "userPoolClientId": stack.user_pool_client_id,
        "userPoolEndpoint": stack.aws_endpoint_url,
        "users": [{"username": user.username, "password": user.password, "sub": user.sub} for user in stack.users],
    }


def prepare(stack: StackDescription, folder: Path) -> None:
    """Write the board's configuration and the board into the folder; until it is built, a page that waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    # A relative URL, because the page and the API share an origin at each of the gateway's addresses.
    (folder / "config.json").write_text(json.dumps(configuration(stack, "/graphql"), indent=2) + "\n")
    if is_built():
        _publish(folder)
    else:
        _show(_PAGES / "being_built.html", folder)


def is_built() -> bool:
    """Returns whether the last build matches the current sources."""
    return _BUILT_FROM.exists() and _BUILT_FROM.read_text() == sources.fingerprint()


def start(settings: Settings, folder: Path) -> Child:
    """Build the board in the background and put it into the folder."""
    return Child(
        "The board's build",
        [sys.executable, "-m", "local.board.build", str(folder)],
        environment={**os.environ, MARK: str(settings.data)},
        log=settings.log("board"),
    )


def _build(folder: Path) -> None:
    os.nice(_NICENESS)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks of one checkout may start at once
        if not is_built():
            fingerprint = sources.fingerprint()
            sources.install()
            sources.run("npm", "run", "build")
            _BUILT_FROM.write_text(fingerprint)
        _publish(folder)  # still under the lock, because two builds may publish into the same folder


def _publish(folder: Path) -> None:
    # Old assets remain for pages that browsers still show. The new page names the new assets, so it is written last.
    shutil.copytree(_BUILT / "assets", folder / "assets", dirs_exist_ok=True)
    _show(_BUILT / "index.html", folder)


def _show(page: Path, folder: Path) -> None:
    partial = folder / "index.partial"
    partial.write_bytes(page.read_bytes())
    partial.replace(folder / "index.html")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    try:
        _build(target)
    except CannotRun as fault:
        _show(_PAGES / "not_built.html", target)
        sys.exit(str(fault))
