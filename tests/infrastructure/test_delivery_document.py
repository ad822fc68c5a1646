"""IAM accepts the policies that docs/delivery.md and docs/first-deployment.md give to paste."""

import json
import re

import boto3
import pytest
from moto import mock_aws

from cdk.bundling import ROOT

VALUES = {
    "account": "123456789012",
    "region": "us-east-1",
    "owner": "octo",
    "repository": "tasks",
    "stage": "staging",
    "ApiId": "abcdefghijklmnopqrstuvwxyz",
}


def policies(document: str) -> list[str]:
    """Returns the JSON blocks of a document, with values in place of the placeholders in angle brackets."""
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / document).read_text(), re.DOTALL)
    return [re.sub(r"<(\w+)>", lambda name: VALUES[name[1]], block) for block in blocks]


@pytest.mark.parametrize("document", ["delivery.md", "first-deployment.md"])
def test_iam_takes_every_policy_of_the_document(document: str) -> None:
    statements = policies(document)
    assert statements
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        for number, policy in enumerate(statements):
            if "Principal" in json.loads(policy)["Statement"][0]:
                iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=policy)
            else:
                iam.put_role_policy(RoleName="role", PolicyName=f"policy-{number}", PolicyDocument=policy)
