"""Runs APPSYNC_JS resolver code in V8 (AppSync Developer Guide, "JavaScript resolvers")."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from py_mini_racer import JSEvalException, JSOOMException, MiniRacer

from appsync_offline.execution.faults import GraphqlFault
from appsync_offline.resolver_code.translation import InvalidCode, Program, program

_TIMEOUT = 5  # seconds; AppSync does not publish its own limit
_MEMORY = 64 * 1024 * 1024  # bytes
_TIDYING = 1000  # evaluations between two clean-ups, which take 3 ms each
_TOGETHER = 25  # calls that V8 evaluates in one entry, which takes most of the time of a single call
_RUNTIME = "\n".join(path.read_text() for path in sorted((Path(__file__).parent / "appsync_js").glob("*.js")))


@dataclass(frozen=True)
class Evaluation:
    """The outcome of one handler call.

    `result` is the handler's return value, or the value that it passed to runtime.earlyReturn (`early_return` is then
    true). `error` comes from util.error, or from a JavaScript exception (type `Code`). `response_headers` come from
    util.http.addResponseHeader.
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


class _Call:
    """A JavaScript expression whose value is the JSON text of a list of states, and the place for its evaluations."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.evaluations: Sequence[Evaluation] | None = None


class JavaScript:
    """One program. Every evaluation starts from a fresh state, so that requests share nothing."""

    def __init__(self, checked: Program) -> None:
        self._program = checked
        self._engine: MiniRacer | None = None
        self._turn = asyncio.Lock()
        self._waiting: list[_Call] = []
        self._evaluations = 0

    async def request(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the request handler with `ctx`."""
        (evaluation,) = await self._evaluate(f"`[${{evaluate(program, 'request', {_literal(context)})}}]`")
        return evaluation

    async def response(self, context: Mapping[str, Any]) -> Evaluation:
        """Run the response handler with `ctx`."""
        (evaluation,) = await self._evaluate(f"`[${{evaluate(program, 'response', {_literal(context)})}}]`")
        return evaluation

    async def both(self, context: Mapping[str, Any]) -> Sequence[Evaluation]:
        """Run the request handler and, unless it fails or returns early, the response handler with its payload.

        Returns the evaluation of each handler that ran. Entering V8 once instead of twice takes half of the time.
        """
        return await self._evaluate(f"evaluateBoth(program, {_literal(context)})")

    async def _evaluate(self, expression: str) -> Sequence[Evaluation]:
        """Returns the evaluations of an expression.

        Calls that wait for their turn, such as those of a page's tasks, are evaluated together.
        """
        call = _Call(expression)
        self._waiting.append(call)
        try:
            async with self._turn:
                while call.evaluations is None:
                    unanswered = (waiting for waiting in self._waiting if waiting.evaluations is None)
                    await self._answer(list(islice(unanswered, _TOGETHER)))
        finally:
            self._waiting.remove(call)
        return call.evaluations

    async def _answer(self, calls: Sequence[_Call]) -> None:
        engine = self._started()
        expression = ",".join(f"${{{call.expression}}}" for call in calls)
        try:
            async with asyncio.timeout(_TIMEOUT):
                answers = json.loads(str(await engine.eval_cancelable(f"`[{expression}]`")))
        except (JSOOMException, JSEvalException, TimeoutError) as fault:
            if isinstance(fault, JSOOMException):
                self._engine = None  # an engine out of memory stays full
            if len(calls) > 1:
                for call in calls:  # only the call that failed may fail
                    await self._answer([call])
            else:
                calls[0].evaluations = [_failed(_reason(fault))]
            return
        for call, states in zip(calls, answers, strict=True):
            call.evaluations = list(map(self._evaluation, states))
        self._tidy(engine, len(calls))

    def _evaluation(self, state: Mapping[str, Any]) -> Evaluation:
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
        """Returns the handler's error. For a JavaScript exception, the message begins with the source position."""
        fault = _fault(state["error"])
        if state["place"] is None:
            return fault
        line, column = self._program.place(*state["place"])
        return replace(fault, message=f"code.js:{line}:{column}: {fault.message}")

    def _started(self) -> MiniRacer:
        if self._engine is None:
            self._engine = MiniRacer()  # uses the running event loop, which V8 does not block
            self._engine.eval(_RUNTIME)
            self._engine.eval(f"const program = {self._program.source}\n//# sourceURL=code.js")
            self._engine.set_hard_memory_limit(_MEMORY)
        return self._engine

    def _tidy(self, engine: MiniRacer, evaluations: int) -> None:
        # V8 keeps the source of every evaluation, including the context, until it is notified of low memory.
        self._evaluations += evaluations
        if self._evaluations >= _TIDYING:
            self._evaluations = 0
            engine.low_memory_notification()


def _reason(fault: Exception) -> str:
    if isinstance(fault, JSOOMException):
        return f"The code needs more than {_MEMORY} bytes of memory."
    if isinstance(fault, TimeoutError):
        return f"The code ran for more than {_TIMEOUT} seconds."
    return str(fault)


def _literal(context: Mapping[str, Any]) -> str:
    """Returns the JavaScript text literal of the context's JSON."""
    return json.dumps(json.dumps(context))


def programs(codes: Iterable[str]) -> Mapping[str, JavaScript | InvalidCode]:
    """Returns for each code its program, or the reason why AppSync would refuse it."""
    read = {code: _read(code) for code in codes}
    checked = [program for program in read.values() if isinstance(program, Program)]
    if not checked:
        return {code: refused for code, refused in read.items() if isinstance(refused, InvalidCode)}
    with ThreadPoolExecutor(1) as thread:  # V8 must not use the event loop of this thread
        compiled = thread.submit(_compiled, checked).result()
    return {
        code: program if isinstance(program, InvalidCode) else compiled[program] or JavaScript(program)
        for code, program in read.items()
    }


def _read(code: str) -> Program | InvalidCode:
    try:
        return program(code)
    except InvalidCode as fault:
        return fault


def _compiled(programs_: Iterable[Program]) -> Mapping[Program, InvalidCode | None]:
    """Returns V8's compile error of each program, if any. V8 finds what a parser misses, such as a duplicate name."""
    with MiniRacer() as engine:
        return {checked: _compile_error(engine, checked) for checked in programs_}


def _compile_error(engine: MiniRacer, checked: Program) -> InvalidCode | None:
    try:
        engine.eval(f"void ({checked.source})")
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
