"""The commands that run the stack say in one sentence why they cannot, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local.description import StackDescription
from local.settings import ROOT, Settings
from tests.e2e.clients import PATIENCE
from tests.e2e.conftest import free_port


def run(command: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that has to give up."""
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


def test_ctrl_c_while_starting_leaves_no_process_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "LOCAL_DATA": str(tmp_path)}
    environment |= {"PORT": str(free_port()), "MINISTACK_PORT": str(free_port())}
    running = subprocess.Popen([sys.executable, "-m", "local", "up"], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    runner = psutil.Process(running.pid)
    wait_for(lambda: (tmp_path / "log" / "deploy.log").exists())
    family = runner.children(recursive=True)

    running.send_signal(signal.SIGINT)

    assert running.wait(30) == 0
    assert family
    wait_for(lambda: not any(process.is_running() for process in family))
    assert not (tmp_path / "up.pid").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
