"""Every module of examples/frontends and block of docs/frontends.md runs unchanged: in Node, a browser, a terminal."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.description import StackDescription
from local.pages.application import BOARD
from local.settings import ROOT, Settings
from tests.e2e import frontend as frontends
from tests.e2e.clients import Api, eventually
from tests.e2e.javascript import node
from tests.e2e.test_console import HAS_BROWSER

PAGE = ROOT / "docs" / "frontends.md"
BLOCKS = frontends.blocks(PAGE)
EXAMPLES = ROOT / "examples" / "frontends"
MODULES = {path.name: path.read_text() for path in EXAMPLES.glob("*.ts") if path.name != "codegen.ts"}
README = frontends.modules(ROOT / "packages" / "client" / "README.md")
CLIENTS = ["amplify", "apollo", "client", "plain", "urql"]
PATIENCE = 60  # seconds


def here(text: str, stack: StackDescription) -> str:
    """Returns the text with the stack's values in place of the examples' values."""
    values = {
        "http://127.0.0.1:4000/graphql": stack.graphql_url,
        "ws://127.0.0.1:4000/graphql": stack.graphql_url.replace("http", "ws", 1),
        "https://localhost:4443/graphql": stack.tls_graphql_url,
        "http://127.0.0.1:4566": stack.aws_endpoint_url,
        "us-east-1_EXAMPLE": stack.user_pool_id,
        "EXAMPLECLIENT": stack.user_pool_client_id,
    }
    for of_page, of_stack in values.items():
        text = text.replace(of_page, of_stack)
    return text


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder for frontends, in which the packed client is installed."""
    folder = tmp_path_factory.mktemp("frontends")
    frontends.install(folder)
    return folder


@pytest.fixture(scope="module")
def frontend(stack: StackDescription, workshop: Path) -> Path:
    """Returns a frontend of the examples' modules for the suite's stack."""
    files = {name: here(text, stack) for name, text in {**MODULES, **README}.items()}
    return frontends.lay(workshop / "frontend", {**files, "frontends.mjs": (node.FOLDER / "frontends.mjs").read_text()})


def alice(stack: StackDescription) -> dict[str, str]:
    user = next(user for user in stack.users if user.username == "alice")
    return {"username": user.username, "password": user.password}


def assert_that_each_client_works(seen: Mapping[str, Any], api: Api) -> None:
    assert seen["subject"] == api.sub("alice")
    for client in CLIENTS:
        created, completed, update = (seen[client][name] for name in ("created", "completed", "heard"))
        assert (created["status"], completed["status"], update["status"]) == ("PENDING", "COMPLETED", "COMPLETED")
        assert (update["id"], update["title"]) == (created["id"], f"Buy milk for {client}")
        assert seen[client]["refusal"] == {"text": "This task was deleted, or it is somebody else's."}


def test_every_module_compiles_in_strict_typescript(workshop: Path) -> None:
    folder = frontends.lay(workshop / "strict", {**MODULES, **README})

    assert frontends.type_errors(folder) == ""


@pytest.fixture(scope="module")
def scenarios(workshop: Path) -> Mapping[str, Any]:
    """Returns what each client observed in the scenarios. They run side by side, because they mostly wait."""
    sources = {name: (node.FOLDER / f"frontends_{name}").read_text() for name in ("scenarios.ts", "session.ts")}
    program = sources["scenarios.ts"].replace("../../../packages", str(ROOT / "packages"))
    config = "export const url = (globalThis as unknown as { apiUrl: string }).apiUrl;"
    folder = frontends.lay(workshop / "scenarios", {**MODULES, **sources, "scenarios.ts": program, "config.ts": config})
    script = str(frontends.bundle(folder, "scenarios.ts"))
    schema = str(ROOT / "schema.graphql")
    with ThreadPoolExecutor() as clients:
        outputs = clients.map(lambda client: node.output(script, client, within=400, SCHEMA_FILE=schema), CLIENTS)
        return dict(zip(CLIENTS, map(json.loads, outputs), strict=True))


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_passes_the_scenarios_of_the_page(scenarios: Mapping[str, Any], client: str) -> None:
    assert scenarios[client] == {
        "pages": 250,
        "gap": [248, True],
        "refresh": True,
        "sleep": True,
        "refusal": [1, 1],
        "others": True,
        "over": [1, True, True],
    }


