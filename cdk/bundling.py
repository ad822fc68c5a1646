"""Builds the one bundle of all Lambda functions without Docker (docs/decisions/0003-lambda-bundles.md)."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from adapters.clients import AwsService

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("domain", "adapters", "resolvers", "processor", "webhooks")
LOCK = ROOT / "requirements" / "lambda.txt"
PROBES_LOCK = ROOT / "requirements" / "probes.txt"
# The Python version of the Lambdas. cdk/function.py deploys the managed runtime of this version, and the tests hold the
# workflows and the documents to it (tests/infrastructure/test_shared_values.py).
RUNTIME_VERSION = "3.13"
_BUNDLES = ROOT / "cdk.out.bundles"
_OWN = (Path(__file__).resolve(), ROOT / "adapters" / "clients.py")  # where it is written what a bundle holds


class BundlingFailed(Exception):
    """The bundle cannot be built as required. The message gives the reason in one sentence."""


@dataclass(frozen=True)
class Target:
    """The runtime that a bundle is built for.

    `interpreter` compiles the bundle; without one it contains only source.
    """

    version: str
    platform: str | None  # uv's name of the platform; None means the platform of the interpreter
    interpreter: Path | None

    @property
    def name(self) -> str:
        """The name of the target in the names of its bundles."""
        return self.platform or "this-machine"


def lambda_target(*, needs_bytecode: bool) -> Target:
    """Returns the target of the Lambdas' runtime on arm64.

    Without its Python version on this machine, the bundle has no bytecode and every cold start compiles it. The
    function then prints a warning on standard error, or raises BundlingFailed when bytecode is needed.
    """
    interpreter = _find_interpreter(RUNTIME_VERSION)
    if interpreter is None:
        if needs_bytecode:
            raise BundlingFailed(
                f"A deploy needs Python {RUNTIME_VERSION} for the Lambdas' bytecode, and none was found by uv, on PATH "
                f"or in pyenv: install one (uv python install {RUNTIME_VERSION}) and try again."
            )
        print(f"No Python {RUNTIME_VERSION} found: the Lambda bundle has source only.", file=sys.stderr)
    return Target(RUNTIME_VERSION, "aarch64-manylinux2014", interpreter)


def interpreter_target(interpreter: Path) -> Target:
    """Returns the target of an interpreter on this machine, with which the embedded local cloud runs Lambdas.

    Raises BundlingFailed when the path is not a Python interpreter.
    """
    version = _version_of(interpreter)
    if version is None:
        raise BundlingFailed(f"{interpreter} is not a Python interpreter.")
    return Target(version, None, interpreter)


def bundle(target: Target) -> Path:
    """Returns the folder of the bundle.

    The bundle is rebuilt when sources, lock file or target changed since the last build.
    """
    with _alone(target):
        return _built(target.name, target, _shipped_files(), _build)


def probes() -> Path:
    """Returns a folder with the package `probes` and its packages. boto3 is that of Lambda's runtime."""
    target = Target(RUNTIME_VERSION, "aarch64-manylinux2014", None)
    files = sorted(file for file in (ROOT / "probes").rglob("*") if file.suffix in {".py", ".json"})

    def build(target: Target, folder: Path) -> None:
        _install(target, folder, PROBES_LOCK)
        shutil.copytree(ROOT / "probes", folder / "probes", ignore=shutil.ignore_patterns("__pycache__"))

    with _alone(target):
        return _built("probes", target, (Path(__file__).resolve(), PROBES_LOCK, *files), build)


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """Hold a lock, so that processes that synthesize at the same time build one bundle after the other."""
    _BUNDLES.mkdir(exist_ok=True)
    with (_BUNDLES / f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _built(name: str, target: Target, inputs: Iterable[Path], make: Callable[[Target, Path], None]) -> Path:
    """Returns the folder that `make` makes of the inputs, and deletes those that it made of earlier inputs."""
    folder = _BUNDLES / f"{name}-{_digest(target, inputs)}"
    if not folder.exists():
        making = _BUNDLES / f"{folder.name}.{os.getpid()}"
        make(target, making)
        for old in _BUNDLES.glob(f"{name}-*"):
            if old != making:
                shutil.rmtree(old, ignore_errors=True)
        making.rename(folder)
    return folder


def _build(target: Target, folder: Path) -> None:
    # An edit of our sources leaves the packages as they are.
    packages = _built(f"packages-{target.name}", target, (LOCK, *_OWN), _build_packages)
    shutil.copytree(packages, folder, copy_function=os.link)  # nothing edits a finished folder
    for source in SOURCES:
        shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__", "*.js"))
    _compile(target, folder, SOURCES)


def _build_packages(target: Target, folder: Path) -> None:
    _install(target, folder)
    prune(folder, get_args(AwsService))
    _compile(target, folder, [entry.name for entry in folder.iterdir()])


def _install(target: Target, folder: Path, lock: Path = LOCK) -> None:
    platform = ["--python-platform", target.platform] if target.platform else []
    options = [
        "--quiet",
        "--only-binary",
        ":all:",
        "--no-compile-bytecode",
        "--link-mode=copy",  # with hard links, an edit of the bundle would change uv's cache
        "--require-hashes",
        "--requirement",
        str(lock),
    ]
    _run([_uv(), "pip", "install", "--target", str(folder), "--python-version", target.version, *platform, *options])
    _remove_scripts(folder)
    (folder / ".lock").unlink(missing_ok=True)


def _remove_scripts(folder: Path) -> None:
    """Delete the packages' commands, whose first line and whose hash in RECORD hold the path of this folder."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in folder.glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../"))))


def prune(folder: Path, services: Collection[str]) -> None:
    """Delete botocore's data of all services except the given ones.

    botocore has data of 400 services. It lists all their folders and reads the endpoints of all services whenever it
    creates a client. boto3's own data describe resources, which no Lambda uses, so that they are deleted as well.
    Raises BundlingFailed for a service that botocore does not know, because a Lambda would otherwise fail on it in
    production.
    """
    data = folder / "botocore" / "data"
    models = {service: sorted(data.glob(f"{service}/*/service-2.json.gz")) for service in services}
    if missing := [service for service, files in models.items() if not files]:
        raise BundlingFailed(f"botocore has no data of {', '.join(missing)}: see AwsService in adapters/clients.py.")
    for entry in data.iterdir():
        if entry.is_dir() and entry.name not in services:
            shutil.rmtree(entry)
    shutil.rmtree(folder / "boto3" / "data")
    prefixes = {_endpoint_prefix(files[-1]) for files in models.values()}
    file = data / "endpoints.json"
    endpoints = json.loads(file.read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in prefixes}
    file.write_text(json.dumps(endpoints, separators=(",", ":")))


def _endpoint_prefix(model: Path) -> str:
    """Returns the name in endpoints.json of the service that botocore's gzipped model describes."""
    prefix: str = json.loads(gzip.decompress(model.read_bytes()))["metadata"]["endpointPrefix"]
    return prefix


def _compile(target: Target, folder: Path, parts: Iterable[str]) -> None:
    if target.interpreter is None:
        return
    # The bytecode is unchecked because Lambda's disk is read-only and has other modification times, which would
    # invalidate checked bytecode. -s and -p replace this machine's paths, so that the same sources give the same bytes
    # on any machine.
    options = ["-q", "-s", str(folder), "-p", "/var/task", "--invalidation-mode", "unchecked-hash"]
    _run([str(target.interpreter), "-m", "compileall", *options, *(str(folder / part) for part in parts)])


def _digest(target: Target, inputs: Iterable[Path]) -> str:
    digest = hashlib.sha256(repr((target.version, target.platform, target.interpreter)).encode())
    for path in inputs:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _shipped_files() -> Iterator[Path]:
    yield from (LOCK, *_OWN)
    for source in SOURCES:
        yield from sorted((ROOT / source).rglob("*.py"))


def _find_interpreter(version: str) -> Path | None:
    search = subprocess.run(  # noqa: S603 - our own uv
        [_uv(), "python", "find", "--no-project", version],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
    )
    candidates = [Path(search.stdout.strip())] if search.returncode == 0 else []
    if on_path := shutil.which(f"python{version}"):
        candidates.append(Path(on_path))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob(f"versions/{version}*/bin/python"))
    return next((candidate for candidate in candidates if _version_of(candidate) == version), None)


def _version_of(interpreter: Path) -> str | None:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        output = subprocess.run(  # noqa: S603 - an interpreter of this machine
            [str(interpreter), "-c", program], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return output.stdout.strip()


def _uv() -> str:
    own = ROOT / ".tools" / "uv" / "bin" / "uv"
    program = str(own) if own.exists() else shutil.which("uv")
    if program is None:
        raise BundlingFailed("uv was not found: run `make` targets, which bring it, or put it on PATH.")
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tools
    if done.returncode:
        raise BundlingFailed(f"{' '.join(command[:3])} failed: {done.stderr.strip()}")


def main() -> None:
    """Print the folder of the bundle for an interpreter of this machine: `python -m cdk.bundling PATH`."""
    try:
        print(bundle(interpreter_target(Path(sys.argv[1]))))
    except BundlingFailed as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
