"""Starts, stops and resets the local stack as a background process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from local import ministack, preconditions
from local.banner import banner
from local.description import StackDescription
from local.errors import CannotRun
from local.processes import end_marked
from local.settings import ROOT, Settings

_STARTING = 180  # seconds; the first start deploys everything
_STOPPING = 120  # seconds; covers events in flight, shutdown, and on a busy machine the deletion of unpacked bundles


def start(settings: Settings) -> None:
    """Start the stack in the background and return when it is ready. Raises CannotRun."""
    claim(settings)
    preconditions.check(settings)
    settings.stack_file.unlink(missing_ok=True)
    log = settings.log("up")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--unattended"],
            cwd=ROOT,
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + _STARTING
    while not settings.stack_file.exists():
        if process.poll() is not None:
            raise CannotRun(f"The stack did not start: {_last_line(log)}")
        if time.monotonic() > deadline:
            stop(settings)
            raise CannotRun(f"The stack was not ready after {_STARTING} seconds; its log is {log}.")
        time.sleep(0.1)
    print(*log.read_text().splitlines()[:-1], sep="\n")  # the log without the last line, which the banner replaces
    print(banner(StackDescription.read(settings.stack_file), ends_with="`make stop`", watches=settings.watches))


def claim(settings: Settings) -> None:
    """Reserve the data folder for this stack and this user, and end the processes that a killed stack left behind.

    Raises CannotRun if another stack uses the folder.
    """
    running = runner(settings)
    if running and running.pid != os.getpid():
        raise CannotRun(f"The stack is running already (process {running.pid}): `make stop` ends it.")
    if not running and end_marked(settings.data):
        print("Ended what an earlier run had left behind.", flush=True)
    # The folder holds keys, passwords and tokens, also in the data and logs of third-party programs.
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.data.chmod(0o700)


def stop(settings: Settings) -> bool:
    """Shut the running stack down and wait until it has ended.

    Returns whether a stack, or a process of an earlier stack, was running.
    """
    running = runner(settings)
    if running is None:
        settings.process_file.unlink(missing_ok=True)
        settings.stack_file.unlink(missing_ok=True)
        was_running = end_marked(settings.data)
        ministack.discard_unpacked_bundles(settings)
        return was_running
    running.send_signal(signal.SIGTERM)
    try:
        running.wait(_STOPPING)
    except psutil.TimeoutExpired as fault:
        raise CannotRun(f"The stack (process {running.pid}) did not stop within {_STOPPING} seconds.") from fault
    return True


def reset(settings: Settings) -> None:
    """Stop the stack and delete its data."""
    stop(settings)
    shutil.rmtree(settings.data, ignore_errors=True)


def runner(settings: Settings) -> psutil.Process | None:
    """Returns the process that runs the stack, or None."""
    try:
        process = psutil.Process(int(settings.process_file.read_text()))
        # The system reuses process ids. The process is ours only if it is older than the file.
        is_ours = process.create_time() <= settings.process_file.stat().st_mtime
        return process if is_ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _last_line(log: Path) -> str:
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else f"its log {log} is empty."
