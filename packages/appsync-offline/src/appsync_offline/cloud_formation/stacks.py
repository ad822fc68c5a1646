"""The stacks of a template file or of CDK's cloud assembly, with the files that their templates take from S3."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from appsync_offline.cloud_formation.templates import Template, read_template
from appsync_offline.control_plane.reader import CannotRead

_STACK = "aws:cloudformation:stack"
_NESTED_ASSEMBLY = "cdk:cloud-assembly"


class NoFile(Exception):
    """A file that a template takes from S3 is not here. The message says which and why."""


@dataclass(frozen=True)
class Stack:
    """A stack: its name, its template, and the files of its assets by the key that they have in S3."""

    name: str
    template: Template
    assets: Mapping[str, Path] = field(default_factory=dict)

    def text(self, location: object) -> str:
        """Returns the text of a file in S3: an `s3://` address of an asset, or a path beside the template.

        Raises NoFile.
        """
        if isinstance(location, Mapping):  # SAM and `aws cloudformation package` write {"Bucket", "Key"}
            location = f"s3://{location.get('Bucket')}/{location.get('Key')}"
        file = self._file(str(location))
        try:
            return file.read_text()
        except IsADirectoryError as fault:
            raise NoFile(f"{location} is the folder {file}, and AppSync takes a file") from fault
        except (OSError, UnicodeDecodeError) as fault:
            raise NoFile(f"{location} is the file {file}, which cannot be read") from fault

    def _file(self, location: str) -> Path:
        url = urlsplit(location)
        if url.scheme not in {"s3", "https"}:
            return self.template.file.parent / location
        key = url.path.lstrip("/")
        for name, file in self.assets.items():
            if key == name or key.endswith(f"/{name}"):
                return file
        raise NoFile(f"{location} is none of the stack's assets")


def stacks_of(path: Path) -> list[Stack]:
    """Returns the stacks of a `cdk.out` folder, or the one of a template file. Raises CannotRead."""
    if path.is_dir():
        stacks = list(_assembly(path))
        if not stacks:
            raise CannotRead(f"{path} has no stack: run `cdk synth` first.")
        return stacks
    if not path.exists():
        raise CannotRead(f"There is no {path}: run `cdk synth` first, or name a template file.")
    return [Stack(path.stem.removesuffix(".template"), read_template(path))]


def _assembly(folder: Path) -> Iterator[Stack]:
    """Yields the stacks of a cloud assembly and of the stages in it (cloud-assembly-schema, "manifest.json")."""
    for name, artifact in _read(folder / "manifest.json").get("artifacts", {}).items():
        properties = artifact.get("properties") or {}
        if artifact.get("type") == _NESTED_ASSEMBLY:
            yield from _assembly(folder / properties["directoryName"])
        elif artifact.get("type") == _STACK:
            template = read_template(folder / properties["templateFile"])
            yield Stack(properties.get("stackName", name), template, dict(_assets(folder / f"{name}.assets.json")))


def _assets(manifest: Path) -> Iterator[tuple[str, Path]]:
    if not manifest.exists():
        return
    for asset in _read(manifest).get("files", {}).values():
        source = asset.get("source", {}).get("path")
        for destination in asset.get("destinations", {}).values():
            if source and destination.get("objectKey"):
                yield destination["objectKey"], manifest.parent / source


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text())
    except OSError as fault:
        raise CannotRead(f"{file} is missing: {file.parent} is no output of `cdk synth`.") from fault
    except ValueError as fault:
        raise CannotRead(f"{file} is not JSON: {fault}") from fault
    if not isinstance(content, dict):
        raise CannotRead(f"{file} is no cloud assembly of CDK.")
    return content
