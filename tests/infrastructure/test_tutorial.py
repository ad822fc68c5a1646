"""Whoever follows docs/tutorial.md step by step sees what it says, in a copy of the repository."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.settings import ROOT
from tests.guides import copied
from tests.infrastructure.test_guides import CALL, ROOMS

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
DIFFS = re.findall(r"```diff\n(.*?)```", TUTORIAL, flags=re.DOTALL)
UNITS = (
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    *(f"tests/unit/test_{of}.py" for of in ("age", "outputs", "fields")),
    "tests/integration/test_resolvers.py",
)
PROGRAM = """
    task = call("createTask", input={"title": "Milk"})
    print(task["ageInDays"])
    answer = handler(field_event("Query.tasksByUser", {}, ANNA), LambdaContext())
    print([item["ageInDays"] for item in answer["data"]["items"]])
    answer = handler(field_event("Query.taskChanges", {}, ANNA), LambdaContext())
    print([item["ageInDays"] for item in answer["data"]["changed"]])
"""


def apply(copy: Path, diffs: Sequence[str]) -> None:
    for diff in diffs:
        subprocess.run(["git", "apply", "-C1", "--recount", "-"], cwd=copy, input=diff, text=True, check=True)


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False)


def test_the_field_answers_and_the_guard_of_fields_asks_for_the_last_step(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    steps, declared = DIFFS[:4], DIFFS[4:6]

    apply(copy, steps)
    used = run(copy, "-c", CALL + PROGRAM)
    before = run(copy, *UNITS)
    apply(copy, declared)
    after = run(copy, *UNITS)

    assert used.returncode == 0, used.stderr[-3000:]
    assert [line for line in used.stdout.splitlines() if not line.startswith("{")] == ["0", "[0]", "[0]"]
    assert before.returncode == 1
    failed = set(re.findall(r"^FAILED (\S+?)::", before.stdout, flags=re.MULTILINE))
    assert failed == {"tests/unit/test_fields.py", "tests/integration/test_resolvers.py"}
    assert "ageInDays" in before.stdout
    assert after.returncode == 0, after.stdout[-3000:]


def test_the_client_and_the_board_show_the_field(tmp_path: Path) -> None:
    copy = copied(tmp_path)

    apply(copy, DIFFS)

    for package in ("packages/client", "examples/board"):
        (copy / package / "node_modules").symlink_to(ROOT / package / "node_modules")
        checked = subprocess.run(
            ["npm", "run", "--silent", "check"], cwd=copy / package, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, f"{package}: {checked.stdout[-3000:]}{checked.stderr[-1000:]}"


def test_what_the_tutorial_names_exists() -> None:
    assert {"domain", "resolvers", "adapters"} <= set(ROOMS)
    for target in ("up", "unit", "board", "schema-docs", "check"):
        assert f"make {target}" in TUTORIAL
        assert f"\n{target}: " in (ROOT / "Makefile").read_text()


def test_the_words_of_the_first_change_are_pinned_by_one_test() -> None:
    """README, "Your first change"."""
    words = re.search(r'length = f?"(must be 1 to .*)"', (ROOT / "domain" / "text.py").read_text())
    assert words
    unchanging = words[1].split("}")[-1]

    pinning = [
        test.relative_to(ROOT).as_posix()
        for suite in ("unit", "integration", "e2e", "smoke", "trust")
        for test in (ROOT / "tests" / suite).rglob("*.py")
        if unchanging in test.read_text()
    ]

    assert pinning == ["tests/unit/test_text.py"]
    assert "LENGTH = " in (ROOT / "tests" / "unit" / "test_text.py").read_text()
