"""A broken edit is reported with file and line before anything is deployed."""

import os
import sys
from pathlib import Path

import pytest

from local import source_checks
from local.errors import CannotRun
from local.settings import ROOT

FOLDERS = ("resolvers", "domain")
RESOLVER = (ROOT / "resolvers" / "lambda_resolver.js").read_text()
ADDED = RESOLVER.count("\n") + 2  # the line of what a test adds after an empty line


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "resolvers" / "handler.py").write_text("from domain import task\n\n\ndef handler(): ...\n")
    (tmp_path / "domain" / "task.py").write_text("import os\n\nTABLE = os.environ['TABLE_NAME']\n")
    (tmp_path / "eslint.config.mjs").symlink_to(ROOT / "eslint.config.mjs")
    return tmp_path


def check_handlers(checkout: Path, **environment: str) -> None:
    source_checks.check_handlers(
        Path(sys.executable), checkout, FOLDERS, ["resolvers.handler.handler"], {**os.environ, **environment}
    )


def test_python_that_does_not_parse(checkout: Path) -> None:
    (checkout / "domain" / "task.py").write_text("import os\n\ndef task(:\n")

    with pytest.raises(CannotRun, match=r"^domain/task\.py, line 3: invalid syntax\.$"):
        source_checks.check_python(checkout, FOLDERS)


def test_a_handler_that_cannot_be_loaded(checkout: Path) -> None:
    (checkout / "domain" / "task.py").write_text("import os\n\nimport missing\n")

    with pytest.raises(CannotRun, match=r"^domain/task\.py, line 3: ModuleNotFoundError: No module named 'missing'$"):
        check_handlers(checkout, TABLE_NAME="tasks")


def test_a_handler_that_is_gone(checkout: Path) -> None:
    (checkout / "resolvers" / "handler.py").write_text("")

    with pytest.raises(CannotRun, match=r"module 'resolvers.handler' has no attribute 'handler'"):
        check_handlers(checkout)


def test_sources_that_load_pass(checkout: Path) -> None:
    source_checks.check_python(checkout, FOLDERS)
    check_handlers(checkout, TABLE_NAME="tasks")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("type Query { a: ID }\ntype Broken {", "line 2: Syntax Error: Expected Name, found <EOF>."),
        ("type Query {\n  a: Warehouse\n}", "line 2: Unknown type 'Warehouse'."),
        ("type Query {\n  a: ID\n}\ntype Empty", "line 4: Type Empty must define one or more fields."),
        ("type Query { a: ID }\ntype Query { a: ID }", "line 1: There can be only one type named 'Query'."),
    ],
)
def test_a_schema_that_appsync_would_refuse(text: str, why: str) -> None:
    with pytest.raises(CannotRun) as refused:
        source_checks.check_schema("schema.graphql", text)

    assert str(refused.value) == f"schema.graphql, {why}"


def test_the_schema_passes() -> None:
    assert source_checks.check_schema("schema.graphql", (ROOT / "schema.graphql").read_text()).mutation_type


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{RESOLVER}\nfunction broken( {{}}", f"line {ADDED}: Parsing error: Unexpected token"),
        (f"{RESOLVER}\nasync function late() {{}}", f"line {ADDED}: Async functions are not supported"),
        ("export function request() { return {}; }", ": code must export a function response"),
    ],
)
def test_resolver_code_that_appsync_would_refuse(checkout: Path, text: str, why: str) -> None:
    (checkout / "resolvers" / "lambda_resolver.js").write_text(text)

    with pytest.raises(CannotRun, match=rf"^resolvers/lambda_resolver\.js,? ?{why}"):
        source_checks.check_resolver_code(checkout, "resolvers/lambda_resolver.js")


def test_the_resolver_code_passes() -> None:
    source_checks.check_resolver_code(ROOT, "resolvers/lambda_resolver.js")
    source_checks.check_resolver_code(ROOT, "resolvers/publish_resolver.js")
