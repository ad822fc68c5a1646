"""Changes the code in small ways and counts the changes that a test detects: `python -m tests.mutants [SUBJECT]`.

mutmut makes the mutants and runs the tests that reach each mutant, on a copy of the checkout in a temporary folder. The
subject `domain` runs the unit tests against every mutant of `domain/`. The subject `product` runs unit and integration
tests against a sample of the mutants of all shipped code.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdk.bundling import SOURCES

ROOT = Path(__file__).parent.parent
FLOOR = 0.95
SURVIVED = (0, 33)  # mutmut's exit codes: the tests passed, no test reaches the mutant


@dataclass(frozen=True)
class Subject:
    """The folders to mutate and the tests that have to detect the mutants."""

    sources: Sequence[str]
    tests: Sequence[str]


SUBJECTS: Mapping[str, Subject] = {
    "domain": Subject(("domain",), ("tests/unit",)),
    "product": Subject(SOURCES, ("tests/unit", "tests/integration")),
}


def main() -> int:
    """Print the counts and the survivors.

    Returns the exit code: 0 when tests killed at least 95 % of the mutants, else 1.
    """
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument("subject", choices=SUBJECTS, nargs="?", default="domain")
    parser.add_argument("--sample", type=int, help="how many mutants to try; all of them unless told")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_checkout(copy, SUBJECTS[options.subject])
        # The pattern matches no mutant. The run makes all mutants and records which tests reach which mutant.
        _mutmut(copy, "no.such.mutant")
        names = sorted(_exit_codes(copy))
        if options.sample:
            names = random.Random(options.seed).sample(names, min(options.sample, len(names)))
        _mutmut(copy, *names)
        tried = {name: code for name, code in _exit_codes(copy).items() if name in set(names)}
        survivors = sorted(name for name, code in tried.items() if code in SURVIVED)
        for name in survivors:
            print(_difference(copy, name))
    killed = len(tried) - len(survivors)
    print(f"{options.subject}: {killed} of {len(tried)} mutants killed ({killed / len(tried):.3f}), floor {FLOOR}")
    return 0 if killed >= FLOOR * len(tried) else 1


def _copy_checkout(copy: Path, subject: Subject) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, tracked):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            target.write_bytes((ROOT / name).read_bytes())
    others = sorted({name.split("/")[0] for name in tracked if name} - {*subject.sources, "tests", "pyproject.toml"})
    settings = {
        "source_paths": list(subject.sources),
        "also_copy": others,
        "pytest_add_cli_args_test_selection": list(subject.tests),
        # These tests run none of the code that is mutated.
        "pytest_add_cli_args": ["-p", "no:randomly", "-p", "no:cacheprovider"],
    }
    with (copy / "pyproject.toml").open("a") as project:
        project.write("\n[tool.mutmut]\nuse_git_change_detection = false\n")
        project.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _mutmut(copy: Path, *names: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "run", *names], cwd=copy, check=False, capture_output=True, text=True
    )
    if done.returncode and "nothing matches" not in done.stdout + done.stderr:
        sys.exit(f"mutmut failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def _exit_codes(copy: Path) -> Mapping[str, int | None]:
    return dict(_read_exit_codes(copy))


def _read_exit_codes(copy: Path) -> Iterator[tuple[str, int | None]]:
    for results in (copy / "mutants").rglob("*.meta"):
        yield from json.loads(results.read_text())["exit_code_by_key"].items()


def _difference(copy: Path, name: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=copy, check=False, capture_output=True, text=True
    )
    return shown.stdout


if __name__ == "__main__":
    sys.exit(main())
