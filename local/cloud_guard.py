"""Decides which requests reach the embedded cloud.

MiniStack does not verify the signatures of its root key, so that any process of this machine could create a Lambda
function and run code as the developer. This guard verifies the signature of every request (AWS Signature Version 4).
Only the user pool operations that need no credentials on AWS either, the user pools' public keys, and the page that
stops mails pass without one.
"""

import logging
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from urllib.parse import parse_qs, quote

from appsync_offline.web.peers import is_of_another_user
from appsync_offline.web.visits import Application, Message, Receive, Scope, Send, Visit
from botocore.session import Session
from ministack.core.iam_actions import access_denied_response
from ministack.core.iam_evaluator import CredentialResolutionError, find_iam_access_key_account, resolve_credential
from ministack.core.sigv4 import HeaderSignature, header_signature_failure, parse_header_signature, request_time_failure

logger = logging.getLogger(__name__)

ACCOUNT = "000000000000"
_KEYS = re.compile(r"/[\w-]+/\.well-known/(jwks\.json|openid-configuration)")
_MAIL_PAGE = re.compile(r"/_aws/execute-api/\w+/mail/unsubscribe")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LARGEST = 300_000_000  # bytes of a body; Lambda's largest bundle has 250 MB
_OF_A_LAMBDA = "ASIA"  # begins the key ids of sessions


class RequestRefused(Exception):
    """The request is not signed as it must be. Carries AWS's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def admits(visit: Visit, port: int) -> bool:
    """Returns whether a request to this port may come from its sender: a program, the user, or a web page.

    Pages of loopback origins may reach the user pools. Other pages may reach nothing.
    """
    if visit.port != port or visit.scope["type"] == "websocket":
        return False
    if visit.origin is not None:
        return visit.is_from_loopback and needs_no_credentials(visit)
    if visit.site is not None:
        return visit.site == "none"
    # Old browsers send no Sec-Fetch-Site header. Only their user agent tells them from programs.
    return not (visit.value("user-agent") or "").startswith("Mozilla/")


def needs_no_credentials(visit: Visit) -> bool:
    """Returns whether AWS would answer this request without credentials, and it carries none."""
    if visit.values("authorization"):
        return False  # MiniStack would route it by its signature
    if _MAIL_PAGE.fullmatch(visit.path):  # a public API, whose links are signed
        return True
    if visit.method == "GET":
        return bool(_KEYS.fullmatch(visit.path))
    if visit.path != "/" or visit.scope["query_string"]:
        return False
    if visit.method == "OPTIONS":  # the browser's CORS preflight
        return True
    return visit.method == "POST" and visit.value("x-amz-target") in _operations_for_anyone()


@cache
def _operations_for_anyone() -> frozenset[str]:
    """Returns the `X-Amz-Target` of each user pool operation without AWS credentials, by botocore's service model."""
    model = Session().get_service_model("cognito-idp")
    prefix = model.metadata["targetPrefix"]
    names = (name for name in model.operation_names if model.operation_model(name).auth_type == "none")
    return frozenset(f"{prefix}.{name}" for name in names)


class SignaturesRequired:
    """ASGI middleware that answers 403 to a request without a valid signature, in the protocol of its AWS service."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's own events."""
        if scope["type"] != "http" or needs_no_credentials(Visit(scope)):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        try:
            signature, secret = _claimed(scope, headers)
            body = await _body(receive)
            verify(signature, secret, scope, headers, body)
        except RequestRefused as fault:
            await _refuse(scope, headers, fault, send)
        else:
            await self._app(scope, _again(body, receive), send)


def _claimed(scope: Scope, headers: Mapping[str, str]) -> tuple[HeaderSignature, str]:
    """Returns the parts of the signature and the secret of the key that it names. Raises RequestRefused."""
    if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        raise RequestRefused(
            "MissingAuthenticationToken",
            "Requests must be signed with the key in .local/stack.json (awsAccessKeyId, awsSecretAccessKey).",
        )
    # MiniStack would take the first of two keys for the caller, and the signature is of the last.
    if headers["authorization"].count("Credential=") != 1:
        raise RequestRefused("IncompleteSignature", "The Authorization header must have one Credential.")
    signature = parse_header_signature(headers)
    if not isinstance(signature, HeaderSignature):
        raise RequestRefused(*signature)
    # The console's page holds a key that is derived for AppSync. MiniStack routes by the target before the scope.
    if signature.service == "appsync" and "x-amz-target" in headers:
        raise RequestRefused("SignatureDoesNotMatch", "AppSync's operations have no X-Amz-Target.")
    key = signature.access_key_id
    # The secrets of Lambda sessions derive from names that everyone can know (`execution_credentials`), unlike root's.
    if not key or (key.startswith(_OF_A_LAMBDA) and is_of_another_user(scope)):
        raise RequestRefused("UnrecognizedClientException", "The security token included in the request is invalid.")
    account = key if key.isdigit() else find_iam_access_key_account(key) or ACCOUNT
    credential = resolve_credential(key, account, headers.get("x-amz-security-token", ""))
    if isinstance(credential, CredentialResolutionError):
        raise RequestRefused(credential.code, credential.message)
    return signature, credential.secret_access_key


def verify(signature: HeaderSignature, secret: str, scope: Scope, headers: Mapping[str, str], body: bytes) -> None:
    """Verify that the signature is of this request, recent, and made with the secret. Raises RequestRefused."""
    signed = signature.signed_headers.split(";")
    if "host" not in signed or any(name not in headers for name in signed):
        raise RequestRefused("SignatureDoesNotMatch", "host must be signed, and every signed header sent.")
    digest = headers.get("x-amz-content-sha256", "")
    if _DIGEST.fullmatch(digest):
        if digest != sha256(body).hexdigest():
            raise RequestRefused("SignatureDoesNotMatch", "x-amz-content-sha256 must be the SHA-256 of the body.")
    elif digest and signature.service != "s3":  # only S3 accepts other values ("Create a signed AWS API request")
        raise RequestRefused("SignatureDoesNotMatch", "x-amz-content-sha256 must be the SHA-256 of the body.")
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1").partition("?")[0]
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    failure = header_signature_failure(signature, secret, scope["method"], path, query, headers, body)
    if failure := failure or request_time_failure(signature):
        raise RequestRefused(*failure)


def _headers(scope: Scope) -> Mapping[str, str]:
    """Returns the headers by lower-cased name. Repeated ones are joined as the signature has them."""
    joined: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), _text(value)
        joined[key] = f"{joined[key]},{text}" if key in joined else text
    return joined


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestRefused("IncompleteBody", "The client left.")
        body += message.get("body", b"")
        if len(body) > _LARGEST:
            raise RequestRefused("RequestEntityTooLarge", f"The body is larger than {_LARGEST} bytes.")
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that returns the body, and then what else the client sends."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def message() -> Message:
        return waiting.pop() if waiting else await receive()

    return message


async def _refuse(scope: Scope, headers: Mapping[str, str], fault: RequestRefused, send: Send) -> None:
    named = re.search(r"Credential=[^/]+/[^/]+/[^/]+/([\w-]+)/", headers.get("authorization", ""))
    service = named[1] if named else ""
    logger.warning("refused: %s to %s, %s", scope["method"], service or "no service", fault.code)
    status, answered, body = access_denied_response(
        service, "", "", "", error_code=fault.code, message=str(fault), headers=dict(headers)
    )
    sent = [(name.lower().encode(), str(value).encode()) for name, value in answered.items()]
    sent.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
