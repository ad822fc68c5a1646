"""A certificate authority of this machine's own, kept in the data folder, for what insists on TLS."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files: `authority` is what clients trust; `chain` (certificate and authority) and `key` are the server's."""

    authority: Path
    chain: Path
    key: Path


def ensure_certificates(folder: Path) -> Certificates:
    """The certificates for localhost and 127.0.0.1, issued when they are first asked for."""
    found = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    if not found.key.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        authority = trustme.CA(organization_name="Tasks API on this machine")
        server = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(found.authority)
        server.cert_chain_pems[0].write_to_path(found.chain)
        authority.cert_pem.write_to_path(found.chain, append=True)
        server.private_key_pem.write_to_path(found.key)
        found.key.chmod(0o600)
    return found
