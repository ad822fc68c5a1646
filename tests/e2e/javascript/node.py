"""Runs this folder's scripts with Node, which use the API as a frontend does."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PATIENCE = 180  # seconds


def run(script: str, settings: Mapping[str, object], *, within: float = PATIENCE, **environment: str) -> Any:
    """Returns what the script prints, decoded from JSON.

    The function installs the scripts' packages when they are missing or outdated. Raises AssertionError when the script
    fails, or takes longer than `within` seconds.
    """
    return json.loads(output(script, json.dumps(settings), within=within, **environment))


def install() -> None:
    """Install the scripts' packages when they are missing or outdated."""
    installed, wanted = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent"], cwd=FOLDER, check=True)


def output(script: str, *arguments: str, within: float = PATIENCE, **environment: str) -> str:
    """Returns what the script prints. The function installs packages and raises as `run` does."""
    install()
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=FOLDER,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
