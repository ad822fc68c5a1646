"""Prepares the console: Altair, configured for the local stack."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local.description import StackDescription
from local.errors import CannotRun
from local.users import DemoUser

_RENDER = Path(__file__).parent / "render.cjs"
_QUERIES = Path(__file__).parent / "queries"
_HEAD = Path(__file__).parent / "head.html"
_SIGN_IN = _QUERIES / "sign-in.js"


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
    return {
        "baseURL": "/",
        "disableAccount": True,
        "initialSettings": {"schema.reloadOnStart": True},
        # A banner advertises an assistant that needs an account and the internet.
        "persistedSettings": {"banners.disable": True},
        "initialEnvironments": {"base": {"variables": _variables(stack)}},
        **_caller(stack, None),
        "initialWindows": [_window(stack, query) for query in _queries()],
        "instanceStorageNamespace": _namespace(stack),
    }


def _variables(stack: StackDescription) -> dict[str, object]:
    """Returns the environment's variables, which the queries and their scripts use."""
    return {
        "awsEndpointUrl": stack.aws_endpoint_url,
        "clientId": stack.user_pool_client_id,
        "users": {user.username: {"sub": user.sub, "password": user.password} for user in stack.users},
    }


def _caller(stack: StackDescription, user: DemoUser | None) -> dict[str, object]:
    """Returns the options with which a window calls and subscribes as the user, or with the API key.

    A user's window does not know the API key. It sends the token that `sign-in.js` gets before each request.
    """
    # The options of Altair's AppSync provider (Altair documentation, "Subscriptions").
    appsync = {"aws_appsync_graphqlEndpoint": stack.graphql_url, "aws_appsync_region": stack.region}
    if user:
        appsync |= {"aws_appsync_authenticationType": "AMAZON_COGNITO_USER_POOLS", "aws_appsync_jwtToken": "{{token}}"}
    else:
        appsync |= {"aws_appsync_authenticationType": "API_KEY", "aws_appsync_apiKey": stack.api_key}
    return {
        "endpointURL": stack.graphql_url,
        "subscriptionsEndpoint": stack.graphql_url,
        "initialSubscriptionRequestHandlerId": "app-sync",
        "initialRequestHandlerAdditionalParams": appsync,
        "initialSubscriptionsPayload": appsync,
        "initialHeaders": {"Authorization": "{{token}}"} if user else {"x-api-key": stack.api_key},
    }


def _namespace(stack: StackDescription) -> str:
    """Returns the browser storage namespace of one deployment, so that deployments do not share stored state."""
    return f"tasks-{stack.api_key}"


def _queries() -> Sequence[Path]:
    return sorted(_QUERIES.glob("*.graphql"))


def _window(stack: StackDescription, query: Path) -> dict[str, object]:
    """Returns the window of a query, with the scripts that run before and after the request.

    The window has the name of the file. If the name ends with `as` and a demo user, the window signs in as that user.
    """
    user = next((user for user in stack.users if query.stem.endswith(f"-as-{user.username}")), None)
    before, after = query.with_suffix(".before.js"), query.with_suffix(".after.js")
    return {
        **_caller(stack, user),
        "initialName": query.stem.partition("-")[2].replace("-", " "),
        "initialQuery": query.read_text(),
        **({"initialPreRequestScript": before.read_text()} if before.exists() else {}),
        **({"initialPostRequestScript": after.read_text()} if after.exists() else {}),
        **({"initialPreRequestScript": _SIGN_IN.read_text().replace("DEMO_USER", user.username)} if user else {}),
    }


def _node(task: str, given: str) -> str:
    done = subprocess.run(["node", str(_RENDER), task], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"The console could not be prepared: {done.stderr.strip()[:500]}")
    return done.stdout
