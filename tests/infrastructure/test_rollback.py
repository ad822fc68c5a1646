"""A stage goes back to the code before, all of its Lambdas or none."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from cdk import rollback
from cdk.bundling import ROOT
from cdk.rollback import CannotRollBack, plan

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

FUNCTIONS = ("resolver", "relay", "processor")


def code(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), text)
    return buffer.getvalue()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["LambdaClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        role = boto3.client("iam", region_name="us-east-1").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        client = boto3.client("lambda", region_name="us-east-1")
        for function in FUNCTIONS:
            client.create_function(
                FunctionName=function,
                Runtime="python3.13",
                Role=role["Role"]["Arn"],
                Handler="index.handler",
                Code={"ZipFile": code("first")},
                Publish=True,
            )
            client.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
        yield client


def deploy(client: "LambdaClient", text: str, *functions: str) -> None:
    for function in functions or FUNCTIONS:
        version = client.update_function_code(FunctionName=function, ZipFile=code(text), Publish=True)["Version"]
        client.update_alias(FunctionName=function, Name="live", FunctionVersion=version)


def test_each_lambda_goes_to_the_code_before_in_the_order_given(client: "LambdaClient") -> None:
    deploy(client, "second")
    deploy(client, "third")

    moves = plan(FUNCTIONS, client)

    assert [(move.function, move.before.number, move.after.number) for move in moves] == [
        ("resolver", 3, 2),
        ("relay", 3, 2),
        ("processor", 3, 2),
    ]


def test_a_version_that_changed_settings_alone_is_passed_over(client: "LambdaClient") -> None:
    deploy(client, "second")
    client.update_function_configuration(FunctionName="relay", Description="another setting")
    version = client.publish_version(FunctionName="relay")["Version"]
    client.update_alias(FunctionName="relay", Name="live", FunctionVersion=version)

    assert {move.function: move.after.number for move in plan(FUNCTIONS, client)} == dict.fromkeys(FUNCTIONS, 1)


def test_what_went_back_goes_forward_again(client: "LambdaClient") -> None:
    deploy(client, "second")
    for move in plan(FUNCTIONS, client):
        client.update_alias(FunctionName=move.function, Name="live", FunctionVersion=str(move.after.number))

    moves = plan(FUNCTIONS, client, forward=True)

    assert {(move.before.number, move.after.number) for move in moves} == {(1, 2)}


def test_without_an_earlier_version_nothing_moves(client: "LambdaClient") -> None:
    deploy(client, "second", "resolver", "processor")

    with pytest.raises(CannotRollBack, match="relay has no version with other code before version 1"):
        plan(FUNCTIONS, client)


def test_lambdas_whose_earlier_code_differs_do_not_move(client: "LambdaClient") -> None:
    deploy(client, "second", "resolver")
    deploy(client, "third")

    with pytest.raises(CannotRollBack, match="earlier code differs: deploy the commit that worked instead"):
        plan(FUNCTIONS, client)


def test_traffic_that_is_being_shifted_is_left_to_CodeDeploy(client: "LambdaClient") -> None:
    deploy(client, "second")
    client.update_alias(FunctionName="relay", Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})

    with pytest.raises(CannotRollBack, match="is shifting traffic of relay: stop its deployment instead"):
        plan(FUNCTIONS, client)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stage", "moon"], "There is no stage 'moon': name one of dev, staging, production."),
        (["--stage", "staging"], "AWS refused the rollback: Unable to locate credentials"),
    ],
)
def test_what_cannot_be_rolled_back_is_said_in_a_sentence(arguments: list[str], sentence: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    done = subprocess.run(
        [sys.executable, "-m", "cdk.rollback", *arguments],
        cwd=ROOT,
        env=environment | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")


def stacks(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """Returns the stub of the CloudFormation client that the command gets."""
    cloudformation, client_of = boto3.client("cloudformation", region_name="us-east-1"), boto3.client
    monkeypatch.setattr(
        boto3, "client", lambda name, **more: cloudformation if name == "cloudformation" else client_of(name, **more)
    )
    monkeypatch.setattr(sys, "argv", ["cdk.rollback", "--stage", "staging"])
    return Stubber(cloudformation)


def test_a_stage_that_was_never_deployed_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, client: object) -> None:
    with stacks(monkeypatch) as stub:
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id TasksApi-staging does not exist")
        with pytest.raises(SystemExit, match="There is no stack TasksApi-staging in this account and in us-east-1"):
            rollback.main()


def test_the_command_moves_the_aliases_and_prints_what_it_did(
    monkeypatch: pytest.MonkeyPatch, client: "LambdaClient", capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(client, "second")
    names = ("ResolverFunctionName", "RelayFunctionName", "ConsumerProcessorFunctionName")
    outputs = [{"OutputKey": name, "OutputValue": function} for name, function in zip(names, FUNCTIONS, strict=True)]
    stack = {"StackName": "TasksApi-staging", "CreationTime": datetime.now(UTC), "StackStatus": "UPDATE_COMPLETE"}

    with stacks(monkeypatch) as stub:
        stub.add_response("describe_stacks", {"Stacks": [stack | {"Outputs": outputs}]})
        rollback.main()

    assert {client.get_alias(FunctionName=name, Name="live")["FunctionVersion"] for name in FUNCTIONS} == {"1"}
    assert capsys.readouterr().out.splitlines()[:3] == [f"{name}: version 2 → 1" for name in FUNCTIONS]
