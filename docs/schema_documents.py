"""Writes what is derived from the contract: `python -m docs.schema_documents`.

- `docs/appsync.graphql`: the scalars and directives that AppSync adds to every schema, for tools that do not know them
- `docs/schema.md`: the reference of `schema.graphql`, by the npm package graphql-markdown
- `docs/events/*.schema.json`, `docs/asyncapi.yaml`: the contract of events (docs/event_documents.py)
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from appsync_offline.schema.executable import PRELUDE

from docs.event_documents import event_documents

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """\
# What AWS AppSync adds to every schema (AppSync Developer Guide: "Scalar types in AWS AppSync", "Authorization",
# "Real-time data"). Give it to code generators and editors beside schema.graphql. Written by `make schema-docs`.
"""
_PROLOGUE = "What `schema.graphql` says, as a page. Written by `make schema-docs`; do not edit."
_CONVERTER = ROOT / "node_modules" / ".bin" / "graphql-markdown"


def documents() -> Mapping[Path, str]:
    """Returns the text of each derived file. Raises CalledProcessError when the reference cannot be made."""
    sdl = (ROOT / "schema.graphql").read_text()
    return {
        ROOT / "docs" / "appsync.graphql": _HEAD + PRELUDE,
        ROOT / "docs" / "schema.md": _reference(PRELUDE + sdl),
        **event_documents(sdl),
    }


def _reference(sdl: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".graphql") as schema:
        schema.write(sdl)
        schema.flush()
        done = subprocess.run(
            [str(_CONVERTER), "--title", "Schema reference", "--prologue", _PROLOGUE, schema.name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return done.stdout.strip() + "\n"


if __name__ == "__main__":
    for file, text in documents().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