def test_every_client_hears_reads_again_after_a_lost_connection_and_tells_errors_apart_in_node(
    stack: StackDescription, api: Api, frontend: Path
) -> None:
    script = str(frontends.bundle(frontend, "frontends.mjs"))
    keys = {"accessKeyId": stack.aws_access_key_id, "secretAccessKey": stack.aws_secret_access_key}
    settings = {**alice(stack), "userId": api.sub("alice"), "credentials": keys}
    seen = node.run(script, settings, NODE_EXTRA_CA_CERTS=stack.certificate_authority)

    assert_that_each_client_works(seen, api)
    assert seen["signed"] == "Signed for"


@pytest.mark.skipif(not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only")
def test_every_client_does_the_same_in_a_browser(stack: StackDescription, api: Api, frontend: Path) -> None:
    seen = node.run("frontends_page.mjs", {"folder": str(frontend), **alice(stack)})

    assert_that_each_client_works(seen, api)


def test_codegen_makes_types_of_the_schema(tmp_path: Path) -> None:
    BOARD.install()
    for name in ("schema.graphql", "docs/appsync.graphql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "src").mkdir()
    shutil.copy(ROOT / "packages" / "client" / "src" / "operations.graphql", tmp_path / "src")
    shutil.copy(EXAMPLES / "codegen.ts", tmp_path)
    (tmp_path / "node_modules").symlink_to(BOARD.folder / "node_modules")

    subprocess.run([str(tmp_path / "node_modules" / ".bin" / "graphql-codegen")], cwd=tmp_path, check=True)

    generated = (tmp_path / "src" / "gql" / "graphql.ts").read_text()
    assert "createdAt: string" in generated


def terminal(settings: Settings) -> dict[str, str]:
    """Returns the environment of a terminal in the repository for the suite's stack."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ports = {"PORT": str(settings.port), "MINISTACK_PORT": str(settings.ministack_port)}
    return {
        **environment,
        **ports,
        "LOCAL_DATA": str(settings.data),
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
    }


def test_gql_cli_creates_and_lists_tasks(stack: StackDescription, settings: Settings) -> None:
    block = here(BLOCKS["sh"], stack)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=ROOT,
        env=terminal(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    created, listed = map(json.loads, done.stdout.splitlines())
    assert created == {"createTask": {"title": "Buy milk", "status": "PENDING"}}
    assert {"title": "Buy milk", "status": "PENDING"} in listed["tasksByUser"]["items"]


async def test_gql_cli_prints_the_completions_that_it_hears_of(
    stack: StackDescription, settings: Settings, api: Api
) -> None:
    before = await api.subscriptions()
    block = here(BLOCKS["sh subscription"], stack)
    listening = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", block),
        cwd=ROOT,
        env=terminal(settings),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await eventually(lambda: api.registered(before), within=PATIENCE)
            async with api.http(api.as_user("alice")) as session:
                task = await session.create(api.sub("alice"), "Water the plants")
                await session("mutation($id: ID!) { completeTask(id: $id) { id } }", id=task)
            assert listening.stdout
            update = json.loads(await listening.stdout.readline())["onTaskCompleted"]
        assert (update["title"], update["status"]) == ("Water the plants", "COMPLETED")
    finally:
        os.killpg(listening.pid, 15)
        await listening.wait()


def test_the_page_names_every_module_and_has_no_block_that_is_not_run() -> None:
    text = PAGE.read_text()

    assert {f"{client}.ts" for client in CLIENTS} <= set(MODULES)
    assert set(re.findall(r"\(\.\./examples/frontends/(\S+?)\)", text)) == {path.name for path in EXAMPLES.iterdir()}
    assert set(BLOCKS) == {"sh", "sh subscription"}
    assert text.count("\n```") == 2 * len(BLOCKS)
