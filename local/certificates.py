"""Issues TLS certificates by a certificate authority of this machine, which is kept in the data folder."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.x509 import load_pem_x509_certificate

# Safari refuses a lifetime over 825 days (Apple, "Requirements for trusted certificates in iOS 13 and macOS 10.15").
_LIFETIME = timedelta(days=800)
_RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Certificates:
    """PEM files. Clients trust `authority`; the server uses `chain` (certificate and authority) and `key`."""

    authority: Path
    chain: Path
    key: Path

    @classmethod
    def within(cls, folder: Path) -> "Certificates":
        """Returns the files of this folder, which may not exist yet."""
        return cls(folder / "authority.pem", folder / "server.pem", folder / "server.key")


def ensure_certificates(folder: Path, now: datetime | None = None) -> Certificates:
    """Returns the certificates for localhost and 127.0.0.1. Issues them on the first call and before they expire.

    The authority's private key is not kept, so that nobody can issue further certificates. Therefore a new certificate
    has a new authority.
    """
    now = now or datetime.now(UTC)
    files = Certificates.within(folder)
    if not _is_good(files, now):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        authority = trustme.CA(organization_name="Tasks API on this machine")
        server = authority.issue_cert(
            "localhost", "127.0.0.1", not_before=now - timedelta(days=1), not_after=now + _LIFETIME
        )
        authority.cert_pem.write_to_path(files.authority)
        server.cert_chain_pems[0].write_to_path(files.chain)
        authority.cert_pem.write_to_path(files.chain, append=True)
        files.key.touch(0o600)
        server.private_key_pem.write_to_path(files.key)
    return files


def _is_good(files: Certificates, now: datetime) -> bool:
    if not files.key.exists():
        return False
    certificate = load_pem_x509_certificate(files.chain.read_bytes())
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now + _RENEWED_BEFORE < end <= begin + timedelta(days=825)
