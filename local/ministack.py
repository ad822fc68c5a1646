"""The embedded cloud: MiniStack, in an environment of its own."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path

from local.processes import Child
from local.settings import ROOT, Settings

INTERPRETER = ROOT / ".tools" / "ministack" / "bin" / "python"
"""What MiniStack runs with, and the Lambdas in it."""

_READY = 60  # seconds


def start(settings: Settings) -> Child:
    """MiniStack, ready, with the data of last time. Raises CannotRun."""
    environment = settings.aws_environment()
    # MiniStack is the cloud: what it starts must not be told to call it by our client's settings.
    del environment["AWS_ENDPOINT_URL"]
    environment |= {
        "GATEWAY_PORT": str(settings.ministack_port),
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",  # its listener for MQTT and the one for SFTP would listen on every network
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(_folder(settings, "state")),
        "S3_DATA_DIR": str(_folder(settings, "s3")),
    }
    command = [str(INTERPRETER), "-m", "local.embedded_cloud", "--port", str(settings.ministack_port)]
    if settings.enforces_iam:
        # Policies that refuse plain HTTP, such as the CDK's own bucket's, would refuse everything without TLS.
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


def answers(url: str, trusted: Path | None = None) -> bool:
    """Whether a server answers there with success; over TLS, one with a certificate of the trusted authority."""
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
