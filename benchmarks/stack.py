"""Starts a local stack for the benchmarks."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3

from benchmarks.cloud import free_port
from local import background
from local.clients import access
from local.description import StackDescription
from local.settings import Settings


@dataclass(frozen=True)
class Stack:
    """A running stack: its settings and its deployed resources."""

    settings: Settings
    deployed: StackDescription

    @property
    def api_id(self) -> str:
        """The id of the stack's API."""
        (api,) = boto3.client("appsync", **access(self.settings)).list_graphql_apis()["graphqlApis"]
        return api["apiId"]


@contextlib.contextmanager
def a_stack() -> Iterator[Stack]:
    """Starts a stack that ignores edits of the sources, and removes it with its data afterwards."""
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(
            port=free_port(), ministack_port=free_port(), tls_port=free_port(), data=Path(data), watches=False
        )
        try:
            with contextlib.redirect_stdout(None):  # the banner
                background.start(settings)
            deployed = StackDescription.read(settings.stack_file)
            yield Stack(deployed.settings(settings), deployed)
        finally:
            background.stop(settings)
