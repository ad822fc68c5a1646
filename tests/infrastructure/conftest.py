"""The synthesized template of each stage, made once."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from cdk.app import build

Resources = Mapping[str, Mapping[str, Any]]


class Synthesized:
    """A stage's CloudFormation template."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.resources: Resources = template["Resources"]

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Properties by logical id."""
        return {id_: one.get("Properties", {}) for id_, one in self.resources.items() if one["Type"] == kind}

    def the(self, kind: str, *, named: str = "") -> Mapping[str, Any]:
        """The properties of the one resource of this type whose logical id contains the name."""
        (found,) = (properties for id_, properties in self.of_type(kind).items() if named in id_)
        return found


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesized]:
    @cache
    def synthesize(stage: str) -> Synthesized:
        settings = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]
        app = App(outdir=str(tmp_path_factory.mktemp(stage)), context={**settings, "stage": stage})
        stack = build(app)
        return Synthesized(app.synth().get_stack_by_name(stack.stack_name).template)

    return synthesize


@pytest.fixture
def dev(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("dev")


@pytest.fixture
def production(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production")
