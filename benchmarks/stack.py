"""Starts a local stack for the benchmarks."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cloud import free_port
from local import background
from local.clients import client
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
        (api,) = client("appsync", self.settings).list_graphql_apis()["graphqlApis"]
        return api["apiId"]


@contextlib.contextmanager
def a_stack() -> Iterator[Stack]:
    """Starts a stack that ignores edits of the sources, and removes it with its data afterwards."""
    os.environ["WATCH"] = "0"
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(port=free_port(), ministack_port=free_port(), tls_port=free_port(), data=Path(data))
        try:
            with contextlib.redirect_stdout(None):  # the banner
                background.start(settings)
            yield Stack(settings, StackDescription.read(settings.stack_file))
        finally:
            background.stop(settings)
