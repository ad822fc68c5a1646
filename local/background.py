"""Starts, stops and resets the local stack as a background process."""

import contextlib
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
_READY = "The Tasks API is ready."  # in the log of `up`; the banner replaces it
_STOPPING = 300  # seconds; the deletion of unpacked bundles, some 100,000 files, took 140 on a busy machine


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
    shown = 0
    while not settings.stack_file.exists():
        shown += _show_new_lines(log, shown)
        if process.poll() is not None:
            raise CannotRun(f"The stack did not start: {_last_line(log)}")
        if time.monotonic() > deadline:
            stop(settings)
            raise CannotRun(f"The stack was not ready after {_STARTING} seconds; its log is {log}.")
        time.sleep(0.1)
    _show_new_lines(log, shown, until=_READY)
    stack = StackDescription.read(settings.stack_file)
    print(banner(stack, ends_with="`make stop`", watches=settings.watches, log=log))


def _show_new_lines(log: Path, shown: int, *, until: str = "") -> int:
    """Print the whole lines after the first `shown` ones at once, also into a pipe, and return how many there were.

    The line `until` and those after it are not printed.
    """
    lines = [line for line in log.read_text().splitlines(keepends=True)[shown:] if line.endswith("\n")]
    if until + "\n" in lines:
        lines = lines[: lines.index(until + "\n")]
    print("".join(lines), end="", flush=True)
    return len(lines)


def claim(settings: Settings) -> None:
    """Reserve the data folder for this stack and this user, and end the processes that a killed stack left behind.

    Raises CannotRun if another stack uses the folder, or if the folder holds something else.
    """
    running = runner(settings)
    if running and running.pid != os.getpid():
        raise CannotRun(f"The stack is running already (process {running.pid}): `make stop` ends it.")
    if reason := how_it_ended(settings):
        print(f"The last run ended by itself: {reason}", flush=True)
    if not running and end_marked(settings.data):
        print("Ended what an earlier run had left behind.", flush=True)
    _occupy(settings)


def stop(settings: Settings) -> bool:
    """Shut the running stack down and wait until it has ended.

    Returns whether a stack, or a process of an earlier stack, was running. Raises CannotRun if it did not stop in time,
    or could not save its data.
    """
    if not is_ours(settings):
        return False
    running = runner(settings)
    if running is None:
        settings.process_file.unlink(missing_ok=True)
        settings.stack_file.unlink(missing_ok=True)
        was_running = end_marked(settings.data)
        ministack.discard_unpacked_bundles(settings)
        return was_running
    was_ready, began = settings.stack_file.exists(), time.time()
    running.send_signal(signal.SIGTERM)
    try:
        running.wait(_STOPPING)
    except psutil.TimeoutExpired as fault:
        raise CannotRun(f"The stack (process {running.pid}) did not stop within {_STOPPING} seconds.") from fault
    if was_ready:
        ministack.check_that_it_saved(settings, began)
    return True


def reset(settings: Settings) -> None:
    """Stop the stack and delete its data. Raises CannotRun if the folder holds something else or cannot be deleted."""
    if settings.data.exists() and not is_ours(settings):
        raise CannotRun(f"{settings.data} is no folder of local data, so that nothing was deleted.")
    with contextlib.suppress(CannotRun):  # what could not be saved is deleted anyway
        stop(settings)
    if runner(settings):
        raise CannotRun("The stack did not stop, so that nothing was deleted.")
    try:
        shutil.rmtree(settings.data)
    except FileNotFoundError:
        return
    except OSError as fault:
        raise CannotRun(f"{settings.data} could not be deleted whole: {fault.strerror}.") from fault


def is_ours(settings: Settings) -> bool:
    """Returns whether the folder is the checkout's own or has our marker. Nothing else is changed or deleted."""
    return settings.data == Settings.data or settings.marker.is_file()


def how_it_ended(settings: Settings) -> str | None:
    """Returns why the last run ended, if nobody ended it."""
    return settings.end_file.read_text() if settings.end_file.exists() else None


def _occupy(settings: Settings) -> None:
    folder = settings.data
    try:
        if not is_ours(settings) and folder.exists() and any(folder.iterdir()):
            raise CannotRun(
                f"{folder} holds other files: name a new or an empty folder with LOCAL_DATA=…; if the files are local "
                f"data of an earlier version, create {settings.marker.name} beside them."
            )
        folder.mkdir(parents=True, exist_ok=True)
        # The folder holds keys, passwords and tokens, also in the data and logs of third-party programs.
        folder.chmod(0o700)
        settings.marker.touch()
    except OSError as fault:
        raise CannotRun(f"{folder} cannot be used for local data: {fault.strerror}.") from fault


def runner(settings: Settings) -> psutil.Process | None:
    """Returns the process that runs the stack, or None."""
    if not is_ours(settings):
        return None
    try:
        process = psutil.Process(int(settings.process_file.read_text()))
        # The system reuses process ids. The process is ours only if it is older than the file.
        is_the_runner = process.create_time() <= settings.process_file.stat().st_mtime
        return process if is_the_runner and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def _last_line(log: Path) -> str:
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else f"its log {log} is empty."
