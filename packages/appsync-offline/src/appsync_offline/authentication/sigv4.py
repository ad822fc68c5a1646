"""Verifies AWS Signature Version 4 (IAM User Guide, "AWS Signature Version 4 for API requests")."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

_CLOCK_SKEW = timedelta(minutes=5)
_FORM = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request"
    r",\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE_FORM = "%Y%m%dT%H%M%SZ"


class InvalidSignature(Exception):
    """The signature is not valid for its key. The message says why."""


@dataclass(frozen=True)
class Signature:
    """The parts of a signature in an Authorization header. They are untrusted until `verify` succeeds."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str) -> "Signature":
        """Returns the signature of an Authorization header. Raises InvalidSignature."""
        form = _FORM.fullmatch(header.strip())
        if form is None:
            raise InvalidSignature("The Authorization header is not a complete AWS4-HMAC-SHA256 signature.")
        return cls(
            form["key"],
            form["date"],
            form["region"],
            form["service"],
            tuple(form["headers"].split(";")),
            form["signature"],
        )

    def verify(
        self,
        secret: str,
        *,
        region: str,
        method: str = "POST",
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> None:
        """Verify a request to AppSync in `region`. Header names are lower-cased; `path` includes the query string.

        Raises InvalidSignature.
        """
        if (self.service, self.region) != ("appsync", region):
            raise InvalidSignature(f"Credential should be scoped to appsync in {region}.")
        signed_at = headers.get("x-amz-date", "")
        try:
            at = datetime.strptime(signed_at, _DATE_FORM).replace(tzinfo=UTC)
        except ValueError as fault:
            raise InvalidSignature("x-amz-date must be given, as YYYYMMDDThhmmssZ.") from fault
        if abs(now - at) > _CLOCK_SKEW or not signed_at.startswith(self.date):
            raise InvalidSignature("Signature expired or not yet current.")
        if "host" not in self.signed_headers or any(name not in headers for name in self.signed_headers):
            raise InvalidSignature("host must be signed, and every signed header sent.")
        # The signature must cover the received body, even if this header is not signed. Only S3 accepts
        # UNSIGNED-PAYLOAD ("Create a signed AWS API request", step 1).
        hashed = headers.get("x-amz-content-sha256")
        if hashed is not None and hashed != sha256(body).hexdigest():
            raise InvalidSignature("x-amz-content-sha256 must be the SHA-256 of the body.")
        try:
            expected = self._expected(secret, method, path, headers, body, signed_at)
        except ValueError as fault:  # an invalid host, such as `[::1`
            raise InvalidSignature("What was signed is no address and headers of a request.") from fault
        if not hmac.compare_digest(expected, self.signature):
            raise InvalidSignature("The request signature we calculated does not match the signature you provided.")

    def _expected(
        self, secret: str, method: str, path: str, headers: Mapping[str, str], body: bytes, signed_at: str
    ) -> str:
        from botocore.auth import SigV4Auth  # takes a tenth of the gateway's start
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        request = AWSRequest(
            method,
            f"http://{headers['host']}{path}",
            headers={name: headers[name] for name in self.signed_headers},
            data=body,
        )
        request.context["timestamp"] = signed_at
        signer = SigV4Auth(Credentials(self.access_key_id, secret), self.service, self.region)
        to_sign = signer.string_to_sign(request, signer.canonical_request(request))
        return str(signer.signature(to_sign, request))
