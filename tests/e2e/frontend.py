"""A frontend's folder: modules of examples/frontends and of the client's README, and the packages that they import."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.pages.application import Application
from local.settings import ROOT
from tests.e2e.javascript import node

_CLIENT = Application("client", ROOT / "packages" / "client")
_BEGINNING = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
# The strictest settings that frontends commonly use.
_FLAGS = """
    strict noUncheckedIndexedAccess exactOptionalPropertyTypes noImplicitOverride noImplicitReturns noUnusedLocals
    noPropertyAccessFromIndexSignature noUnusedParameters verbatimModuleSyntax skipLibCheck noEmit
"""
_STRICT = {
    "target": "ES2022",
    "module": "NodeNext",
    "lib": ["ES2023", "DOM", "DOM.Iterable"],
    "types": [],
    "jsx": "react-jsx",
    **dict.fromkeys(_FLAGS.split(), True),
}


def blocks(page: Path) -> Mapping[str, str]:
    """Returns the fenced blocks of a page by what stands after the fence."""
    return dict(re.findall(r"^```(\w+ ?\S*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL))


def modules(page: Path) -> Mapping[str, str]:
    """Returns the TypeScript modules of a page by their names."""
    return {kind.split()[1]: text for kind, text in blocks(page).items() if kind.startswith(("ts ", "tsx "))}


def install(folder: Path) -> None:
    """Install the packed client, as `npm install` of its file does, into a folder that contains frontends."""
    node.install()
    _CLIENT.install()
    subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", folder], cwd=_CLIENT.folder, check=True, capture_output=True
    )
    (packed,) = folder.glob("*.tgz")
    target = folder / "node_modules"
    target.mkdir()
    subprocess.run(["tar", "-xzf", packed, "-C", target], check=True)
    (target / "package").rename(target / "tasks-api-client")
    installed = _CLIENT.folder / "node_modules"
    for name in ("@graphql-typed-document-node", "@standard-schema", "@tanstack", "@types", "csstype", "react"):
        (target / name).symlink_to(installed / name)


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a frontend of these files, beside which the client is installed. Returns the folder."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": _STRICT, "include": ["*.ts", "*.tsx"]}))
    (folder / "node_modules").symlink_to(node.FOLDER / "node_modules")
    return folder


def type_errors(folder: Path) -> str:
    """Returns what the TypeScript compiler finds."""
    compiler = _CLIENT.folder / "node_modules" / ".bin" / "tsc"
    return subprocess.run([compiler, "-p", folder], capture_output=True, text=True, check=False).stdout


def bundle(folder: Path, script: str) -> Path:
    """Bundle a frontend's script for Node. Returns the bundle."""
    compiler = node.FOLDER / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=esm", "--splitting", "--external:ws", "--external:graphql"]
    output = ["--outdir=bundle", "--out-extension:.js=.mjs", "--log-level=warning", f"--banner:js={_BEGINNING}"]
    subprocess.run([compiler, script, *options, *output], cwd=folder, check=True)
    return folder / "bundle" / Path(script).with_suffix(".mjs")
