"""A local stack of the benchmark's own."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cloud import free_port
from local import background
from local.description import StackDescription
from local.settings import Settings


@contextlib.contextmanager
def a_stack() -> Iterator[tuple[Settings, StackDescription]]:
    """A running stack that does not follow changes of the sources; gone afterwards, with its data."""
    os.environ["WATCH"] = "0"
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(port=free_port(), ministack_port=free_port(), tls_port=free_port(), data=Path(data))
        try:
            background.start(settings)
            yield settings, StackDescription.read(settings.stack_file)
        finally:
            background.stop(settings)
