"""Checks the types of resolver code with TypeScript and AWS's types, where Node is there.

AppSync refuses code with errors of types when it is deployed. Its compiler options are not published; these find what
users reported: a spread where an argument is required, and a value of another shape in a variable.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_LINE = re.compile(r"(?P<file>\d+)\.js\((?P<line>\d+),(?P<column>\d+)\): error (?P<error>TS\d+): (?P<text>.*)")
# An unknown member of an object literal. The types of @aws-appsync/utils/dynamodb take the item's type as a parameter,
# which JavaScript cannot name, so that they know none of its attributes.
_IGNORED = frozenset({"TS2353"})
_TIMEOUT = 120  # seconds
_TYPES = "@aws-appsync/utils"
# `util`, `extensions` and `runtime` are also available without an import.
_GLOBALS = """
import * as appsync from '@aws-appsync/utils';
declare global {
  const util: typeof appsync.util;
  const extensions: typeof appsync.extensions;
  const runtime: typeof appsync.runtime;
}
"""


class CannotCheck(Exception):
    """TypeScript or AWS's types are not installed. The message says which."""


def type_errors(codes: Mapping[str, str], folder: Path) -> list[str]:
    """Returns the type errors of each code as `name: line:column: text`. Raises CannotCheck.

    `folder` or a folder above it has `node_modules` with `typescript` and `@aws-appsync/utils`.
    """
    compiler, types = (_installed(name, folder) for name in ("typescript/bin/tsc", _TYPES))
    names = list(codes)
    with tempfile.TemporaryDirectory() as folder_name:
        work = Path(folder_name)
        for number, name in enumerate(names):
            (work / f"{number}.js").write_text(codes[name])
        (work / "globals.d.ts").write_text(_GLOBALS)
        options = {
            "allowJs": True,
            "checkJs": True,
            "noEmit": True,
            "target": "es2022",
            "lib": ["es2022"],
            "module": "esnext",
            "moduleDetection": "force",
            "moduleResolution": "bundler",
            "types": [],
            "skipLibCheck": True,
            "paths": {_TYPES: [str(types)], f"{_TYPES}/*": [f"{types}/*", f"{types}/lib/*"]},
        }
        files = ["globals.d.ts", *(f"{number}.js" for number in range(len(names)))]
        (work / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": files}))
        try:
            done = subprocess.run(  # noqa: S603 - the project's own compiler
                ["node", str(compiler), "--pretty", "false", "-p", str(work)],  # noqa: S607 - Node of the user's path
                capture_output=True,
                text=True,
                cwd=work,
                timeout=_TIMEOUT,
                check=False,
            )
        except FileNotFoundError as fault:
            raise CannotCheck("Node is not installed.") from fault
    return list(_errors(done.stdout, names))


def _errors(output: str, names: list[str]) -> Iterator[str]:
    for line in output.splitlines():
        match = _LINE.fullmatch(line)
        if match and match["error"] not in _IGNORED:
            yield f"{names[int(match['file'])]}: {match['line']}:{match['column']}: {match['text']}"
        elif not match and line and not line.startswith(" "):
            raise CannotCheck(f"TypeScript says: {line}")


def _installed(path: str, folder: Path) -> Path:
    for parent in (folder, *folder.parents):
        if (parent / "node_modules" / path).exists():
            return parent / "node_modules" / path
    name = path.split("/bin/")[0]
    raise CannotCheck(f"install {name} beside your app (npm install --save-dev {name}).")
