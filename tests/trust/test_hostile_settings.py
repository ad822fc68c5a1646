"""The local stack works under other people's settings, and no secret of the shell reaches its programs.

Each variable has broken the stack, or another program that developers run, or belongs to the same kind.
"""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from appsync_offline.ministack.keys import role_session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local import background
from local.clients import access
from local.description import StackDescription
from local.ministack import INTERPRETER
from local.settings import ROOT, Settings
from tests.e2e.clients import Api
from tests.e2e.conftest import free_port
from tests.trust.other_user import processes_of_nobody, send
from tests.trust.scale import FULL, figures

NOWHERE = "http://127.0.0.1:9"  # nothing listens there
SECRETS = {
    "GITHUB_TOKEN": "ghp_hostile",
    "NPM_TOKEN": "npm_hostile",
    "DATABASE_URL": "postgres://anna:hostile@example/",
    "AWS_ACCESS_KEY_ID": "AKIAHOSTILE",
    "AWS_SECRET_ACCESS_KEY": "hostile",
    "AWS_SESSION_TOKEN": "hostile",
}
HOSTILE = {
    **SECRETS,
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "ALL_PROXY": NOWHERE,
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
    "PIP_USER": "1",
    "PIP_TARGET": "/nothing/there",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "UV_EXCLUDE_NEWER": "2015-01-01",
    "UV_SYSTEM_PYTHON": "1",
    "NODE_ENV": "production",
    "NODE_OPTIONS": "--require=/nothing/there.js",
    "NPM_CONFIG_OMIT": "dev",
    "npm_config_global": "true",
    "PYTHONPATH": "/nothing/there",
    "PYTHONSTARTUP": "/nothing/there.py",
    "PYTHONOPTIMIZE": "2",
    "AWS_PROFILE": "of-nobody",
    "AWS_CONFIG_FILE": __file__,
    "AWS_ENDPOINT_URL_LAMBDA": "http://evil.example",
    "AWS_CA_BUNDLE": "/nothing/there.pem",
    "CDK_OUTDIR": "/nothing/there",
    "FORCE_COLOR": "1",
    "CDPATH": "/",
    "GATEWAY_PORT": "1",
    "SFTP_ENABLED": "1",
    "IOT_MTLS_ENABLED": "1",
    "MINISTACK_HOST": "0.0.0.0",
    "PERSIST_STATE": "0",
    "LC_ALL": "C",
}
FEW_FILES = 256
BOARD = "examples/board/node_modules"


def run(command: str, settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the local stack as a developer with these settings would."""

    def allow_few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))

    return subprocess.run(
        [sys.executable, "-m", "local", command, *arguments],
        cwd=ROOT,
        env={**os.environ, **HOSTILE, **settings.environment()},
        preexec_fn=allow_few_files,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Yields the settings of a stack that was started under all hostile settings at once."""
    data = tmp_path_factory.mktemp("hostile")
    settings = Settings(port=free_port(), ministack_port=free_port(), data=data, watches=False)
    # The packages of the Lambdas are downloaded before, because no proxy of these settings answers.
    subprocess.run([sys.executable, "-m", "cdk.bundling", str(INTERPRETER)], cwd=ROOT, check=True, capture_output=True)
    try:
        started = run("start", settings)
        assert started.returncode == 0, started.stdout + started.stderr
        yield settings
    finally:
        background.stop(settings)


def api_of(settings: Settings) -> Api:
    return Api(StackDescription.read(settings.stack_file))


async def follow_a_task(api: Api) -> str:
    """Create and complete a task, wait until both changes are in its history, and return its id."""
    async with api.http(api.with_key()) as http:
        id_ = await http.create("hostile")
        await http("mutation($id: ID!) { completeTask(id: $id) { id } }", id=id_)
        async with asyncio.timeout(60):
            while True:
                answer = await http("query($id: ID!) { task(id: $id) { history { type } } }", id=id_)
                if len(answer["task"]["history"]) == 3:
                    return id_
                await asyncio.sleep(0.2)


def family(settings: Settings) -> list[psutil.Process]:
    runner = background.runner(settings)
    assert runner
    return [runner, *runner.children(recursive=True)]


async def test_the_stack_serves_and_its_event_path_runs(hostile: Settings) -> None:
    assert await follow_a_task(api_of(hostile))


async def test_no_secret_of_the_shell_reaches_a_program_of_the_stack(hostile: Settings) -> None:
    await follow_a_task(api_of(hostile))  # which starts the Lambda processes
    environments = [process.environ() for process in family(hostile)]
    allowed = {"AWS_CONFIG_FILE": os.devnull, "LC_ALL": "C"}

    leaked = [
        (name, value)
        for environment in environments[1:]
        for name, value in environment.items()
        if name in HOSTILE and value == HOSTILE[name] and name not in allowed and not _of_a_build(environment)
    ]

    assert len(environments) > 4  # runner, cloud, gateway, Lambda processes
    assert leaked == []
    assert {value for environment in environments for value in environment.values()} & set(SECRETS.values()) == set()
    figures.append(f"hostile settings: {len(HOSTILE)} variables and {FEW_FILES} files, {len(environments)} processes")


def _of_a_build(environment: Mapping[str, str]) -> bool:
    """Whether the process may download packages, for which it needs the proxy."""
    return "HTTP_PROXY" in environment


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("token", ["alice"]),
        ("status", []),
        ("operations", ["redrive", "--inspect"]),
        ("operations", ["rebuild-projections"]),
    ],
)
def test_commands_run(hostile: Settings, command: str, arguments: list[str]) -> None:
    done = run(command, hostile, *arguments)

    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def moved(hostile: Settings) -> Iterator[tuple[Settings, str]]:
    """Yields the settings of the stack after a start with other ports and AUTH=1, and the id of a task of before."""
    before = asyncio.run(follow_a_task(api_of(hostile)))
    assert run("stop", hostile).stdout == "Stopped.\n"
    settings = Settings(
        port=free_port(), ministack_port=free_port(), data=hostile.data, enforces_iam=True, watches=False
    )
    try:
        started = run("start", settings)
        assert started.returncode == 0, started.stdout + started.stderr
        yield settings, before
    finally:
        background.stop(settings)


