"""The console: Altair, set up for the local stack."""

import json
import shutil
import subprocess
from pathlib import Path

from local.description import StackDescription
from local.errors import CannotRun

_RENDER = Path(__file__).parent / "render.cjs"
_QUERIES = Path(__file__).parent / "queries"
_SUBSCRIPTION = "subscription"


def prepare(stack: StackDescription, folder: Path) -> None:
    """Fill the folder with Altair's files and a page that knows the endpoint, the API key and some queries.

    Raises CannotRun.
    """
    shutil.copytree(Path(_node("folder", "")), folder, dirs_exist_ok=True)
    (folder / "index.html").write_text(_node("page", json.dumps(_options(stack))))


def _options(stack: StackDescription) -> dict[str, object]:
    # What Altair's AppSync provider takes (Altair documentation, "Subscriptions").
    appsync = {
        "aws_appsync_graphqlEndpoint": stack.graphql_url,
        "aws_appsync_region": stack.region,
        "aws_appsync_authenticationType": "API_KEY",
        "aws_appsync_apiKey": stack.api_key,
    }
    window = {
        "endpointURL": stack.graphql_url,
        "subscriptionsEndpoint": stack.graphql_url,
        "initialHeaders": {"x-api-key": stack.api_key},
        "initialSubscriptionRequestHandlerId": "app-sync",
        "initialRequestHandlerAdditionalParams": appsync,
        "initialSubscriptionsPayload": appsync,
    }
    windows = [
        {**window, "initialName": file.stem.partition("-")[2].replace("-", " "), "initialQuery": file.read_text()}
        for file in sorted(_QUERIES.glob("*.graphql"))
    ]
    return {"baseURL": "/", **window, "initialWindows": windows, "instanceStorageNamespace": f"tasks-{stack.api_key}"}


def _node(task: str, given: str) -> str:
    done = subprocess.run(["node", str(_RENDER), task], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"The console could not be prepared: {done.stderr.strip()[:500]}")
    return done.stdout
