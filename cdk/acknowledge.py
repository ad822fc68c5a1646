"""Acknowledges findings of cdk-nag.

Each acknowledgment stands beside the construct that it concerns and gives a reason.
"""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one AwsSolutions finding on a construct and its children. `rule` is the rule's name in the report."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
