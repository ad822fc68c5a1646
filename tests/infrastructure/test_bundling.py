"""The bundle contains everything that the Lambdas need to create their clients."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import boto3
import botocore
import pytest

from adapters.clients import AwsService
from cdk.bundling import BundlingFailed, bundle, interpreter_target, prune
from local.ministack import INTERPRETER
from tests.infrastructure.conftest import Synthesized

SERVICES = get_args(AwsService)
START = """
import importlib, json, sys
services, handlers = map(json.loads, sys.argv[1:])
for handler in handlers:
    module, _, function = handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
    if module == "resolvers.handler":
        models = {"adapters.messages", "adapters.received_deliveries"} & sys.modules.keys()
        assert not models, f"the resolvers start later with {models}, which only read messages"
from adapters.clients import client
print(json.dumps({service: client(service).meta.endpoint_url for service in services}))
"""


def test_every_lambda_starts_from_the_bundle_and_its_clients_find_their_endpoints(dev: Synthesized) -> None:
    handlers = [function["Handler"] for function in dev.of_type("AWS::Lambda::Function").values()]
    handlers.sort(key="resolvers.handler.handler".__ne__)  # the resolvers first, to see what they import
    assert handlers[0] == "resolvers.handler.handler"
    environment = {
        "PYTHONPATH": str(bundle(interpreter_target(INTERPRETER))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TABLE_NAME": "tasks",
        "TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:events",
        "UNRELAYED_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/unrelayed",
        "MAIL_FROM": "tasks@example.com",
        "CONFIGURATION_SET": "mail",
        "UNSUBSCRIBE_URL": "https://api.example.com/mail/unsubscribe",
        "USER_POOL_ID": "eu-central-1_Pool",
        "DELIVERY_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/deliveries",
        "WEBHOOK_MASTER_KEY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:master-key",
        "GRAPHQL_URL": "https://api.example.com/graphql",
        "POWERTOOLS_METRICS_NAMESPACE": "TasksApi",
        "POWERTOOLS_SERVICE_NAME": "test",
    }

    # -S excludes site-packages and -P excludes the current directory, so that every import must come from the bundle.
    done = subprocess.run(
        [str(INTERPRETER), "-S", "-P", "-c", START, json.dumps(SERVICES), json.dumps(handlers)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    session = boto3.Session(region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    assert json.loads(done.stdout) == {service: session.client(service).meta.endpoint_url for service in SERVICES}


def test_a_service_that_botocore_has_no_data_of_fails_the_build(tmp_path: Path) -> None:
    _copy_of_botocores_data(tmp_path)

    with pytest.raises(BundlingFailed, match=r"botocore has no data of dynamo-db: see AwsService"):
        prune(tmp_path, ["sns", "dynamo-db"])


def test_the_data_of_other_services_do_not_ship(tmp_path: Path) -> None:
    _copy_of_botocores_data(tmp_path)

    prune(tmp_path, ["sns"])

    assert [entry.name for entry in (tmp_path / "botocore" / "data").iterdir() if entry.is_dir()] == ["sns"]
    endpoints = json.loads((tmp_path / "botocore" / "data" / "endpoints.json").read_text())
    assert {name for partition in endpoints["partitions"] for name in partition["services"]} == {"sns"}


def _copy_of_botocores_data(folder: Path) -> None:
    data = Path(botocore.__file__).parent / "data"
    for service in ("sns", "sqs"):
        shutil.copytree(data / service, folder / "botocore" / "data" / service)
    shutil.copy2(data / "endpoints.json", folder / "botocore" / "data")
    (folder / "boto3" / "data").mkdir(parents=True)
