"""Runs the gateway's own comparison with its peers at a cloud of this machine (packages/appsync-offline/benchmarks)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.cloud import Cloud
from benchmarks.rows import Row, sampled
from local.settings import ROOT

_COMPARE = ROOT / "packages" / "appsync-offline" / "benchmarks" / "compare.py"


def rows(cloud: Cloud) -> list[Row]:
    """Returns the rows of all its measurements. Raises CalledProcessError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples.json"
        command = [sys.executable, str(_COMPARE), "--aws-endpoint", cloud.settings.aws_endpoint, "--json", str(samples)]
        subprocess.run(command, env=cloud.settings.aws_environment(), check=True)
        return [
            sampled(row["id"], row["ours"], row["other"], row["unit"], row["note"])
            for row in json.loads(samples.read_text())
        ]
