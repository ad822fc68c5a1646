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
"""What the environment of whatever a stack starts says: its data folder."""
# Seconds from SIGTERM to SIGKILL. The embedded cloud writes its data when it ends in order: killed, it forgets them.
_PATIENCE = 20


class Child:
    """A running program: its output in a log file, it and all that it started in a session of their own."""

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
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, within: float) -> None:
        """Return once it is ready. Raises CannotRun when it ends first, or takes longer than `within` seconds."""
        deadline = time.monotonic() + within
        while not is_ready():
            if not self.is_running:
                raise CannotRun(f"{self.name} ended early ({self._process.returncode}); its log is {self.log}.")
            if time.monotonic() > deadline:
                raise CannotRun(f"{self.name} was not ready after {within:.0f} seconds; its log is {self.log}.")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it in order, and whatever it left behind."""
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
    """End what carries this data folder's mark, in order first. Whether there was anything."""
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
    except (psutil.Error, OSError):  # not ours to look into, or gone
        return None
