"""Starts a local stack for the tests on its own ports and with its own data folder, and removes it afterwards."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import background
from local.description import StackDescription
from local.settings import Settings
from tests.e2e.clients import Api

os.environ["WATCH"] = "0"  # the suite's stacks ignore edits of the checkout


def free_port() -> int:
    """Returns a port on which nothing listens, and whose TLS port is also free."""
    while True:
        with socket.socket() as probe, socket.socket() as over_tls:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                over_tls.bind(("127.0.0.1", Settings(port=port).tls_port))
                return port


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Returns the settings of the stack. With AUTH=1, the stack checks every AWS call against its caller's policies."""
    return Settings(
        port=free_port(),
        ministack_port=free_port(),
        data=Path(tmp_path_factory.mktemp("local")),
        enforces_iam=os.environ.get("AUTH") == "1",
    )


@pytest.fixture(scope="session")
def stack(settings: Settings) -> Iterator[StackDescription]:
    if settings.trusted:
        os.environ["AWS_CA_BUNDLE"] = str(settings.trusted)
    try:
        background.start(settings)
        yield StackDescription.read(settings.stack_file)
    finally:
        background.stop(settings)
    saved = settings.data / "state" / "dynamodb.json"
    assert saved.exists(), "the embedded cloud was killed before it had saved its data"


@pytest.fixture
def api(stack: StackDescription) -> Api:
    return Api(stack)
