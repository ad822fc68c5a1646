"""Redeploys what changed while the stack runs. Subscribers stay connected."""

import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import GraphQLSyntaxError, parse
from watchfiles import Change, watch

from local import deployment
from local.errors import CannotRun
from local.settings import ROOT, Settings

_FOLDERS = ("resolvers", "domain", "adapters", "processor")
_SCHEMA = "schema.graphql"
_SUFFIXES = {".py", ".js"}
_TICK = 250  # milliseconds that each watch may wait
_BURST = 200  # milliseconds of silence that end a burst of changes
_PATIENCE = 30  # seconds for the gateway to read the API again


def changed_sources(root: Path) -> Iterator[Sequence[str]]:
    """What changed under the root since the last time, as sorted relative paths; nothing, at least twice a second.

    The first item, always empty, says that watching has begun. A burst of changes is one item.
    """

    def is_source(_change: Change, path: str) -> bool:
        relative = Path(path).relative_to(root)
        if len(relative.parts) == 1:
            return relative.name == _SCHEMA
        return relative.parts[0] in _FOLDERS and relative.suffix in _SUFFIXES

    root = root.resolve()
    folders = watch(
        *(root / name for name in _FOLDERS),
        watch_filter=is_source,
        step=_BURST,
        rust_timeout=_TICK,
        yield_on_timeout=True,
    )
    # Editors replace a file when they save it, and a watch on the file itself goes with the old one: watch its folder.
    schema = watch(
        root, watch_filter=is_source, recursive=False, step=_BURST, rust_timeout=_TICK, yield_on_timeout=True
    )
    for changes in zip(folders, schema, strict=True):
        yield sorted({str(Path(path).relative_to(root)) for _, path in set().union(*changes)})


def redeploy(settings: Settings, changed: Sequence[str], root: Path = ROOT) -> str:
    """Deploy the sources as they are now, and let the gateway serve them; one line that says what came of it.

    What cannot be parsed or deployed leaves the stack as it was; what the gateway cannot load, the gateway.
    """
    started = time.monotonic()
    try:
        for path in changed:
            _check_syntax(root, path)
        deployment.deploy(settings)
        _reload(settings)
    except CannotRun as fault:
        return f"Not redeployed, the API goes on as it was: {fault}"
    return f"Redeployed in {time.monotonic() - started:.0f} s: {', '.join(changed)}"


def _check_syntax(root: Path, path: str) -> None:
    file = root / path
    if not file.exists():
        return
    try:
        if file.suffix == ".py":
            compile(file.read_text(), path, "exec")
        elif file.name == _SCHEMA:
            parse(file.read_text())
    except SyntaxError as fault:
        raise CannotRun(f"{path}, line {fault.lineno}: {fault.msg}.") from fault
    except GraphQLSyntaxError as fault:
        line = fault.locations[0].line if fault.locations else "?"
        raise CannotRun(f"{path}, line {line}: {fault.message}") from fault


def _reload(settings: Settings) -> None:
    request = urllib.request.Request(f"{settings.base_url}/_reload", method="POST")  # noqa: S310 - our own address
    try:
        urllib.request.urlopen(request, timeout=_PATIENCE).close()  # noqa: S310 # nosec B310 - our own address
    except OSError as fault:
        raise CannotRun(f"the gateway could not load it; its log is {settings.log('gateway')}.") from fault
