"""Runs APPSYNC_JS resolver code in V8 (AppSync Developer Guide, "JavaScript resolvers")."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py_mini_racer import JSEvalException, JSOOMException, MiniRacer

from local.gateway.faults import GraphqlFault

MAXIMUM_CODE = 32_768  # characters (AppSync API reference, "code")
_TIMEOUT = 5  # seconds; AppSync bounds a handler's work too, without saying where
_MEMORY = 64 * 1024 * 1024  # bytes
_TIDYING = 1000  # evaluations; to tidy up takes 3 ms
_RUNTIME = (Path(__file__).parent / "appsync_util.js").read_text()
_IMPORT = re.compile(r"^\s*import\s+(?:\{([^}]*)\}|\*\s+as\s+(\w+))\s+from\s+['\"]([^'\"]+)['\"];?\s*$", re.MULTILINE)
_EXPORT = re.compile(r"^\s*export\s+(?=(?:function|const|let)\b)", re.MULTILINE)
_LOOP = re.compile(r"\bfor\s*\(\s*(?:const|let|var)\s+(?:[\w$]+|\[[^\]]*\]|\{[^}]*\})\s+(of|in)\s+")
_EXPORT_LIST = re.compile(r"^\s*export\s*\{[^}]*\};?\s*$", re.MULTILINE)


class InvalidCode(Exception):
    """AppSync would not take this code; the message says why."""


@dataclass(frozen=True)
class Evaluation:
    """What one handler of a program did.

    `result` is what it returned (or gave to runtime.earlyReturn, then `early_return` is set). `error` is what it raised
    by util.error or by a fault of its own (type `Code`).
    """

    result: Any
    stash: Mapping[str, Any]
    error: GraphqlFault | None
    appended: Sequence[GraphqlFault]
    early_return: bool
    skip_to: str | None
    subscription_filter: Mapping[str, Any] | None
    invalidation_filter: Mapping[str, Any] | None
    invalidations: Sequence[Mapping[str, Any]]
    logs: Sequence[str]


class JavaScript:
    """One program. Every evaluation runs it afresh, so that nothing is shared between requests."""

    def __init__(self, code: str) -> None:
        """Raises InvalidCode when it is too large, does not parse, or lacks `request` or `response`."""
        if len(code) > MAXIMUM_CODE:
            raise InvalidCode(f"code is longer than {MAXIMUM_CODE} characters")
        program = _EXPORT_LIST.sub("", _EXPORT.sub("", _IMPORT.sub(_bindings, code)))
        # What is assigned to `bound` is refused where it is too long to loop over; the assignment's value is its own.
        program = _LOOP.sub(r"\g<0>bound.\1 = ", program)
        # util, extensions and runtime are there without an import, too. The code's lines keep their numbers.
        self._program = (
            "const program = (__appsync, console) => { const { util, extensions, runtime } = __appsync; return (() => {"
            + program
            + "\nreturn { request, response }; })(); };"
        )
        with ThreadPoolExecutor(1) as apart:  # from whatever event loop runs here
            apart.submit(self._check).result()
        self._engine: MiniRacer | None = None
        self._turn = asyncio.Lock()
        self._evaluations = 0

    async def request(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the request handler with `ctx`."""
        return await self._evaluate("request", context)

    async def response(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the response handler with `ctx`."""
        return await self._evaluate("response", context)

    def _check(self) -> None:
        with MiniRacer() as engine:
            try:
                engine.eval(_RUNTIME)
                engine.eval(self._program)
                engine.eval(
                    "const probe = program(appsyncRuntime({ context: {} }), {});"
                    "for (const name of ['request', 'response']) {"
                    " if (typeof probe[name] !== 'function') throw new Error(`no ${name}`); }"
                )
            except JSEvalException as fault:
                why = str(fault).partition("\n")[0]
                raise InvalidCode(f"code must be valid and export functions request and response: {why}") from fault

    async def _evaluate(self, handler: str, context: Mapping[str, Any]) -> Evaluation:
        call = f"evaluate(program, {json.dumps(handler)}, {json.dumps(json.dumps(context))})"
        try:
            async with self._turn:
                engine = self._started()
                async with asyncio.timeout(_TIMEOUT):
                    state = json.loads(str(await engine.eval_cancelable(call)))
                self._tidy(engine)
        except JSOOMException:
            self._engine = None  # its memory stays full
            return _failed(f"The code needs more than {_MEMORY} bytes of memory.")
        except TimeoutError:
            return _failed(f"The code ran for more than {_TIMEOUT} seconds.")
        except JSEvalException as fault:
            return _failed(str(fault))
        return Evaluation(
            result=state["result"],
            stash=state["stash"],
            error=_fault(state["error"]) if state["error"] else None,
            appended=tuple(map(_fault, state["appended"])),
            early_return=state["earlyReturn"],
            skip_to=state["skipTo"],
            subscription_filter=state["subscriptionFilter"],
            invalidation_filter=state["invalidationFilter"],
            invalidations=tuple(state["invalidations"]),
            logs=tuple(state["logs"]),
        )

    def _started(self) -> MiniRacer:
        if self._engine is None:
            self._engine = MiniRacer()  # lives on the running event loop, which does not wait while V8 works
            self._engine.eval(_RUNTIME)
            self._engine.eval(self._program)
            self._engine.set_hard_memory_limit(_MEMORY)
        return self._engine

    def _tidy(self, engine: MiniRacer) -> None:
        # V8 keeps the source of every evaluation, context and all, until it is told that memory is scarce.
        self._evaluations += 1
        if self._evaluations % _TIDYING == 0:
            engine.low_memory_notification()


def _failed(why: str) -> Evaluation:
    return Evaluation(
        result=None,
        stash={},
        error=GraphqlFault("Runtime Error", "Code", None, {"message": why}),
        appended=(),
        early_return=False,
        skip_to=None,
        subscription_filter=None,
        invalidation_filter=None,
        invalidations=(),
        logs=(),
    )


def _bindings(imported: re.Match[str]) -> str:
    names, namespace, module = imported.groups()
    if module != "@aws-appsync/utils":
        raise InvalidCode(f"only @aws-appsync/utils can be imported, not {module}")
    if namespace:
        return f"const {namespace} = __appsync;"
    return "const {" + re.sub(r"(\w+)\s+as\s+(\w+)", r"\1: \2", names) + "} = __appsync;"


def _fault(state: Mapping[str, Any]) -> GraphqlFault:
    return GraphqlFault(state["message"], state["errorType"], state["data"], state["info"])
