"""The values that callers give to `make` are data: no target lets make or a shell run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from local.settings import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
VALUES = re.search(r"^VALUES := (.*)$", MAKEFILE, re.MULTILINE)[1].split()  # type: ignore[index]
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()  # type: ignore[index]
READY = [
    *(".venv/.ready", ".tools/ministack/.ready", ".tools/codegen/.ready", "node_modules/.ready"),
    *(
        f"{folder}/node_modules/.package-lock.json"
        for folder in ("examples/board", "local/console", "packages/client", "tests/e2e/javascript")
    ),
    *("packages/appsync-offline/benchmarks/peers/node_modules/.ready", ".tools/uv/bin/uv"),
]
HOSTILE = [
    "x'; touch pwned; echo '",
    'x"; touch pwned; echo "',
    "$(touch pwned)",
    "`touch pwned`",
    "$(shell touch pwned)",
    "${shell touch pwned}",
    "$$(touch pwned)",
    "x\ntouch pwned\n",
    "; touch pwned #",
    "| touch pwned",
    "\\'; touch pwned; \\'",
]
# Appends its arguments as one line of JSON to the file RECORD, if any.
RECORDER = f"""#!/bin/sh
[ -z "$RECORD" ] || exec {sys.executable} -c '
import json, os, sys
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
' "$@"
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a checkout of empty files, except the Makefile and programs that record their arguments."""
    folder = tmp_path_factory.mktemp("checkout")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    programs = [
        *(f".venv/bin/{name}" for name in set(re.findall(r"\$\(VENV\)/([a-z-]+)", MAKEFILE))),
        *(".tools/codegen/bin/ariadne-codegen", "node_modules/.bin/eslint", ".tools/uv/bin/uv", ".tools/uv/bin/pip"),
        *("bin/npm", "bin/python3"),
    ]
    for name in [*filter(None, tracked.split("\0")), *programs, *READY]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    shutil.copy(ROOT / "Makefile", folder)
    for name in programs:
        (folder / name).write_text(RECORDER)
        (folder / name).chmod(0o755)
    for name in READY:
        os.utime(folder / name)
    return folder


# `make test` passes its own values to this test.
_OURS = {name: value for name, value in os.environ.items() if name not in VALUES and not name.startswith("MAKE")}


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--silent", *arguments],
        cwd=folder,
        env={**_OURS, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def runs(folder: Path, *arguments: str, **environment: str) -> list[list[str]]:
    """Returns the arguments of the programs that a target runs."""
    record = folder / "record"
    record.unlink(missing_ok=True)
    done = make(folder, *arguments, RECORD=str(record), **environment)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in record.read_text().splitlines()]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_target_runs_a_value(checkout: Path, value: str) -> None:
    targets = [name for name in TARGETS if name != "clean"]

    for_make = make(checkout, "--keep-going", *targets, *(f"{name}={value}" for name in VALUES))
    make(checkout, "--keep-going", *targets, **dict.fromkeys(VALUES, value))

    assert for_make.returncode == 0, for_make.stderr
    assert not list(checkout.rglob("pwned*"))


@pytest.mark.parametrize("value", HOSTILE)
def test_the_setup_runs_no_part_of_the_name_of_its_python(checkout: Path, value: str) -> None:
    environments = [f".tools/{name}" for name in ("uv/bin/uv", "ministack/.ready", "codegen/.ready")]

    make(checkout, "--always-make", "--keep-going", *environments, ".venv/.ready", f"PYTHON={value}")

    assert not list(checkout.rglob("pwned*"))


@pytest.mark.parametrize(
    ("target", "names", "expected"),
    [
        ("token", ["USERNAME"], ["-m", "local", "token", "{}"]),
        ("export-user", ["USER_ID"], ["-m", "local", "operations", "export-user", "--user={}"]),
        (
            "export-user",
            ["USERNAME", "OUTPUT"],
            ["-m", "local", "operations", "export-user", "--username={}", "--output={}"],
        ),
        ("erase-user", ["USER_ID"], ["-m", "local", "operations", "erase-user", "--user={}"]),
        ("board", ["STAGE", "REGION"], ["-m", "local.pages.board", "--stage={}", "--region={}"]),
        ("console", ["STAGE", "REGION"], ["-m", "local.pages.console", "--stage={}", "--region={}"]),
        ("drill", ["NAME"], ["-m", "tests.drills", "{}"]),
        ("mutants", ["SUBJECT", "SAMPLE"], ["-m", "tests.mutants", "--sample={}", "{}"]),
        *(
            (
                command,
                ["STAGE", "ACCOUNT", "REGION", "ALARM_EMAIL", "TRAFFIC_SHIFT", "BACKUP_COPY", "ROLE"],
                [
                    *("-m", "cdk.commands", "--stage={}", "--account={}", "--region={}", "--alarm-email={}"),
                    *("--traffic-shift={}", "--backup-copy={}", "--role={}", command),
                ],
            )
            for command in ("synth", "diff", "deploy", "destroy")
        ),
    ],
)
def test_a_value_arrives_as_it_was_given(
    checkout: Path, target: str, names: Sequence[str], expected: Sequence[str]
) -> None:
    for value in HOSTILE:
        arrived = runs(checkout, target, *(f"{name}={value}" for name in names))

        assert arrived == [[part.replace("{}", value) for part in expected]]


def test_without_values_commands_use_the_defaults(checkout: Path) -> None:
    environment = {"USERNAME": "of-the-desktop"}  # which some systems set for every process

    assert runs(checkout, "token", **environment) == [["-m", "local", "token", "alice"]]
    assert runs(checkout, "erase-user", **environment) == [["-m", "local", "operations", "erase-user", "--user="]]
    assert runs(checkout, "redrive") == [["-m", "local", "operations", "redrive"]]
    assert runs(checkout, "redrive", "INSPECT=1") == [["-m", "local", "operations", "redrive", "--inspect"]]
    assert runs(checkout, "board") == [["-m", "local.pages.board", "--stage=local", "--region=us-east-1"]]
    assert runs(checkout, "bench", "ONLY=cold_start cost *") == [["-m", "benchmarks", "cold_start", "cost", "*"]]


def test_every_variable_that_a_recipe_uses_is_a_value_or_of_the_makefile_itself() -> None:
    own = set(re.findall(r"^([A-Z_]+) [:?]?= ?", MAKEFILE, re.MULTILINE)) - set(VALUES)
    recipes = [line for line in MAKEFILE.splitlines() if line.startswith("\t")]

    in_make = {name for line in recipes for name in re.findall(r"\$[({](?:if \$\()?([A-Z_]+)", line)}
    in_shell = {name for line in recipes for name in re.findall(r"\$\$([A-Z_]+)", line)}

    assert in_make - own - {"MAKE", "MAKEFILE_LIST"} <= {"INSPECT", "OUTPUT", "SUBJECT", "SAMPLE"}, "only in conditions"
    assert in_shell <= {*VALUES, "PAGE_STAGE", "TOKEN_USERNAME"}


def test_a_check_runs_every_tool_and_names_those_that_failed(checkout: Path) -> None:
    tools = [checkout / ".venv" / "bin" / name for name in ("ruff", "lint-imports")]
    try:
        for tool in tools:
            tool.write_text("#!/bin/sh\nexit 1\n")

        done = make(checkout, "check", RECORD=str(checkout / "record"))
    finally:
        for tool in tools:
            tool.write_text(RECORDER)

    assert done.returncode != 0
    assert "> npm --prefix packages/client run --silent check" in done.stdout, "the last tool"
    failed = done.stderr.partition("These checks failed:\n")[2]
    assert [line.split()[0] for line in failed.splitlines()[:3]] == [
        ".venv/bin/ruff", ".venv/bin/ruff", ".venv/bin/lint-imports",
    ]  # fmt: skip


def test_without_git_the_linter_still_ignores_what_is_installed_and_generated() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-respect-gitignore", "--show-files", "."],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    folders = {Path(file).relative_to(ROOT).parts[0] for file in listed.split()}
    assert not folders & {".venv", ".tools", ".local", "node_modules", "cdk.out"}


def test_flags_are_given_by_the_caller_and_not_by_the_system(checkout: Path) -> None:
    of_the_desktop = {"NAME": "desktop", "REPAIR": "1", "FORWARD": "1"}
    rollback = ["-m", "cdk.rollback", "--stage=dev", "--region=us-east-1"]

    assert runs(checkout, "drill", "NAME=undelivered", "REPAIR=1") == [
        ["-m", "tests.drills", "undelivered", "--repair"]
    ]
    assert runs(checkout, "rollback", "FORWARD=1") == [[*rollback, "--forward"]]
    assert runs(checkout, "drill", **of_the_desktop) == [["-m", "tests.drills"]]
    assert runs(checkout, "rollback", **of_the_desktop) == [rollback]
