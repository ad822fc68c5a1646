"""Synthesizes the template of each stage, with mail, once."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.cx_api import CloudAssembly

from cdk.app import build
from cdk.bundling import ROOT
from cdk.rule_groups import BAD_INPUTS, COMMON_RULES
from cdk.stages import STAGES

DOCUMENTS = "https://github.com/owner/tasks-api/blob/main/"
Resources = Mapping[str, Mapping[str, Any]]


class Synthesized:
    """The CloudFormation template of a stage."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.resources: Resources = template["Resources"]

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Returns the properties of the resources of a type, by logical id."""
        return {
            id_: resource.get("Properties", {}) for id_, resource in self.resources.items() if resource["Type"] == kind
        }

    def the(self, kind: str, *, named: str = "") -> Mapping[str, Any]:
        """Returns the properties of the only resource of the type whose logical id contains `named`."""
        (resource,) = (properties for id_, properties in self.of_type(kind).items() if named in id_)
        return resource


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], CloudAssembly]:
    """Returns a function that returns the cloud assembly of a stage."""

    @cache
    def assembly(stage: str) -> CloudAssembly:
        context = {
            **json.loads((ROOT / "cdk.json").read_text())["context"],
            "stage": stage,
            "alarmEmail": "oncall@example.com",
            "mailFrom": "tasks@example.com",
            "documents": DOCUMENTS,
            "ruleVersions": f"{COMMON_RULES}=Version_1.2,{BAD_INPUTS}=Version_3.4",
        }
        app = App(outdir=str(tmp_path_factory.mktemp(stage)), context=context)
        build(app)
        return app.synth()

    return assembly


@pytest.fixture(scope="session")
def synthesized(assemblies: Callable[[str], CloudAssembly]) -> Callable[[str], Synthesized]:
    """Returns a function that returns the template of `<stage>` or `<stage>-Operations`."""

    @cache
    def synthesize(stack: str) -> Synthesized:
        name, _, kind = stack.partition("-")
        stage = STAGES[name]
        names = {"": stage.stack, "Operations": stage.operations_stack}
        return Synthesized(assemblies(name).get_stack_by_name(names[kind]).template)

    return synthesize


@pytest.fixture
def dev(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("dev")


@pytest.fixture
def production(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production")
