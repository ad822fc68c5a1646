"""Starts the embedded cloud: MiniStack, in a Python environment of its own."""

import shutil
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from local.processes import Child
from local.settings import ROOT, Settings

INTERPRETER = ROOT / ".tools" / "ministack" / "bin" / "python"
"""The Python interpreter of MiniStack and of the Lambdas that it runs."""

_READY = 60  # seconds
_UNPACKED = "unpacked"  # the folder within the data folder for MiniStack's temporary files


def start(settings: Settings) -> Child:
    """Start MiniStack with the data of the last run, and return it when it is ready. Raises CannotRun."""
    environment = settings.aws_environment()
    discard_unpacked_bundles(settings)
    # MiniStack tells its Lambdas the endpoint itself. They must not inherit the endpoint of our own clients.
    del environment["AWS_ENDPOINT_URL"]
    environment |= {
        "GATEWAY_PORT": str(settings.ministack_port),
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",  # the MQTT and SFTP listeners would listen on every network interface
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(_folder(settings, "state")),
        "S3_DATA_DIR": str(_folder(settings, "s3")),
        "TMPDIR": str(_folder(settings, _UNPACKED)),
    }
    command = [str(INTERPRETER), "-m", "local.embedded_cloud", "--port", str(settings.ministack_port)]
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
        child.wait_until(lambda: answers(f"{settings.aws_endpoint}/_ministack/health", settings.trusted), within=_READY)
    except BaseException:
        child.stop()
        raise
    return child


def discard_unpacked_bundles(settings: Settings) -> None:
    """Delete the bundles that MiniStack unpacked for its Lambda processes, 36 MB each, and leaves behind."""
    shutil.rmtree(settings.data / _UNPACKED, ignore_errors=True)


def answers(url: str, trusted: Path | None = None) -> bool:
    """Returns whether a server answers the URL with 200; over TLS, with a certificate of the trusted authority."""
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as answer:  # our own loopback address # noqa: S310 # nosec B310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _folder(settings: Settings, name: str) -> Path:
    folder = settings.data / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
