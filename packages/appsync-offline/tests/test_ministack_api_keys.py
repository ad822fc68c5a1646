"""API keys of MiniStack's CloudFormation, which are short, are replaced by keys that derive from a secret."""

import re

from appsync_offline.control_plane.deployed_api import ApiKey
from appsync_offline.ministack.api_keys import derived, with_derived_keys
from appsync_offline.testing.apis import an_api

SDL = "type Query { a: Int }"


def test_a_derived_key_has_the_form_of_appsyncs_and_stays_the_same() -> None:
    assert re.fullmatch("da2-[a-z2-7]{26}", derived("1a2b3c4d", "secret"))
    assert derived("1a2b3c4d", "secret") == derived("1a2b3c4d", "secret")


def test_each_key_and_each_secret_has_another() -> None:
    assert len({derived(key, secret) for key in ("1a2b3c4d", "5e6f7a8b") for secret in ("one", "two")}) == 4


def test_an_api_has_its_keys_with_their_expiry() -> None:
    api = with_derived_keys(an_api(SDL), "secret")

    assert api.api_keys == tuple(ApiKey(derived(key.id, "secret"), key.expires) for key in an_api(SDL).api_keys)
