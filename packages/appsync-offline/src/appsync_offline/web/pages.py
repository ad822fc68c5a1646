"""Serves static pages whose security policy limits connections to this machine and prevents framing and injection."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from appsync_offline.web.frontends import has_foreign_query
from appsync_offline.web.visits import Visit

_THIS_MACHINE = " ".join(
    f"{scheme}://{name}:*" for scheme in ("http", "https", "ws", "wss") for name in ("127.0.0.1", "localhost")
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


class Pages(StaticFiles):
    """A folder with an `index.html`, served under a content security policy (W3C, "Content Security Policy Level 3").

    The policy allows scripts and workers from the folder's files, and inline scripts of `index.html` by their hashes.
    Nothing may evaluate text as code, and no page may embed these. Pages may connect to every port of this machine,
    where the API and the user pool listen. A link of another page loses its query string and fragment.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        scripts = _InlineScripts()
        scripts.feed((folder / "index.html").read_text())
        self._headers = _HEADERS | {"content-security-policy": _policy(_hashes(scripts.texts))}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file's response. Raises HTTPException if there is no such file."""
        response = await super().get_response(path, scope)
        if has_foreign_query(Visit(scope)):
            response = RedirectResponse("./#", status_code=303)
        response.headers.update(self._headers)
        return response


def _policy(inline_scripts: Iterable[str]) -> str:
    directives = {
        "default-src": "'self'",
        "script-src": " ".join(("'self'", *inline_scripts)),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "connect-src": f"'self' {_THIS_MACHINE}",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _hashes(texts: Iterable[str]) -> Iterable[str]:
    return (f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts)


class _InlineScripts(HTMLParser):
    """Collects the texts of a page's inline scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_inside = tag == "script" and not any(name == "src" for name, _ in attrs)
        if self._is_inside:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the library's signature
        self._is_inside = False
