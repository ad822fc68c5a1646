"""A command that cannot run the stack gives the reason in one sentence and leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.description import StackDescription
from local.ministack import INTERPRETER
from local.settings import ROOT, Settings
from tests.e2e.clients import PATIENCE, Api
from tests.e2e.conftest import free_port


def run(command: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must give up."""
    return subprocess.run(
        [sys.executable, "-m", "local", command],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DATA": str(data), "PORT": "1", "MINISTACK_PORT": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["up", "start"])
def test_a_taken_port_is_named_with_who_holds_it(tmp_path: Path, command: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]

        done = run(command, tmp_path, PORT=str(port), MINISTACK_PORT=str(free_port()))

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken by process {os.getpid()}")
    assert done.stderr.count("\n") == 1


def test_a_missing_node_is_said(tmp_path: Path) -> None:
    done = run("up", tmp_path, PATH=str(tmp_path), PORT=str(free_port()), MINISTACK_PORT=str(free_port()))

    assert (done.returncode, done.stderr) == (1, "Node.js was not found: install version 20 or newer.\n")


def test_a_port_that_is_no_number_is_said(tmp_path: Path) -> None:
    done = run("up", tmp_path, PORT="many")

    assert (done.returncode, done.stderr) == (1, "PORT must be a port number, 1 to 65535; it is 'many'.\n")


@pytest.mark.parametrize("command", ["up", "start"])
def test_a_port_that_is_named_twice_is_said(tmp_path: Path, command: str) -> None:
    done = run(command, tmp_path, PORT="4000", TLS_PORT="4000")

    assert (done.returncode, done.stderr) == (1, "PORT and TLS_PORT must differ; both are 4000.\n")


def test_stop_without_a_stack_is_no_fault(tmp_path: Path) -> None:
    done = run("stop", tmp_path, PORT=str(free_port()), MINISTACK_PORT=str(free_port()))

    assert (done.returncode, done.stdout) == (0, "Nothing was running.\n")


def test_a_token_is_printed_for_a_demo_user(stack: StackDescription, settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local", "token", "alice"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DATA": str(settings.data), "MINISTACK_PORT": str(settings.ministack_port)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.count(".") == 2


def test_local_data_are_for_their_owner_alone_and_logs_hold_no_credentials(
    stack: StackDescription, settings: Settings
) -> None:
    secrets = [stack.api_key, *(user.password for user in stack.users), "PRIVATE KEY"]
    bundles = settings.data / "unpacked"  # which come and go
    files = [file for file in settings.data.rglob("*") if bundles not in file.parents and file.is_file()]
    holding = [file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)]

    assert settings.data.stat().st_mode & 0o777 == 0o700
    assert {"stack.json", "server.key", "config.json"} <= {file.name for file in holding}
    assert [file for file in holding if file.stat().st_mode & 0o077] == []
    assert [file for file in holding if file.suffix == ".log"] == []


async def test_the_bundles_of_lambda_processes_are_unpacked_into_the_local_data(api: Api, settings: Settings) -> None:
    async with api.http(api.with_key()) as http:
        await http.create("unpacked")

    assert list((settings.data / "unpacked").glob("ministack-lambda-*"))


def test_a_token_without_a_stack_is_refused(tmp_path: Path) -> None:
    done = run("token", tmp_path)

    assert (done.returncode, done.stderr) == (1, "No local stack is running: `make up` starts one.\n")


def test_broken_local_data_are_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / ".tasks-api").touch()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lambda.json").write_text("{")

    done = run("up", tmp_path, PORT=str(free_port()), MINISTACK_PORT=str(free_port()))

    assert done.returncode == 1
    assert done.stderr == f"The local data are broken ({tmp_path}/state/lambda.json): `make reset` wipes them.\n"


# These variables would keep every Node program, every Python program and every AWS client from running.
HOSTILE = {
    "NODE_OPTIONS": "--require=/nothing/there.js",
    "PYTHONPATH": "/nothing/there",
    "AWS_PROFILE": "of-nobody",
    "AWS_CONFIG_FILE": __file__,
    "AWS_ENDPOINT_URL_LAMBDA": "http://evil.example",
}


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[psutil.Popen]:
    """Yields the process of a stack that is being deployed into `tmp_path`."""
    environment = {**os.environ, **HOSTILE, "LOCAL_DATA": str(tmp_path)}
    environment |= {"PORT": str(free_port()), "MINISTACK_PORT": str(free_port())}
    runner = psutil.Popen([sys.executable, "-m", "local", "up"], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        # The children are the embedded cloud and the deployment.
        wait_for(lambda: len(runner.children(recursive=True)) > 1, within=60)
        yield runner
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            runner.terminate()
        runner.wait(30)
        run("stop", tmp_path)


def test_what_changes_other_programs_does_not_reach_those_of_the_stack(starting: psutil.Popen) -> None:
    family = starting.children(recursive=True)

    leaked = {name: value for process in family for name, value in process.environ().items() if name in HOSTILE}

    assert leaked == {"AWS_CONFIG_FILE": os.devnull}


def test_ctrl_c_while_starting_leaves_no_process_behind(starting: psutil.Popen, tmp_path: Path) -> None:
    family = starting.children(recursive=True)

    starting.send_signal(signal.SIGINT)

    assert starting.wait(30) == 0
    assert family
    wait_for(lambda: not any(process.is_running() for process in family))
    assert not (tmp_path / "up.pid").exists()
    assert not (tmp_path / "unpacked").exists()


@pytest.mark.parametrize("command", ["up", "start"])
def test_a_second_run_of_the_same_data_is_refused(starting: psutil.Popen, tmp_path: Path, command: str) -> None:
    done = run(command, tmp_path, PORT=str(free_port()), MINISTACK_PORT=str(free_port()))

    assert done.returncode == 1
    assert done.stderr == f"The stack is running already (process {starting.pid}): `make stop` ends it.\n"
    assert starting.is_running()


def test_stop_ends_what_a_killed_run_left_behind(starting: psutil.Popen, tmp_path: Path) -> None:
    family = starting.children(recursive=True)

    starting.kill()
    starting.wait(PATIENCE)
    done = run("stop", tmp_path)

    assert (done.returncode, done.stdout) == (0, "Stopped.\n")
    assert family
    assert not any(process.is_running() for process in family)
    assert not (tmp_path / "up.pid").exists()
    assert not (tmp_path / "unpacked").exists()


def test_a_process_that_came_to_a_dead_runs_id_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "up.pid").write_text("1")
    os.utime(tmp_path / "up.pid", (0, 0))

    assert run("stop", tmp_path).stdout == "Nothing was running.\n"


def wait_for(condition: Callable[[], bool], *, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_embedded_cloud_alone_listens_on_its_port_of_this_machine_and_starts_nothing_else(tmp_path: Path) -> None:
    port = free_port()
    # The first three would open doors to the network; without a secret the program makes one and prints it.
    variables = {"MINISTACK_HOST": "0.0.0.0", "SFTP_ENABLED": "1", "IOT_MTLS_ENABLED": "1", "GATEWAY_PORT": "1"}
    environment = {**os.environ, **variables, "STATE_DIR": str(tmp_path), "S3_DATA_DIR": str(tmp_path)}
    environment.pop("AWS_SECRET_ACCESS_KEY", None)
    cloud = psutil.Popen(
        [str(INTERPRETER), "-m", "local.embedded_cloud", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_for(lambda: bool(listeners(cloud)), within=60)
        printed = [cloud.stdout.readline().partition("=")[0] for _ in range(2)]
        listening = listeners(cloud)
    finally:
        cloud.terminate()
        cloud.wait(30)

    assert listening == [("127.0.0.1", port)]
    assert printed == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


def listeners(program: psutil.Popen) -> list[tuple[object, ...]]:
    """Returns the addresses on which a program and its children listen."""
    family = [program, *program.children(recursive=True)]
    connections = [connection for process in family for connection in process.net_connections()]
    return [tuple(connection.laddr) for connection in connections if connection.status == psutil.CONN_LISTEN]
