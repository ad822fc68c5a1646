"""Settings of the local stack: its ports, its data folder and its modes."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from local import surroundings
from local.certificates import Certificates
from local.errors import CannotRun
from local.processes import MARK

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ROOT_KEY_ID = "test"
"""The id of the embedded cloud's root key. Its secret is new for each run of a stack."""
STAGE = "dev"  # the stage that the local stack deploys
_TLS_ABOVE = 443
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]")


def stack_of(stage: str) -> str:
    """Returns the name of a stage's stack, as cdk/stages.py has it."""
    return f"TasksApi-{stage}"


@dataclass(frozen=True)
class Settings:
    """The gateway listens on `port`, and with TLS on `tls_port` (default: `port` + 443).

    The embedded cloud listens on `ministack_port`. The folder `data` holds everything that the stack keeps.

    `enforces_iam` makes the embedded cloud check every call against the caller's policies. It then serves TLS, which
    some policies require. `secret` is that of the embedded cloud's root key; it is empty until a stack runs
    (`StackDescription.settings`). With `watches`, a saved edit is deployed while the stack runs. `allowed_hosts` are
    names that count as this machine's besides its loopback names, such as 10.0.2.2 of an Android emulator.
    """

    port: int = 4000
    ministack_port: int = 4566
    data: Path = ROOT / ".local"
    enforces_iam: bool = False
    tls_port: int = 0
    secret: str = field(default="", repr=False)
    watches: bool = True
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.tls_port:
            object.__setattr__(self, "tls_port", self.port + _TLS_ABOVE)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Reads PORT, TLS_PORT, MINISTACK_PORT, LOCAL_DATA, AUTH, WATCH and ALLOWED_HOSTS. Raises CannotRun.

        Seven variables, whose errors are one sentence each: pydantic-settings would be one more package for less.
        """
        port = _port("PORT", cls.port)
        return cls(
            port=port,
            tls_port=_port("TLS_PORT", port + _TLS_ABOVE),
            ministack_port=_port("MINISTACK_PORT", cls.ministack_port),
            data=Path(os.environ.get("LOCAL_DATA") or cls.data).resolve(),
            enforces_iam=os.environ.get("AUTH") == "1",
            watches=os.environ.get("WATCH") != "0",
            allowed_hosts=_hosts("ALLOWED_HOSTS"),
        )

    def environment(self) -> dict[str, str]:
        """Returns the variables from which `from_environment` reads these settings."""
        return {
            "PORT": str(self.port),
            "TLS_PORT": str(self.tls_port),
            "MINISTACK_PORT": str(self.ministack_port),
            "LOCAL_DATA": str(self.data),
            "AUTH": "1" if self.enforces_iam else "0",
            "WATCH": "1" if self.watches else "0",
            "ALLOWED_HOSTS": ",".join(self.allowed_hosts),
        }

    @property
    def base_url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def graphql_url(self) -> str:
        return f"{self.base_url}/graphql"

    @property
    def tls_graphql_url(self) -> str:
        """The GraphQL endpoint over TLS. Its host is `localhost`, as in browsers and in Amplify's configuration."""
        return f"https://localhost:{self.tls_port}/graphql"

    @property
    def aws_endpoint(self) -> str:
        """The embedded cloud's address."""
        return f"{'https' if self.enforces_iam else 'http'}://127.0.0.1:{self.ministack_port}"

    @property
    def certificates(self) -> Certificates:
        """The TLS certificates of this stack. They exist once it has been started."""
        return Certificates.within(self.data / "tls")

    @property
    def trusted(self) -> Path | None:
        """The authority of the embedded cloud's certificate; None if it serves no TLS."""
        return self.certificates.authority if self.enforces_iam else None

    @property
    def stack_file(self) -> Path:
        """The file that describes the running stack; it exists while the stack is ready."""
        return self.data / "stack.json"

    @property
    def api_key_file(self) -> Path:
        """The file with the secret of the API keys, which stay the same until the data are wiped."""
        return self.data / "api-keys.secret"

    @property
    def marker(self) -> Path:
        """The file that marks the folder as ours: without it, nothing in the folder is changed or deleted."""
        return self.data / ".tasks-api"

    @property
    def end_file(self) -> Path:
        """The file that says why the last run ended, unless somebody ended it."""
        return self.data / "ended"

    @property
    def process_file(self) -> Path:
        """The file with the process id of the running stack."""
        return self.data / "up.pid"

    def log(self, name: str) -> Path:
        """Returns the log file of one part of the stack."""
        return self.data / "log" / f"{name}.log"

    def aws_environment(self, *, may_download: bool = False) -> dict[str, str]:
        """Returns the environment of a process that may call only the embedded cloud.

        A process that `may_download` packages also has the user's proxies and package indexes.
        """
        trust = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS") if self.trusted else ()
        return {
            **(surroundings.of_installers() if may_download else surroundings.of_programs()),
            **dict.fromkeys(trust, str(self.trusted)),
            MARK: str(self.data),
            "AWS_ENDPOINT_URL": self.aws_endpoint,
            "AWS_ACCESS_KEY_ID": ROOT_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _hosts(variable: str) -> tuple[str, ...]:
    hosts = tuple(host for part in os.environ.get(variable, "").split(",") if (host := part.strip()))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise CannotRun(f"{variable} must be names or addresses without a port, with commas; {host!r} is none.")
    return hosts


def _port(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65_536:
        raise CannotRun(f"{variable} must be a port number, 1 to 65535; it is {value!r}.")
    return int(value)
