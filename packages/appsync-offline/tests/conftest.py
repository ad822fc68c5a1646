"""Fixtures that several gateway tests share."""

from collections.abc import Iterator

import pytest
from appsync_offline.testing.identity_provider import IdentityProvider


@pytest.fixture(scope="session")
def issuer() -> Iterator[IdentityProvider]:
    """Yields an issuer of tokens."""
    provider = IdentityProvider()
    yield provider
    provider.close()
