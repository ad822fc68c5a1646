"""Starts a local stack for the tests on its own ports and with its own data folder, and removes it afterwards."""

import contextlib
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import background
from local.description import StackDescription
from local.settings import Settings
from tests.e2e.clients import Api

ANDROID = "10.0.2.2"  # the name of this machine in an Android emulator
# Systems give outgoing connections ports above these: one would take a stack's port while the stack starts again.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Returns a port on which nothing listens, and whose TLS port is also free."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, socket.socket() as over_tls, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            over_tls.bind(("127.0.0.1", Settings(port=port).tls_port))
            return port


@pytest.fixture(scope="session")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Returns the settings of the stack. With AUTH=1, the stack checks every AWS call against its caller's policies."""
    return Settings(
        port=free_port(),
        ministack_port=free_port(),
        data=Path(tmp_path_factory.mktemp("local")),
        enforces_iam=os.environ.get("AUTH") == "1",
        watches=False,  # the suite's stacks ignore edits of the checkout
        allowed_hosts=(ANDROID,),
    )


@pytest.fixture(scope="session")
def stack(configured: Settings) -> Iterator[StackDescription]:
    if configured.trusted:
        os.environ["AWS_CA_BUNDLE"] = str(configured.trusted)
    try:
        background.start(configured)
        yield StackDescription.read(configured.stack_file)
    finally:
        background.stop(configured)
    saved = configured.data / "state" / "dynamodb.json"
    assert saved.exists(), "the embedded cloud was killed before it had saved its data"


@pytest.fixture(scope="session")
def settings(configured: Settings, stack: StackDescription) -> Settings:
    """Returns the settings with which to reach the running stack."""
    return stack.settings(configured)


@pytest.fixture
def api(stack: StackDescription) -> Api:
    return Api(stack)
