"""An issuer of tokens on this machine with keys and a discovery document."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

POOL = "us-east-1_Library"
POOL_ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"


class IdentityProvider:
    """Serves its key set in the way of a user pool and in the way of an OpenID Connect issuer."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        self.keys = {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.endswith("openid-configuration"):
                    answer: Any = {"issuer": provider.url, "jwks_uri": f"{provider.url}/keys"}
                else:
                    answer = provider.keys
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def pool_token(self, **changes: Any) -> str:
        """Returns an access token of the user pool that is valid for an hour. A change to None removes a claim."""
        claims = {
            "sub": "0001",
            "iss": POOL_ISSUER,
            "username": "anna",
            "cognito:groups": ["admins"],
            "client_id": "app",
            "token_use": "access",
        }
        return self.token(**{**claims, **changes})

    def token(self, *, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Returns a token with these claims, signed with the issuer's key or with `key`."""
        now = int(time.time())
        content = {"iat": now, "exp": now + 3600, **claims}
        present = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(present, key or self._key, algorithm=algorithm, headers={"kid": "1"})

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
