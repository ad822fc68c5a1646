"""Deploys edited sources without synthesizing the app.

The deployed template with the new sources equals a newly synthesized template, which takes ten times as long.
CloudFormation deploys the template and rolls a failed edit back. The next `make up` synthesizes the app and deploys
every remaining difference.
"""

import copy
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
from graphql import GraphQLSchema

from local import source_checks
from local.clients import access
from local.deployment import STACK
from local.errors import CannotRun
from local.ministack import INTERPRETER
from local.settings import ROOT, Settings

LAMBDA_FOLDERS = ("resolvers", "domain", "adapters", "processor", "webhooks")
SCHEMA = "schema.graphql"
_PATIENCE = 60  # seconds for CloudFormation
_PROPERTIES = "Properties"
_WHOLE = "save a file of cdk/ to deploy the whole app"
_EDITED = "edited/"  # key prefix of edits in the asset bucket

Template = dict[str, Any]


def update(settings: Settings, *, lambdas: bool, root: Path = ROOT) -> Sequence[str]:
    """Deploy the current schema and resolver code, and with `lambdas` also the Lambdas' code. Returns hints to print.

    Raises CannotRun, which names file and line if an edit is at fault. Nothing is deployed then.
    """
    deployed: Template = dict(
        boto3.client("cloudformation", **access(settings)).get_template(StackName=STACK)["TemplateBody"]
    )
    template = copy.deepcopy(deployed)
    schema = _put_schema(template, root)
    _put_resolver_code(template, root)
    if lambdas:
        _put_lambda_code(settings, template, root)
    if template != deployed:
        _deploy(settings, template)
        _forget_earlier_edits(settings, template)
    return list(_hints(template, schema))


def _put_schema(template: Template, root: Path) -> GraphQLSchema:
    text = (root / SCHEMA).read_text()
    schema = source_checks.check_schema(SCHEMA, text)
    for resource in _resources(template, "AWS::AppSync::GraphQLSchema"):
        resource[_PROPERTIES]["Definition"] = text
    return schema


def _put_resolver_code(template: Template, root: Path) -> None:
    checked: dict[str, str] = {}
    for resource in _resources(template, "AWS::AppSync::Resolver"):
        path = resource.get("Metadata", {}).get("source")
        if path is None:
            continue
        text = (root / path).read_text()
        deployed, mark = _without_mark(resource[_PROPERTIES]["Code"])
        if text != deployed and path not in checked:
            source_checks.check_resolver_code(root, path)
            checked[path] = text
        resource[_PROPERTIES]["Code"] = text + mark


def _without_mark(code: str) -> tuple[str, str]:
    """The code as its file has it, and the last line, which says which schema it was deployed with (cdk/api.py)."""
    *lines, mark = code.splitlines(keepends=True)
    return "".join(lines), mark


def _put_lambda_code(settings: Settings, template: Template, root: Path) -> None:
    source_checks.check_python(root, LAMBDA_FOLDERS)
    bundle = _bundle(root)
    functions = boto3.client("lambda", **access(settings)).list_functions()["Functions"]
    variables = [function.get("Environment", {}).get("Variables", {}) for function in functions]
    source_checks.check_handlers(
        INTERPRETER,
        bundle,
        LAMBDA_FOLDERS,
        [function["Handler"] for function in functions],
        {
            **settings.aws_environment(),
            **{name: value for environment in variables for name, value in environment.items()},
        },
    )
    key = f"{_EDITED}{bundle.name}.zip"
    boto3.client("s3", **access(settings)).put_object(Bucket=_bucket(template), Key=key, Body=_zipped(bundle))
    for code in _codes(template):
        code["S3Key"] = key
    # An edit is published as no version, which each save would add: the aliases follow the newest code until `make up`.
    for alias in _resources(template, "AWS::Lambda::Alias"):
        alias[_PROPERTIES]["FunctionVersion"] = "$LATEST"


def _hints(template: Template, schema: GraphQLSchema) -> Iterator[str]:
    resolved = {
        (resource[_PROPERTIES]["TypeName"], resource[_PROPERTIES]["FieldName"])
        for resource in _resources(template, "AWS::AppSync::Resolver")
    }
    roots = [kind for kind in (schema.query_type, schema.mutation_type, schema.subscription_type) if kind]
    for kind in roots:
        for field in kind.fields:
            if (kind.name, field) not in resolved:
                yield f"{kind.name}.{field} has no resolver yet: {_WHOLE}."
    for type_name, field in sorted(resolved):
        if field not in getattr(schema.get_type(type_name), "fields", {}):
            yield f"{type_name}.{field} is not in the schema, and its resolver is still deployed: {_WHOLE}."


def _resources(template: Template, kind: str) -> Iterator[dict[str, Any]]:
    return (resource for resource in template["Resources"].values() if resource["Type"] == kind)


def _bundle(root: Path) -> Path:
    # The bundling runs as a separate program, because nothing in `local` imports the CDK app.
    done = subprocess.run(
        [sys.executable, "-m", "cdk.bundling", str(INTERPRETER)], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotRun(f"the Lambdas could not be bundled: {done.stderr.strip()[-500:]}")
    return Path(done.stdout.strip())


def _zipped(folder: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in sorted(folder.rglob("*")):
            zipped.write(file, file.relative_to(folder))
    return archive.getvalue()


def _deploy(settings: Settings, template: Template) -> None:
    cloudformation, s3 = boto3.client("cloudformation", **access(settings)), boto3.client("s3", **access(settings))
    bucket, key = _bucket(template), f"{_EDITED}template.json"
    s3.put_object(
        Bucket=bucket, Key=key, Body=json.dumps(template).encode()
    )  # the template exceeds the limit of an inline template
    cloudformation.update_stack(
        StackName=STACK, TemplateURL=f"{settings.aws_endpoint}/{bucket}/{key}", Capabilities=["CAPABILITY_IAM"]
    )
    deadline = time.monotonic() + _PATIENCE
    while (status := cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]).endswith("PROGRESS"):
        if time.monotonic() > deadline:
            raise CannotRun(f"CloudFormation was not done after {_PATIENCE} seconds.")
        time.sleep(0.05)
    if status != "UPDATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        why = [event.get("ResourceStatusReason") for event in events if event["ResourceStatus"].endswith("FAILED")]
        raise CannotRun(f"CloudFormation refused: {why[0] if why else status}")


def _forget_earlier_edits(settings: Settings, template: Template) -> None:
    # The embedded cloud holds every version of each edit in memory.
    s3, bucket = boto3.client("s3", **access(settings)), _bucket(template)
    used = {code["S3Key"] for code in _codes(template)}
    for old in s3.list_object_versions(Bucket=bucket, Prefix=_EDITED).get("Versions", []):
        if old["Key"] not in used or not old["IsLatest"]:
            s3.delete_object(Bucket=bucket, Key=old["Key"], VersionId=old["VersionId"])


def _bucket(template: Template) -> str:
    """Returns the bucket that holds the CDK's assets."""
    return str(next(_codes(template))["S3Bucket"])


def _codes(template: Template) -> Iterator[dict[str, str]]:
    return (resource[_PROPERTIES]["Code"] for resource in _resources(template, "AWS::Lambda::Function"))
