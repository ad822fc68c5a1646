"""A local stack of the benchmark's own."""

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
    """A running stack: where it listens, and what is deployed in it."""

    settings: Settings
    deployed: StackDescription

    @property
    def api_id(self) -> str:
        """The one API's id."""
        (api,) = client("appsync", self.settings).list_graphql_apis()["graphqlApis"]
        return api["apiId"]


@contextlib.contextmanager
def a_stack() -> Iterator[Stack]:
    """A running stack that does not follow changes of the sources; gone afterwards, with its data."""
    os.environ["WATCH"] = "0"
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(port=free_port(), ministack_port=free_port(), tls_port=free_port(), data=Path(data))
        try:
            with contextlib.redirect_stdout(None):  # the banner
                background.start(settings)
            yield Stack(settings, StackDescription.read(settings.stack_file))
        finally:
            background.stop(settings)
