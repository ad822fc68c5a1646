"""Checks that an account meets the requirements of a stage before the stage is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cdk.stages import InvalidSetting, Stage

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def check_concurrency(stage: Stage, aws_lambda: LambdaClient) -> None:
    """Raises InvalidSetting if the processor could use more than half of the account's Lambda concurrency.

    The resolver uses the same concurrency. A throttled request is an error for its caller, whereas events wait. A new
    account often has a limit of 10 instead of 1,000 (Lambda Developer Guide, "Lambda quotas").
    """
    try:
        limit = aws_lambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    except (BotoCoreError, ClientError) as fault:
        raise InvalidSetting(f"The account's Lambda concurrency cannot be read: {fault}") from fault
    needed = 2 * stage.processor_concurrency
    if limit < needed:
        raise InvalidSetting(
            f"Stage {stage.name} needs a Lambda concurrency of {needed}, twice its processor's; the account has "
            f"{limit}: ask for more in Service Quotas (Lambda, Concurrent executions)."
        )