async def test_other_ports_and_auth_over_existing_data_keep_the_event_path_and_the_data(
    moved: tuple[Settings, str],
) -> None:
    settings, before = moved
    api = api_of(settings)

    await follow_a_task(api)
    async with api.http(api.with_key()) as http:
        response: Any = await http("query($id: ID!) { task(id: $id) { status } }", id=before)
    # A command does not repeat AUTH=1 or the ports: it reads them from the stack.
    token = run("token", Settings(data=settings.data), "alice")
    inspected = run("operations", Settings(data=settings.data), "redrive", "--inspect")
    queues = boto3.client("sqs", **access(api.stack.settings(settings))).list_queues()["QueueUrls"]
    sessions = accepted_sessions(api.stack, api.stack.settings(settings)) if os.getuid() == 0 else (200, 403)

    assert response == {"task": {"status": "COMPLETED"}}
    assert token.stdout.count(".") == 2
    assert (inspected.returncode, "Traceback" in inspected.stderr) == (0, False)
    assert {url.split("/")[2] for url in queues} == {f"127.0.0.1:{settings.ministack_port}"}
    assert json.loads((settings.data / "state" / "sqs.json").read_text())
    assert sessions == (200, 403)


@pytest.mark.skipif(os.getuid() != 0 or sys.platform != "linux", reason="only root can mount a small disk")
def test_a_stop_with_a_full_disk_says_so_and_keeps_the_data_of_the_run_before(moved: tuple[Settings, str]) -> None:
    settings, _ = moved
    state = settings.data / "state"
    before = (state / "dynamodb.json").read_bytes()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(state)], check=True)
    try:
        stopped = run("stop", settings)
    finally:
        subprocess.run(["umount", str(state)], check=True)

    assert stopped.returncode == 1, stopped.stdout
    assert stopped.stderr.startswith("Stopped, but the data of this run were not saved (")
    assert (state / "dynamodb.json").read_bytes() == before
    figures.append("a full disk: the stop says so, and the data of the run before are kept")


@pytest.mark.skipif(not FULL, reason="it downloads all packages")
def test_a_clean_checkout_is_installed_whole(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    installers = {name: value for name, value in HOSTILE.items() if not name.lower().endswith("_proxy")}
    environment = {**os.environ, **installers, "npm_config_omit": "dev"}

    installed = subprocess.run(
        ["make", ".venv/.ready", ".tools/ministack/.ready", "node_modules/.ready", f"{BOARD}/.package-lock.json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert installed.returncode == 0, installed.stdout + installed.stderr
    for program in (
        ".venv/bin/pytest",
        ".tools/ministack/bin/ministack",
        "node_modules/.bin/cdk",
        f"{BOARD}/.bin/vite",
    ):
        assert (tmp_path / program).exists()
    figures.append("a clean checkout under PIP_USER, NODE_ENV, omit=dev and UV_EXCLUDE_NEWER: installed whole")


def accepted_sessions(stack: StackDescription, settings: Settings) -> tuple[int, int]:
    """Returns the gateway's answers to a request that is signed with a Lambda's session: ours, and another user's.

    The secrets of sessions derive from names that everyone can know.
    """
    function = boto3.client("lambda", **access(settings)).get_function(FunctionName=stack.functions["processor"])[
        "Configuration"
    ]
    id_, key = role_session(function["FunctionArn"], function["Role"], function["FunctionName"])
    body = json.dumps({"query": "{ __typename }"}).encode()
    request = AWSRequest("POST", stack.graphql_url, data=body, headers={"content-type": "application/json"})
    SigV4Auth(Credentials(id_, key.secret, key.session_token), "appsync", stack.region).add_auth(request)
    arguments = (stack.graphql_url, "POST", "/graphql", dict(request.headers), body)
    with processes_of_nobody() as nobody:
        return send(*arguments)[0], nobody.apply(send, arguments)[0]
