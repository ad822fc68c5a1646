"""Starts the embedded cloud: MiniStack, in a Python environment of its own."""

import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.errors import CannotRun
from local.processes import Child
from local.settings import REGION, ROOT, ROOT_KEY_ID, Settings

INTERPRETER = ROOT / ".tools" / "ministack" / "bin" / "python"
"""The Python interpreter of MiniStack and of the Lambdas that it runs."""

_READY = 60  # seconds
_SAVED = ("dynamodb", "sqs", "lambda", "cognito", "cloudformation")  # the services that every run uses
_CLOCKS_DIFFER = 1  # seconds by which a file system's clock may be behind the system's
_UNPACKED = "unpacked"  # the folder within the data folder for MiniStack's temporary files


def start(settings: Settings) -> Child:
    """Start MiniStack with the data of the last run, and return it when it is ready. Raises CannotRun."""
    environment = settings.aws_environment()
    discard_unpacked_bundles(settings)
    # MiniStack tells its Lambdas the endpoint itself. They must not inherit the endpoint of our own clients.
    del environment["AWS_ENDPOINT_URL"]
    environment |= {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(_folder(settings, "state")),
        "S3_DATA_DIR": str(_folder(settings, "s3")),
        "TMPDIR": str(_folder(settings, _UNPACKED)),
    }
    command = [str(INTERPRETER), "-m", "local.embedded_cloud", "--port", str(settings.ministack_port)]
    command += [part for host in settings.allowed_hosts for part in ("--allowed-host", host)]
    if settings.enforces_iam:
        # Some policies deny plain HTTP, such as that of the CDK's bucket. Without TLS they would deny every call.
        chain, key = str(settings.certificates.chain), str(settings.certificates.key)
        environment |= {"AUTH": "true", "USE_SSL": "1", "MINISTACK_SSL_CERT": chain, "MINISTACK_SSL_KEY": key}
        command += ["--certificate", chain, "--key", key]
    child = Child(
        "MiniStack",
        command,
        environment=environment,
        log=settings.log("ministack"),
    )
    try:
        child.wait_until(lambda: _is_up(settings), within=_READY)
    except BaseException:
        child.stop()
        raise
    return child


def check_that_it_saved(settings: Settings, since: float) -> None:
    """Raises CannotRun if MiniStack, which has stopped, saved its data neither now nor since this time (Unix)."""
    files = [settings.data / "state" / f"{name}.json" for name in _SAVED]
    unsaved = [file.name for file in files if not file.exists() or file.stat().st_mtime < since - _CLOCKS_DIFFER]
    if unsaved:
        free = shutil.disk_usage(settings.data).free // 1_000_000
        raise CannotRun(
            f"Stopped, but the data of this run were not saved ({', '.join(unsaved)}): {free} MB of the disk are free; "
            f"the log is {settings.log('ministack')}. The data of the run before are kept."
        )


def discard_unpacked_bundles(settings: Settings) -> None:
    """Delete the bundles that MiniStack unpacked for its Lambda processes, 36 MB each, and leaves behind."""
    shutil.rmtree(settings.data / _UNPACKED, ignore_errors=True)


def _is_up(settings: Settings) -> bool:
    url = f"{settings.aws_endpoint}/_ministack/health"
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(ROOT_KEY_ID, settings.secret), "sts", REGION).add_auth(request)
    return answers(url, settings.trusted, dict(request.headers))


def answers(url: str, trusted: Path | None = None, headers: Mapping[str, str] | None = None) -> bool:
    """Returns whether a server answers the URL with 200; over TLS, with a certificate of the trusted authority."""
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - our own loopback address
    try:
        with urllib.request.urlopen(request, timeout=2, context=context) as response:  # noqa: S310 - as above # nosec B310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _folder(settings: Settings, name: str) -> Path:
    folder = settings.data / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
