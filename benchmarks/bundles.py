"""Builds the Lambda packages that are compared, each as it would be deployed."""

import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3

from cdk.bundling import ROOT, bundle, interpreter_target
from local.ministack import INTERPRETER

_BASELINE = Path(__file__).parent / "baseline"
_UV = ROOT / ".tools" / "uv" / "bin" / "uv"
_LAMBDAS_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
_ZIP_EPOCH = 315_532_800  # 1980-01-01, the time that the CDK gives every file of an asset
BARE = '''"""The least that answers from a table."""

import os

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    """One GetItem."""
    key = {"S": f"TASK#{event['arguments']['id']}"}
    return dynamodb.get_item(TableName=os.environ["TABLE_NAME"], Key={"PK": key, "SK": key})["Item"]
'''


@dataclass(frozen=True)
class Bundles:
    """Read-only folders. `lambdas_own` is boto3 with bytecode, as in Lambda's runtime; our bundle has its own boto3."""

    lambdas_own: Path
    ours: Path
    ours_without_bytecode: Path
    baseline: Path
    baseline_with_bytecode: Path
    bare: Path


def build(folder: Path) -> Bundles:
    """Builds all packages in this folder, for the interpreter that runs Lambdas locally."""
    built = Bundles(*(folder / name for name in Bundles.__dataclass_fields__))
    built.lambdas_own.mkdir(parents=True)
    packages = Path(boto3.__file__).parent.parent
    for name in _LAMBDAS_OWN:
        source = packages / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, built.lambdas_own / name)
    _compile(built.lambdas_own)
    shutil.copytree(bundle(interpreter_target(INTERPRETER)), built.ours)
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(built.ours, built.ours_without_bytecode, ignore=without)
    _install_baseline(built.baseline)
    shutil.copytree(built.baseline, built.baseline_with_bytecode)
    _compile(built.baseline_with_bytecode)
    built.bare.mkdir()
    (built.bare / "bare.py").write_text(BARE)
    for package in (built.ours, built.ours_without_bytecode, built.baseline, built.baseline_with_bytecode, built.bare):
        _ship(package)
    return built


def sizes(folder: Path) -> tuple[float, float]:
    """Returns the zipped size (deflated, as the CDK's assets are) and the unzipped size, in MB."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(folder))
    return archive.stat().st_size / 1e6, sum(path.stat().st_size for path in files) / 1e6


def _install_baseline(folder: Path) -> None:
    command = [str(_UV), "pip", "install", "--quiet", "--target", str(folder), "--python", str(INTERPRETER)]
    lock = str(_BASELINE / "requirements.txt")
    subprocess.run([*command, "--only-binary", ":all:", "--require-hashes", "--requirement", lock], check=True)
    shutil.copytree(_BASELINE, folder / "baseline", ignore=shutil.ignore_patterns("__pycache__", "requirements.*"))


def _compile(folder: Path) -> None:
    options = ["-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([str(INTERPRETER), "-m", "compileall", *options, str(folder)], check=True)


def _ship(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (_ZIP_EPOCH, _ZIP_EPOCH))
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)
