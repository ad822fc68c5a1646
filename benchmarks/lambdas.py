"""Runs a bundle's handlers in a warm process that receives invocations over a pipe."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local.ministack import INTERPRETER

_WORKER = Path(__file__).parent / "worker.py"


@dataclass(frozen=True)
class Measured:
    """One measured invocation. `spent` and `waited` are in milliseconds; `waited` is the time in AWS calls.

    A call is `service.operation`, the request's body and the answer's body. `logged` is in bytes.
    """

    answer: Any
    spent: float
    waited: float
    calls: Sequence[tuple[str, str, str]]
    logged: int = 0

    @property
    def python(self) -> float:
        """Milliseconds outside AWS calls, including the signing, serializing and parsing of these calls."""
        return self.spent - self.waited


@dataclass(frozen=True)
class Lambda:
    """Handlers of one bundle, in one process."""

    requests: IO[str]
    answers: IO[str]

    def __call__(self, handler: str, event: object) -> Measured:
        """Invoke `module.function`. Raises EOFError when it failed; the process writes the reason to standard error."""
        print(json.dumps({"handler": handler, "event": event}), file=self.requests, flush=True)
        line = self.answers.readline()
        if not line:
            raise EOFError(f"{handler} failed")
        return Measured(**json.loads(line))


def command(folder: Path, lambdas_own: Path, environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Returns arguments and environment of an interpreter with the standard library, the bundle and Lambda's packages.

    The option -P excludes the working directory, which holds the repository's sources.
    """
    return [str(INTERPRETER), "-S", "-P"], {**environment, "PYTHONPATH": f"{folder}:{lambdas_own}"}


@contextlib.contextmanager
def a_lambda(folder: Path, lambdas_own: Path, environment: Mapping[str, str]) -> Iterator[Lambda]:
    """Starts a warm process, and ends it afterwards."""
    arguments, variables = command(folder, lambdas_own, environment)
    with subprocess.Popen(
        [*arguments, str(_WORKER)], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("unreachable: both are pipes")
        yield Lambda(process.stdin, process.stdout)
        process.stdin.close()
