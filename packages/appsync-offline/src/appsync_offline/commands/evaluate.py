"""Evaluates one handler of resolver code, as AppSync's EvaluateCode does, without an account."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from appsync_offline.resolver_code.evaluation import Evaluation, programs
from appsync_offline.resolver_code.translation import InvalidCode
from appsync_offline.text.json_text import parse_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("code", type=Path, help="a file of resolver code")
    parser.add_argument("handler", choices=("request", "response"))
    parser.add_argument("--context", type=Path, help="a JSON file: arguments, source, result, prev, stash, identity, …")


def run(options: argparse.Namespace) -> None:
    """Print the evaluation as JSON. Ends with exit code 1 if the handler fails or the code is not APPSYNC_JS."""
    try:
        code = options.code.read_text()
        context = parse_json(options.context.read_text()) if options.context else {}
    except (OSError, ValueError) as fault:
        sys.exit(f"{fault}")
    if not isinstance(context, dict):
        sys.exit(f"{options.context} must hold a JSON object.")
    program = programs([code])[code]
    if isinstance(program, InvalidCode):
        sys.exit(f"{options.code}: {program}")
    defaults: dict[str, Any] = {"arguments": {}, "stash": {}, "env": {}, "prev": None, "error": None}
    calls = {"request": program.request, "response": program.response}

    async def evaluated() -> Evaluation:
        return await calls[options.handler]({**defaults, **context})

    evaluation = asyncio.run(evaluated())
    print(json.dumps(_members(evaluation), indent=2, ensure_ascii=False))
    sys.exit(1 if evaluation.error else 0)


def _members(evaluation: Evaluation) -> dict[str, Any]:
    """Returns the members of EvaluateCode's response (AppSync API reference), with values instead of JSON texts."""
    error = evaluation.error
    return {
        "evaluationResult": evaluation.result,
        "stash": evaluation.stash,
        "outErrors": [{"message": fault.message, "type": fault.error_type} for fault in evaluation.appended],
        "error": {"message": error.message, "type": error.error_type, "info": error.info} if error else None,
        "logs": list(evaluation.logs),
    }
