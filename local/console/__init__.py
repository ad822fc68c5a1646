"""Prepares the console: Altair, configured for the local stack."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local.description import StackDescription
from local.errors import CannotRun

_RENDER = Path(__file__).parent / "render.cjs"
_QUERIES = Path(__file__).parent / "queries"
_HEAD = Path(__file__).parent / "head.html"


def prepare(stack: StackDescription, folder: Path) -> None:
    """Write Altair's files and a configured page with the endpoint, the API key and sample queries into the folder.

    Raises CannotRun.
    """
    shutil.copytree(Path(_node("folder", "")), folder, dirs_exist_ok=True)
    page = _node("page", json.dumps(_options(stack)))
    head = _HEAD.read_text().replace("WINDOWS", str(len(_queries()))).replace("VISITED", f"{_namespace(stack)}-visited")
    index = folder / "index.html"
    index.unlink()  # the package's copy may be read by everyone; ours holds the API key
    index.write_text(page.replace("</head>", f"{head}</head>", 1))


def _options(stack: StackDescription) -> dict[str, object]:
    # The options of Altair's AppSync provider (Altair documentation, "Subscriptions").
    appsync = {
        "aws_appsync_graphqlEndpoint": stack.graphql_url,
        "aws_appsync_region": stack.region,
        "aws_appsync_authenticationType": "API_KEY",
        "aws_appsync_apiKey": stack.api_key,
    }
    window = {
        "endpointURL": stack.graphql_url,
        "subscriptionsEndpoint": stack.graphql_url,
        "initialSubscriptionRequestHandlerId": "app-sync",
        "initialRequestHandlerAdditionalParams": appsync,
        "initialSubscriptionsPayload": appsync,
        "initialHeaders": {"x-api-key": stack.api_key},
    }
    user = stack.users[0]
    sign_in = {
        "awsEndpointUrl": stack.aws_endpoint_url,
        "clientId": stack.user_pool_client_id,
        "username": user.username,
        "password": user.password,
    }
    return {
        "baseURL": "/",
        "disableAccount": True,
        **window,
        "initialEnvironments": {"base": {"variables": {"signIn": sign_in}}},
        "initialWindows": [{**window, **_window(query)} for query in _queries()],
        "instanceStorageNamespace": _namespace(stack),
    }


def _namespace(stack: StackDescription) -> str:
    """Returns the browser storage namespace of one deployment, so that deployments do not share stored state."""
    return f"tasks-{stack.api_key}"


def _queries() -> Sequence[Path]:
    return sorted(_QUERIES.glob("*.graphql"))


def _window(query: Path) -> dict[str, object]:
    """Returns the window of a query, named after its file, with the scripts that run before and after the request."""
    window: dict[str, object] = {
        "initialName": query.stem.partition("-")[2].replace("-", " "),
        "initialQuery": query.read_text(),
    }
    before, after = query.with_suffix(".before.js"), query.with_suffix(".after.js")
    if before.exists():
        window["initialPreRequestScript"] = before.read_text()
    if after.exists():
        window["initialPostRequestScript"] = after.read_text()
    if "token" in str(window.get("initialPreRequestScript")):
        window["initialHeaders"] = {"Authorization": "{{token}}"}
    return window


def _node(task: str, given: str) -> str:
    done = subprocess.run(["node", str(_RENDER), task], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"The console could not be prepared: {done.stderr.strip()[:500]}")
    return done.stdout
