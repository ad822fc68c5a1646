"""Checks edited sources before they are deployed, and reports errors with file and line."""

import json
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from appsync_offline.resolver_code.evaluation import programs
from appsync_offline.resolver_code.translation import InvalidCode
from appsync_offline.schema.executable import PRELUDE
from graphql import GraphQLError, GraphQLSchema, GraphQLSyntaxError, build_ast_schema, parse, validate_schema
from graphql.validation.validate import validate_sdl

from local.errors import CannotRun
from local.settings import ROOT

_ESLINT = ROOT / "node_modules" / ".bin" / "eslint"
_LOAD = """
import importlib, sys
for handler in sys.argv[1:]:
    module, _, name = handler.rpartition(".")
    getattr(importlib.import_module(module), name)
"""


def check_python(root: Path, folders: Iterable[str]) -> None:
    """Parse every Python file of the folders. Raises CannotRun for a file that does not parse."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            path = str(file.relative_to(root))
            try:
                compile(file.read_bytes(), path, "exec")
            except SyntaxError as fault:
                raise CannotRun(f"{path}, line {fault.lineno}: {fault.msg}.") from fault


def check_handlers(
    interpreter: Path, bundle: Path, folders: Sequence[str], handlers: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Load a bundle's handlers as Lambda would. Raises CannotRun, which names the line of our sources that fails."""
    done = subprocess.run(
        [str(interpreter), "-c", _LOAD, *handlers],
        cwd=bundle,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotRun(reason(done.stderr, folders))


def reason(output: str, folders: Sequence[str]) -> str:
    """Returns why a Python program failed: the last traceback position within `folders`, and the last output line."""
    places = re.findall(rf'File ".*?((?:{"|".join(folders)})/[^"]+)", line (\d+)', output)
    where = "{}, line {}: ".format(*places[-1]) if places else ""
    lines = output.strip().splitlines()
    return where + (lines[-1] if lines else "it does not say why.")


def check_schema(path: str, text: str) -> GraphQLSchema:
    """Returns the schema if AppSync would accept it. Raises CannotRun."""
    try:
        parse(text)
        # AppSync's own directives and scalars are appended, so that line numbers remain those of the file.
        document = parse(f"{text}\n{PRELUDE}")
        faults = validate_sdl(document)
        schema = build_ast_schema(document, assume_valid_sdl=True) if not faults else None
        faults = faults or (validate_schema(schema) if schema else [])
    except GraphQLSyntaxError as fault:
        faults, schema = [fault], None
    if schema is None or faults:
        raise CannotRun(f"{path}, line {_line(faults[0])}: {faults[0].message}") from faults[0]
    return schema


def check_resolver_code(root: Path, path: str) -> None:
    """Check resolver code. Raises CannotRun if AppSync's ESLint rules refuse it or a handler is missing."""
    done = subprocess.run(
        [str(_ESLINT), "--format", "json", path], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        problems: list[dict[str, Any]] = [problem for file in json.loads(done.stdout) for problem in file["messages"]]
    except ValueError as fault:
        raise CannotRun(f"{path} could not be checked: {done.stderr.strip()[:300]}") from fault
    if problems:
        raise CannotRun(f"{path}, line {problems[0]['line']}: {problems[0]['message']}")
    code = (root / path).read_text()
    program = programs([code])[code]
    if isinstance(program, InvalidCode):
        raise CannotRun(f"{path}: {program}.")


def _line(fault: GraphQLError) -> int | str:
    return fault.locations[0].line if fault.locations else "?"
