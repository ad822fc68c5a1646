"""Reads the names of deployed resources from the outputs of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import boto3
from botocore.exceptions import ClientError

from operations.errors import CommandCannotRun


class NotDeployed(CommandCannotRun):
    """The stack does not exist or lacks an output. The message names what is missing."""


@dataclass(frozen=True, slots=True)
class DeployedConsumer:
    """The queues of one consumer of the topic, or of the deliveries to webhooks.

    `dead_letters` holds what the consumer could not process, and `undelivered` what SNS could not deliver to `queue`.
    """

    name: str
    queue: str
    dead_letters: str
    undelivered: str | None = None

    @property
    def failures(self) -> Sequence[str]:
        """The queues that are normally empty, whose messages may go back to `queue`."""
        return [url for url in (self.dead_letters, self.undelivered) if url]


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployed resources that commands use. Queues and the API are named by their URLs.

    `unrelayed` holds the stream records that the relay could not read.
    """

    table: str
    topic: str
    user_pool: str
    unrelayed: str
    consumers: Sequence[DeployedConsumer]
    graphql_url: str
    deliveries: DeployedConsumer | None = None

    @property
    def workers(self) -> Sequence[DeployedConsumer]:
        """The consumers and the deliveries, which stacks of earlier versions lack."""
        return [*self.consumers, *([self.deliveries] if self.deliveries else [])]

    @property
    def queues_of_failures(self) -> Sequence[str]:
        """The queues that are normally empty, whose messages stay for 14 days."""
        return [*(url for worker in self.workers for url in worker.failures), self.unrelayed]

    @classmethod
    def of(cls, stack_name: str) -> Self:
        """Returns the resources of the stack. Raises NotDeployed, or botocore's ClientError when access is denied."""
        try:
            stacks = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        except ClientError as fault:
            # CloudFormation's code for a stack that does not exist
            if fault.response["Error"]["Code"] != "ValidationError":
                raise
            raise NotDeployed(f"There is no stack {stack_name} in this account and region.") from fault
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
        return cls.from_outputs(stack_name, outputs)

    @classmethod
    def from_outputs(cls, stack_name: str, outputs: Mapping[str, str]) -> Self:
        """Returns the resources that a stack's outputs name. Raises NotDeployed."""

        def named(name: str) -> str:
            if name not in outputs:
                raise NotDeployed(
                    f"The stack {stack_name} has no output {name}: it is not the product's, or of an older version."
                )
            return outputs[name]

        # A consumer has the outputs `Consumer<Name>QueueUrl`, `Consumer<Name>DeadLetterQueueUrl` and
        # `Consumer<Name>UndeliveredQueueUrl` (cdk/consumer.py). Stacks of earlier versions have one consumer, without
        # the prefix.
        suffix = "DeadLetterQueueUrl"
        names = sorted(name.removesuffix(suffix) for name in outputs if name.endswith(suffix)) or [""]
        consumers = {}
        for name in names:
            queue = named(f"{name}QueueUrl")
            letters, undelivered = named(f"{name}{suffix}"), named(f"{name}UndeliveredQueueUrl")
            # A stack may name the queues of its processor a second time, as earlier versions did.
            consumers[queue] = DeployedConsumer(
                name.removeprefix("Consumer") or "Processor", queue, letters, undelivered
            )
        deliveries = None
        if "DeliveriesQueueUrl" in outputs:
            deliveries = DeployedConsumer(
                "Deliveries", named("DeliveriesQueueUrl"), named("DeliveriesFailuresQueueUrl")
            )
        return cls(
            table=named("TableName"),
            topic=named("TopicArn"),
            user_pool=named("UserPoolId"),
            unrelayed=named("UnrelayedQueueUrl"),
            consumers=list(consumers.values()),
            graphql_url=named("GraphqlUrl"),
            deliveries=deliveries,
        )
