"""The text that announces a running stack: its addresses, its credentials and a sample request."""

from pathlib import Path

from local.description import StackDescription
from local.pages import build
from local.pages.application import BOARD, CONSOLE, Application


def banner(stack: StackDescription, *, ends_with: str, watches: bool, log: Path | None = None) -> str:
    """Returns the text for a stack. `ends_with` names what stops the stack, such as Ctrl-C.

    With `watches`, the stack deploys saved edits, and reports it in `log`, or on the terminal without one.
    """
    names = ", ".join(f"{user.username} ({user.groups[0]})" if user.groups else user.username for user in stack.users)
    query = 'mutation { createTask(input: {userId: \\"demo\\", title: \\"Buy milk\\"}) { id status } }'
    reports = f", as {log} reports" if log else ""
    edits = f"Saved edits are deployed at once{reports}. " if watches else ""
    return f"""
The Tasks API is ready.

  GraphQL    {stack.graphql_url}
  over TLS   {stack.tls_graphql_url}, trust {stack.certificate_authority}
  realtime   {stack.realtime_url}
  console    {stack.console_url}{_soon(CONSOLE)}
  board      {stack.console_url}board/{_soon(BOARD)}
  API key    {stack.api_key}
  users      {names}; password {stack.users[0].password}
  a token    make token USERNAME={stack.users[0].username}

Try it:

  curl -s {stack.graphql_url} -H 'x-api-key: {stack.api_key}' -H 'content-type: application/json' \\
    -d '{{"query": "{query}"}}'

{edits}{ends_with} stops it; data are kept (`make reset` wipes them)."""


def _soon(application: Application) -> str:
    return "" if build.is_built(application) else " (being built, which takes some minutes)"
