"""A local stack of the tests' own: its ports, its data folder, gone when they are done."""

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

os.environ["WATCH"] = "0"  # the suite's stacks keep what they were deployed with, whoever edits the checkout


def free_port() -> int:
    """A port that nobody listens on, nor on the one where its gateway would serve TLS."""
    while True:
        with socket.socket() as probe, socket.socket() as over_tls:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                over_tls.bind(("127.0.0.1", Settings(port=port).tls_port))
                return port


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """AUTH=1 runs the suite with every AWS call checked against its caller's policies."""
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


@pytest.fixture
def api(stack: StackDescription) -> Api:
    return Api(stack)
