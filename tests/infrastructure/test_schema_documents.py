"""Files derived from the contract are current: the schema reference, AppSync's definitions, the Python client."""

import os
import shutil
import subprocess
from pathlib import Path

from docs.schema_documents import documents
from local.settings import ROOT


def test_the_reference_and_appsyncs_definitions_say_what_the_schema_says() -> None:
    outdated = [file.name for file, text in documents().items() if not file.exists() or file.read_text() != text]

    assert outdated == [], "run `make schema-docs`"


def test_the_python_client_is_what_its_generator_makes_of_the_schema(tmp_path: Path) -> None:
    names = ["schema.graphql", "docs/appsync.graphql"]
    names += [f"examples/python/{name}" for name in ("pyproject.toml", "operations.graphql")]
    modules_of_the_client = ("appsync.py", "errors.py", "open_enum.py", "codegen_plugin.py")
    for name in [*names, *(f"examples/python/{module}" for module in modules_of_the_client)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    generator = ROOT / ".tools" / "codegen" / "bin" / "ariadne-codegen"
    subprocess.run(
        [str(generator)],
        cwd=tmp_path / "examples" / "python",
        env=os.environ | {"PYTHONPATH": "."},
        check=True,
        capture_output=True,
    )

    assert modules(tmp_path) == modules(ROOT), "run `make python-client`"


def modules(root: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (root / "examples" / "python" / "tasks_api").glob("*.py")}
