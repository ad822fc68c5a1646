"""Child processes that end with the stack."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from local.errors import CannotRun

_ROOT = Path(__file__).resolve().parent.parent
MARK = "TASKS_API_DATA"
"""The environment variable that marks each process of a stack. Its value is the stack's data folder."""
# Seconds from SIGTERM to SIGKILL. The embedded cloud saves its data on SIGTERM and would lose it on SIGKILL.
_PATIENCE = 20


class Child:
    """A running program in a session of its own, with its output in a log file."""

    def __init__(self, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=_ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
            )

    @property
    def is_running(self) -> bool:
        """Whether the program is still running."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, within: float) -> None:
        """Wait until `is_ready` is true. Raises CannotRun if the program ends first, or after `within` seconds."""
        deadline = time.monotonic() + within
        while not is_ready():
            if not self.is_running:
                raise CannotRun(f"{self.name} ended early ({self._process.returncode}); its log is {self.log}.")
            if time.monotonic() > deadline:
                raise CannotRun(f"{self.name} was not ready after {within:.0f} seconds; its log is {self.log}.")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut the program down, and kill the child processes that it leaves behind."""
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        for left in family:
            if left.is_running():
                left.kill()


def end_marked(data: Path) -> bool:
    """End all processes with this data folder's mark: by SIGTERM, then by SIGKILL. Returns whether there were any."""
    marked = [process for process in psutil.process_iter() if _mark(process) == str(data)]
    for process in marked:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(marked, _PATIENCE)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, _PATIENCE)
    return bool(marked)


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # the process belongs to another user, or has ended
        return None
