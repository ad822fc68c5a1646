"""Provides the sections with bundles, a cloud and a local stack, each created on first use."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from benchmarks import bundles
from benchmarks.bundles import Bundles
from benchmarks.cloud import Cloud, a_cloud
from benchmarks.stack import Stack, a_stack


class Workbench:
    """`folder` holds the builds. Started processes end with `life`."""

    def __init__(self, folder: Path, life: ExitStack) -> None:
        self._folder = folder
        self._life = life

    @cached_property
    def bundles(self) -> Bundles:
        """The Lambda packages."""
        return bundles.build(self._folder / "bundles")

    @cached_property
    def cloud(self) -> Cloud:
        """A cloud with a table and a topic, without consumers."""
        return self._life.enter_context(a_cloud(self._folder / "cloud"))

    @cached_property
    def cloud_of_the_stack(self) -> Cloud:
        """Such a cloud with the stack's secret, so that a Lambda can sign for the cloud and for the stack's API."""
        return self._life.enter_context(a_cloud(self._folder / "cloud-of-the-stack", self.stack.settings.secret))

    @cached_property
    def stack(self) -> Stack:
        """A running stack of the whole product."""
        return self._life.enter_context(a_stack())
