"""Runs APPSYNC_JS resolver code in V8 (AppSync Developer Guide, "JavaScript resolvers")."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from py_mini_racer import JSEvalException, JSOOMException, MiniRacer

from local.gateway.faults import GraphqlFault
from local.gateway.resolver_code import InvalidCode, Program, program

_TIMEOUT = 5  # seconds; AppSync bounds a handler's work too, without saying where
_MEMORY = 64 * 1024 * 1024  # bytes
_TIDYING = 1000  # evaluations; to tidy up takes 3 ms
_RUNTIME = "\n".join(path.read_text() for path in sorted((Path(__file__).parent / "appsync_js").glob("*.js")))


@dataclass(frozen=True)
class Evaluation:
    """What one handler of a program did.

    `result` is what it returned (or gave to runtime.earlyReturn, then `early_return` is set). `error` is what it raised
    by util.error or by a fault of its own (type `Code`). `response_headers` are those of util.http.addResponseHeader.
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
    response_headers: Mapping[str, str]
    logs: Sequence[str]


class JavaScript:
    """One program. Every evaluation runs it afresh, so that nothing is shared between requests."""

    def __init__(self, checked: Program) -> None:
        self._program = checked
        self._engine: MiniRacer | None = None
        self._turn = asyncio.Lock()
        self._evaluations = 0

    async def request(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the request handler with `ctx`."""
        return await self._evaluate("request", context)

    async def response(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the response handler with `ctx`."""
        return await self._evaluate("response", context)

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
            error=self._error(state) if state["error"] else None,
            appended=tuple(map(_fault, state["appended"])),
            early_return=state["earlyReturn"],
            skip_to=state["skipTo"],
            subscription_filter=state["subscriptionFilter"],
            invalidation_filter=state["invalidationFilter"],
            invalidations=tuple(state["invalidations"]),
            response_headers=state["responseHeaders"],
            logs=tuple(state["logs"]),
        )

    def _error(self, state: Mapping[str, Any]) -> GraphqlFault:
        """What the handler raised; of a fault of the code itself, AppSync's message begins with the place."""
        fault = _fault(state["error"])
        if state["place"] is None:
            return fault
        line, column = self._program.place(*state["place"])
        return replace(fault, message=f"code.js:{line}:{column}: {fault.message}")

    def _started(self) -> MiniRacer:
        if self._engine is None:
            self._engine = MiniRacer()  # lives on the running event loop, which does not wait while V8 works
            self._engine.eval(_RUNTIME)
            self._engine.eval(f"const program = {self._program.source}\n//# sourceURL=code.js")
            self._engine.set_hard_memory_limit(_MEMORY)
        return self._engine

    def _tidy(self, engine: MiniRacer) -> None:
        # V8 keeps the source of every evaluation, context and all, until it is told that memory is scarce.
        self._evaluations += 1
        if self._evaluations % _TIDYING == 0:
            engine.low_memory_notification()


def programs(codes: Iterable[str]) -> Mapping[str, JavaScript | InvalidCode]:
    """The program of each code, or why AppSync would not take it."""
    read = {code: _read(code) for code in codes}
    with ThreadPoolExecutor(1) as apart:  # from whatever event loop runs here
        compiled = apart.submit(_compiled, [made for made in read.values() if isinstance(made, Program)]).result()
    return {
        code: made if isinstance(made, InvalidCode) else compiled[made] or JavaScript(made)
        for code, made in read.items()
    }


def _read(code: str) -> Program | InvalidCode:
    try:
        return program(code)
    except InvalidCode as fault:
        return fault


def _compiled(made: Iterable[Program]) -> Mapping[Program, InvalidCode | None]:
    """What V8 says of each program: it finds what a parser leaves open, such as a name that is declared twice."""
    with MiniRacer() as engine:
        return {one: _compile_error(engine, one) for one in made}


def _compile_error(engine: MiniRacer, made: Program) -> InvalidCode | None:
    try:
        engine.eval(f"void ({made.source})")
    except JSEvalException as fault:
        return InvalidCode(str(fault).partition("\n")[0])
    return None


def _failed(why: str) -> Evaluation:
    return Evaluation(
        result=None,
        stash={},
        error=GraphqlFault(why, "Code"),
        appended=(),
        early_return=False,
        skip_to=None,
        subscription_filter=None,
        invalidation_filter=None,
        invalidations=(),
        response_headers={},
        logs=(),
    )


def _fault(state: Mapping[str, Any]) -> GraphqlFault:
    return GraphqlFault(state["message"], state["errorType"], state["data"], state["info"])
