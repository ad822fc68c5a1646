"""Asks CloudFormation at an endpoint what stacks are deployed there."""

from collections.abc import Iterator, Mapping
from typing import Any

from appsync_offline.cloud_formation.templates import parsed
from appsync_offline.control_plane.reader import CannotRead

_ABSENT = "ValidationError"  # CloudFormation's error code for a stack that does not exist


class DeployedStacks:
    """The stacks at an endpoint. The client starts with the first question, because it takes 150 ms."""

    def __init__(self, aws_endpoint: str) -> None:
        self._endpoint = aws_endpoint
        self._client: Any = None

    def names(self, stack: str) -> Mapping[str, str]:
        """Returns the physical ids of a stack's resources; none if the stack is not deployed. Raises CannotRead."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = self._cloud_formation().get_paginator("list_stack_resources").paginate(StackName=stack)
            resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        except ClientError as fault:
            if fault.response.get("Error", {}).get("Code") == _ABSENT:
                return {}
            raise CannotRead(f"CloudFormation at {self._endpoint} refuses: {fault}") from fault
        except BotoCoreError as fault:
            raise CannotRead(f"CloudFormation at {self._endpoint} does not answer: {fault}") from fault
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources if r.get("PhysicalResourceId")}

    def resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yields stack name and properties, not evaluated, of all deployed resources of a type. Raises CannotRead."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self._cloud_formation()
            pages = client.get_paginator("list_stacks").paginate()
            for name in {stack["StackName"] for page in pages for stack in page["StackSummaries"] if _is_up(stack)}:
                for resource in _resources(client.get_template(StackName=name)["TemplateBody"]):
                    if resource.get("Type") == kind:
                        yield name, resource.get("Properties") or {}
        except (BotoCoreError, ClientError) as fault:
            raise CannotRead(f"CloudFormation at {self._endpoint} cannot be asked: {fault}") from fault

    def _cloud_formation(self) -> Any:
        if self._client is None:
            from botocore.session import Session  # takes a tenth of the gateway's start, and few ask CloudFormation

            session = Session()
            region = session.get_config_variable("region") or "us-east-1"
            if not session.get_credentials():
                session.set_credentials("test", "test")
            self._client = session.create_client("cloudformation", endpoint_url=self._endpoint, region_name=region)
        return self._client


def _is_up(stack: Mapping[str, Any]) -> bool:
    return not str(stack["StackStatus"]).startswith("DELETE")


def _resources(body: object) -> list[Mapping[str, Any]]:
    """Returns the resources of a template, which botocore has decoded if it is JSON."""
    try:
        content = parsed(body) if isinstance(body, str) else body
    except ValueError:
        return []
    resources = content.get("Resources") if isinstance(content, Mapping) else None
    return [entry for entry in (resources or {}).values() if isinstance(entry, Mapping)]
