"""Reads CloudFormation templates: JSON, YAML with its short forms of functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from appsync_offline.control_plane.reader import CannotRead

Section = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A stack's template. `file` is where it was read from."""

    file: Path
    resources: Section
    parameters: Section = field(default_factory=dict)
    conditions: Section = field(default_factory=dict)
    mappings: Section = field(default_factory=dict)
    outputs: Section = field(default_factory=dict)


def read_template(file: Path) -> Template:
    """Returns the template in a file. Raises CannotRead."""
    try:
        content = parsed(file.read_text())
    except (OSError, ValueError) as fault:
        raise CannotRead(f"The template {file} cannot be read: {fault}") from fault
    if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
        raise CannotRead(f"{file} is no CloudFormation template: it has no Resources.")
    if "Transform" in content:
        raise CannotRead(
            f"{file} has a transform, {content['Transform']}, which only CloudFormation runs. Serve the processed "
            "template: `aws cloudformation get-template --template-stage Processed`."
        )
    sections = ("Parameters", "Conditions", "Mappings", "Outputs")
    return Template(file, content["Resources"], *(content.get(name) or {} for name in sections))


def parsed(text: str) -> Any:
    """Returns the content of a JSON or YAML template. Raises ValueError."""
    if text.lstrip().startswith("{"):
        return json.loads(text)
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader # nosec B506
    except yaml.YAMLError as fault:
        raise ValueError(str(fault)) from fault


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags: `!Ref`, `!GetAtt a.b`, and `!Name` for `Fn::Name`."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> Mapping[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.YAMLError(f"{name} has no value")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)
