"""Checks that an account meets the requirements of a stage, and that somebody hears of its alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cdk.stages import InvalidSetting, Stage

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient


_UNRESERVED = 100  # invocations that Lambda does not let an account reserve


def check_concurrency(stage: Stage, aws_lambda: LambdaClient) -> None:
    """Raises InvalidSetting if the account's Lambda concurrency is too small for the stage.

    The processor may use half of what the resolver uses too, or what the resolver's reservation leaves, of which Lambda
    wants at least 100. A throttled request is an error for its caller, whereas events wait. A new account often has a
    limit of 10 instead of 1,000 (Lambda Developer Guide, "Lambda quotas", "Configuring reserved concurrency").
    """
    try:
        limit = aws_lambda.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    except (BotoCoreError, ClientError) as fault:
        raise InvalidSetting(f"The account's Lambda concurrency cannot be read: {fault}") from fault
    needed = 2 * stage.processor_concurrency
    if stage.resolver_concurrency:
        needed = stage.resolver_concurrency + max(_UNRESERVED, stage.processor_concurrency)
    if limit < needed:
        raise InvalidSetting(
            f"Stage {stage.name} needs a Lambda concurrency of {needed}; the account has {limit}: ask for more in "
            "Service Quotas (Lambda, Concurrent executions)."
        )


def unconfirmed_topics(stage: Stage, sns: SNSClient) -> Sequence[str]:
    """Returns the stage's topics of alarms with an address that waits for its confirmation, and so reaches nobody.

    Raises InvalidSetting if they cannot be read.
    """
    try:
        subscriptions = [
            subscription
            for page in sns.get_paginator("list_subscriptions").paginate()
            for subscription in page["Subscriptions"]
        ]
    except (BotoCoreError, ClientError) as fault:
        raise InvalidSetting(f"Whether the addresses of alarms are confirmed cannot be read: {fault}") from fault
    topics = {
        subscription["TopicArn"].rpartition(":")[2]
        for subscription in subscriptions
        if subscription["SubscriptionArn"] == "PendingConfirmation"
    }
    return sorted(topic for topic in topics if topic.startswith(stage.operations_stack))
