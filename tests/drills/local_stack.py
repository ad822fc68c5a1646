"""Drills on a running local stack."""

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import suppress
from typing import Any

import boto3
import psutil

from local.deployment import STACK, outputs
from local.description import StackDescription
from local.settings import ROOT, Settings
from operations.deployed import Deployed
from tests.drills.platforms import Fields


class LocalStack:
    """A running local stack."""

    def __init__(self, stack: StackDescription, settings: Settings) -> None:
        self.stack, self.settings = stack, settings
        self.deployed = Deployed.from_outputs(STACK, outputs(settings))
        self.dynamodb, self.sqs, self.sns, self.lambdas = map(self._client, ("dynamodb", "sqs", "sns", "lambda"))

    def mutate(self, field: str, arguments: Fields) -> Fields:
        ((name, value),) = arguments.items()
        kind = {"createTask": "CreateTaskInput!", "updateTask": "UpdateTaskInput!"}.get(field, "ID!")
        query = f"mutation($value: {kind}) {{ {field}({name}: $value) {{ id createdAt }} }}"
        request = urllib.request.Request(
            self.stack.graphql_url,
            json.dumps({"query": query, "variables": {"value": value}}).encode(),
            {"content-type": "application/json", "x-api-key": self.stack.api_key},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: Fields = json.load(response)
        changed: Fields = answer["data"][field]
        return changed

    def operate(self, command: str, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "local", "operations", command, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.settings.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def reads(self, function: str, *, enabled: bool) -> None:
        name = self.stack.functions[function]
        mappings = self.lambdas.list_event_source_mappings()["EventSourceMappings"]
        mapping = next(mapping for mapping in mappings if f":{name}" in mapping["FunctionArn"])
        self.lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def kill_workers(self) -> None:
        runner = psutil.Process(int(self.settings.process_file.read_text()))
        clouds = [child for child in runner.children() if "local.embedded_cloud" in child.cmdline()]
        for worker in (worker for cloud in clouds for worker in cloud.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                worker.kill()

    def advance(self) -> None:
        """The stack goes on by itself."""

    def logs(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self.settings.data.rglob("*.log"))

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload] # the name of any service
            endpoint_url=self.stack.aws_endpoint_url,
            region_name=self.stack.region,
            aws_access_key_id=self.stack.aws_access_key_id,
            aws_secret_access_key=self.stack.aws_secret_access_key,
        )
