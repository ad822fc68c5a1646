"""AWS's own ESLint plugin and the gateway refuse the same resolver code.

The plugin's typed rules need a TypeScript project. What they report stands beside their cases
(`@aws-appsync/eslint-plugin` 2.0.2). A case says so when only the AppSync Developer Guide ("Supported runtime
features") decides.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from appsync_offline.resolver_code.evaluation import programs
from appsync_offline.resolver_code.translation import InvalidCode
from appsync_offline.testing.apis import code

ROOT = Path(__file__).parents[3]
# Bodies of a request handler that ESLint itself checks.
SUPPORTED = [
    "ctx.args.something = 'something'; const { args: { id } } = ctx; return { id };",
    "const mine = ctx.args ? ctx.args : {}; mine.id = mine.id || util.autoId(); return {};",
    "if (true) { const ctx = 'another'; return ctx; }",
    "for (const item of ctx.args.items) { ctx.stash[item.id] = item; } return {};",
    "for (const key in ctx.args) { if (key === 'id') break; } return {};",
    "switch (ctx.args.id) { case 1: return {}; default: return `a ${ctx.args.id}`; }",
    "return [1, 2, 3].map((n) => n * 2).filter(function (n) { return n > 2; }).reduce((a, b) => a + b, 0);",
    "const print = (n) => console.log(n); [1, 2, 3].forEach(print); return typeof print;",
    "const { a, ...rest } = ctx.args; return { ...rest, all: [...ctx.args.items], b: a ?? ctx.args?.c?.d };",
    "// while (true) throw\n return 'try { throw /x/ } catch {}';",
    "const a = new Array(); return a.length;",
    "return Object.keys(ctx.args).length | 1;",
    "const myObject = {}; return (myObject[ctx.args.id] = 'something');",
    "const twice = (n) => n * 2; return twice(twice(2));",
]
REFUSED_BY_BASE = [
    "let i = 0; while (i < 1) { i = i + 1; }",
    "do { } while (false);",
    "for (let i = 0; i < 10; i = i + 1) { }",
    "for (const a of [1]) { if (a) continue; }",
    "try { return 1; } catch (e) { return 2; }",
    "class A { }",
    "function* g() { yield 1; }",
    "async function f() { return 1; }",
    "const f = async () => 1;",
    "const f = async function () { return 1; };",
    "const f = async () => await 1;",
    "here: for (const a of [1]) { break here; }",
    "return /a/;",
    "return this;",
    "let i = 0; i++;",
    "let i = 0; --i;",
    "return ~1;",
    "return 'a' in ctx.args;",
    "return ctx.args instanceof Object;",
    "return new Promise();",
    "ctx = {};",
    "ctx.args = {};",
    "ctx.newProp = 1;",
    "ctx['stash'] = {};",
    "delete ctx.stash;",
    "for (ctx.args in { a: 1 }) { }",
]
# The code that the plugin's typed rules refuse, and the name of the rule.
REFUSED_BY_TYPES = {
    "function factorial(n) { return n < 2 ? 1 : n * factorial(n - 1); }": "no-recursion",
    "function a() { b(); } const b = function () { c(); }; const c = () => { a(); };": "no-recursion",
    "const curry = (f) => f; const sum = (a, b) => a + b; curry(sum);": "no-function-passing",
    "function curry() { } curry(function () { });": "no-function-passing",
    "[2, 1].sort((a, b) => a - b);": "no-function-passing",
    "function a() { return () => { }; }": "no-function-return",
    "function a() { const b = function () { }; return b; }": "no-function-return",
    "const a = () => () => { };": "no-function-return",
    "const a = () => { }; const b = a;": "no-function-reassign",
    "const a = () => { }; let b; b = a;": "no-function-reassign",
    "Object.freeze({ a: 1 });": "no-disallowed-methods",
    "[].keys();": "no-disallowed-methods",
    "Array.from([1]);": "no-disallowed-methods",
    "'a'.repeat(2);": "no-disallowed-methods",
    "return ctx.args.id.padStart(2);": "no-disallowed-methods",
}
REFUSED_BY_THE_GUIDE = {
    "throw 'x';": "Not supported: throw",
    "const A = class { };": "no such syntax; the plugin refuses a class's declaration only",
    "const add = (a) => a; return add.call(null, 1);": "The apply, bind, and call methods are not supported",
    "function Made() { } return new Made();": "Function constructors are not supported",
    "return new Function('return 1');": "Function constructors are not supported",
    "return eval('1');": "no such global",
    "return new Map();": "no such object",
    "return new Set([1]);": "no such object",
    "return Promise.resolve(1);": "Promises are not supported",
    "return fetch('http://example.com');": "Network access is not supported",
    "return globalThis;": "no such global",
    "return import('fs');": "Network and file system access is not supported",
}


def refused(body: str) -> str | None:
    """Returns why the gateway refuses a handler with this body."""
    text = code(body)
    program = programs([text])[text]
    return str(program) if isinstance(program, InvalidCode) else None


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bool]:
    """Returns whether AWS's plugin refuses each body by the rules of this project's own resolver code."""
    bodies = [*SUPPORTED, *REFUSED_BY_BASE]
    folder = tmp_path_factory.mktemp("rules") / "resolvers"
    folder.mkdir()
    for number, body in enumerate(bodies):
        (folder / f"{number}.js").write_text(code(body))
    done = subprocess.run(
        [str(ROOT / "node_modules/.bin/eslint"), "--config", str(ROOT / "eslint.config.mjs"), "--format", "json", "."],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = {int(Path(file["filePath"]).stem): bool(file["messages"]) for file in json.loads(done.stdout)}
    return {body: complaints[number] for number, body in enumerate(bodies)}


@pytest.mark.parametrize("body", [*SUPPORTED, *REFUSED_BY_BASE])
def test_the_gateway_refuses_what_the_plugin_refuses_and_nothing_else(body: str, plugin: Mapping[str, bool]) -> None:
    assert (refused(body) is not None) == plugin[body] == (body in REFUSED_BY_BASE)


@pytest.mark.parametrize(("body", "rule"), REFUSED_BY_TYPES.items(), ids=str)
def test_the_gateway_refuses_what_the_plugin_s_typed_rules_refuse(body: str, rule: str) -> None:
    assert refused(body), rule


@pytest.mark.parametrize(("body", "why"), REFUSED_BY_THE_GUIDE.items(), ids=str)
def test_the_gateway_refuses_what_the_guide_says_is_not_there(body: str, why: str) -> None:
    assert refused(body), why


def test_a_refusal_says_what_and_where() -> None:
    assert refused("const a = 1;\n  while (a) { }") == "3:3: while is not supported"
