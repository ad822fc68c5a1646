"""Safari accepts the local certificate, which is renewed before it expires."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.x509 import load_pem_x509_certificate

from local.certificates import Certificates, ensure_certificates

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def lifetime(certificates: Certificates) -> timedelta:
    certificate = load_pem_x509_certificate(certificates.chain.read_bytes())
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


def test_a_certificate_lives_less_than_825_days(tmp_path: Path) -> None:
    assert lifetime(ensure_certificates(tmp_path, NOW)) < timedelta(days=825)


def test_a_certificate_is_kept_until_its_last_month(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path, NOW).chain.read_bytes()

    assert ensure_certificates(tmp_path, NOW + timedelta(days=769)).chain.read_bytes() == first
    assert ensure_certificates(tmp_path, NOW + timedelta(days=771)).chain.read_bytes() != first


def test_a_certificate_that_lives_too_long_is_replaced(tmp_path: Path) -> None:
    of_earlier_versions = trustme.CA().issue_cert("localhost")
    of_earlier_versions.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    of_earlier_versions.private_key_pem.write_to_path(tmp_path / "server.key")

    assert lifetime(ensure_certificates(tmp_path)) < timedelta(days=825)


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    certificates = ensure_certificates(tmp_path / "tls", NOW)

    assert (certificates.key.stat().st_mode & 0o777, certificates.key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
