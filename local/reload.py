"""Redeploys edited sources while the stack runs. Subscribers stay connected."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from watchfiles import Change, watch

from local import deployment, source_checks, stack_update
from local.errors import CannotRun
from local.settings import ROOT, Settings
from local.stack_update import LAMBDA_FOLDERS, SCHEMA

_CDK = "cdk"
_FOLDERS = (*LAMBDA_FOLDERS, _CDK)
_SUFFIXES = {".py", ".js"}
_TICK = 250  # milliseconds that each watch may wait
_BURST = 200  # milliseconds of silence that end a burst of changes
_PATIENCE = 30  # seconds for the gateway to read the API again


def changed_sources(root: Path) -> Iterator[Sequence[str]]:
    """Yields the sorted relative paths of changed files, and an empty list at least twice a second.

    Callers use the empty lists to run other checks. The first list is always empty and shows that watching has begun. A
    burst of changes is one list.
    """

    def is_source(_change: Change, path: str) -> bool:
        relative = Path(path).relative_to(root)
        if len(relative.parts) == 1:
            return relative.name == SCHEMA
        return relative.parts[0] in _FOLDERS and relative.suffix in _SUFFIXES

    root = root.resolve()
    folders = watch(
        *(root / name for name in _FOLDERS),
        watch_filter=is_source,
        step=_BURST,
        rust_timeout=_TICK,
        yield_on_timeout=True,
    )
    # Editors replace a file when they save it, which ends a watch on the file itself. Therefore its folder is watched.
    schema = watch(
        root, watch_filter=is_source, recursive=False, step=_BURST, rust_timeout=_TICK, yield_on_timeout=True
    )
    for changes in zip(folders, schema, strict=True):
        yield sorted({str(Path(path).relative_to(root)) for _, path in set().union(*changes)})


def redeploy(settings: Settings, changed: Sequence[str], root: Path = ROOT) -> Iterator[str]:
    """Deploy the current sources and reload the gateway. Yields lines that report the outcome.

    An edit of the CDK app deploys the whole app. Any other edit only updates sources in the deployed template. Sources
    that cannot be parsed, loaded or deployed leave the stack as it was. If the gateway cannot load the deployed API, it
    keeps serving the previous one.
    """
    started = time.monotonic()
    what = ", ".join(changed)
    hints: Sequence[str] = ()
    try:
        if any(Path(path).parts[0] == _CDK for path in changed):
            yield f"{what} changed: deploying the whole app …"
            source_checks.check_python(root, _FOLDERS)
            deployment.deploy(settings)
        else:
            hints = stack_update.update(settings, lambdas=any(path.endswith(".py") for path in changed), root=root)
        _reload(settings)
    except (CannotRun, OSError, ValueError, BotoCoreError, ClientError) as fault:
        yield f"Not redeployed, the API goes on as it was: {fault}"
        return
    yield " ".join([f"Redeployed in {time.monotonic() - started:.1f} s: {what}.", *hints])


def _reload(settings: Settings) -> None:
    request = urllib.request.Request(f"{settings.base_url}/_reload", method="POST")  # noqa: S310 - our own address
    try:
        urllib.request.urlopen(request, timeout=_PATIENCE).close()  # noqa: S310 - our own address # nosec B310
    except urllib.error.HTTPError as fault:
        raise CannotRun(_message(fault.read())) from fault
    except OSError as fault:
        raise CannotRun(f"the gateway could not load it; its log is {settings.log('gateway')}.") from fault


def _message(refusal: bytes) -> str:
    try:
        return str(json.loads(refusal)["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        return "the gateway could not load it."
