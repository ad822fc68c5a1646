"""The commands `check` and `evaluate`: what they print, and their exit codes for CI."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from appsync_offline.__main__ import main
from appsync_offline.commands.check import problems
from appsync_offline.commands.type_check import CannotCheck, type_errors
from appsync_offline.control_plane.deployed_api import Resolver
from appsync_offline.testing.apis import an_api, code, coded, direct, pipeline

APPS = Path(__file__).parent / "apps"
HERE = Path(__file__).parent


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Returns the exit code, or the sentence that stands in its place."""
    monkeypatch.setattr("sys.argv", ["appsync-offline", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("app", ["rooms", "notes", "library/template.yaml"])
def test_an_app_without_problems_passes(
    app: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", "--no-types", str(APPS / app)) == 0
    assert capsys.readouterr().out == ""


def test_every_problem_has_a_line_and_the_exit_code_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(APPS / "rooms", tmp_path / "rooms"))
    file = folder / "Rooms.template.json"
    template = json.loads(file.read_text())
    template["Resources"]["QueryRooms"]["Properties"]["Code"] = code("while (1) {}")
    template["Resources"]["MutationSend"]["Properties"]["FieldName"] = "post"
    file.write_text(json.dumps(template))

    assert run(monkeypatch, "check", "--no-types", str(folder)) == 1

    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "Mutation.post: the schema has no such field",
        "Query.rooms: 2:32: while is not supported",
    ]
    assert "3 resolvers, 2 problems." in printed.err


def test_a_folder_that_is_no_app_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "run `cdk synth` first" in str(run(monkeypatch, "check", str(tmp_path / "cdk.out")))


SDL = "type Query { a: Int }"
REFUSED: list[Any] = [
    pytest.param(an_api("type Query { a: Nope }"), "schema: Unknown type 'Nope'.", id="a schema"),
    pytest.param(an_api(SDL, query_depth_limit=76), "schema: queryDepthLimit is 75 at most", id="a limit"),
    pytest.param(an_api(SDL, direct("Query.b")), "Query.b: the schema has no such field", id="a field"),
    pytest.param(an_api(SDL, coded("Query.a", source="X")), "Query.a: its data source X does not exist", id="a source"),
    pytest.param(
        an_api(SDL, Resolver("Query", "a", data_source="NONE")),
        "Query.a: it has no code, and its data source NONE of type NONE needs some",
        id="no code",
    ),
    pytest.param(
        an_api(SDL, pipeline("Query.a", "f")),
        "Query.a: its pipeline's function f is not among the API's functions",
        id="a function",
    ),
]


@pytest.mark.parametrize(("api", "problem"), REFUSED)
def test_what_AppSync_would_refuse_is_a_problem(api: Any, problem: str) -> None:
    assert list(problems(api)) == [problem]


def test_what_only_the_gateway_cannot_run_is_no_problem() -> None:
    vtl = dataclasses.replace(direct("Query.a"), has_templates=True)

    assert list(problems(an_api(SDL, vtl))) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("let a = { b: 1 }; a = 'x'; return a;", "is not assignable", id="a value of another shape"),
        pytest.param("const e = ['m']; util.appendError(...e); return {};", "A spread argument", id="a spread"),
    ],
)
def test_errors_of_types_that_AppSync_refuses_are_problems(body: str, text: str) -> None:
    (error,) = type_errors({"Query.a": code(body)}, HERE)

    assert error.startswith("Query.a: 2:")
    assert text in error


def test_code_of_the_apps_has_no_errors_of_types() -> None:
    codes = {file.name: file.read_text() for file in sorted(APPS.glob("*/*.js"))}

    assert len(codes) > 5
    assert type_errors(codes, HERE) == []


def test_without_TypeScript_types_are_not_checked(tmp_path: Path) -> None:
    with pytest.raises(CannotCheck, match="npm install --save-dev typescript"):
        type_errors({"Query.a": code("return {}")}, tmp_path)


class TestEvaluate:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "code.js"

    def test_a_handler_s_result_is_printed(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text(code("ctx.stash.n = 1; util.appendError('m', 'T'); console.log('hi'); return ctx.args.id"))
        context = file.with_suffix(".json")
        context.write_text(json.dumps({"arguments": {"id": "7"}}))

        assert run(monkeypatch, "evaluate", str(file), "request", "--context", str(context)) == 0
        assert json.loads(capsys.readouterr().out) == {
            "evaluationResult": "7",
            "stash": {"n": 1},
            "outErrors": [{"message": "m", "type": "T"}],
            "error": None,
            "logs": ["hi"],
        }

    def test_a_handler_that_fails_has_exit_code_1(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text(code("return {}", "util.error('no', 'Bad', null, { a: 1 })"))

        assert run(monkeypatch, "evaluate", str(file), "response") == 1
        assert json.loads(capsys.readouterr().out)["error"] == {"message": "no", "type": "Bad", "info": {"a": 1}}

    def test_code_that_AppSync_refuses_is_a_sentence(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text(code("while (1) {}"))

        assert "while is not supported" in str(run(monkeypatch, "evaluate", str(file), "request"))

    def test_a_context_that_is_no_object_is_a_sentence(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text("[]")

        assert "must hold a JSON object" in str(
            run(monkeypatch, "evaluate", str(file), "request", "--context", str(file))
        )


def test_the_command_starts_without_the_libraries_that_only_endpoints_and_tokens_need() -> None:
    code = "import sys, appsync_offline.__main__; print(*{'aiohttp', 'botocore', 'jwt', 'urllib3'} & set(sys.modules))"

    started = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert started.stdout.split() == []
