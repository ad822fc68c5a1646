"""The settings of the local stack come from variables, and go back into them."""

import pytest

from local.settings import Settings


@pytest.mark.parametrize(
    ("given", "hosts"),
    [("", ()), ("10.0.2.2", ("10.0.2.2",)), ("10.0.2.2, phone.local", ("10.0.2.2", "phone.local"))],
    ids=["none", "an Android emulator", "two"],
)
def test_further_names_of_this_machine_are_a_list(
    monkeypatch: pytest.MonkeyPatch, given: str, hosts: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", given)

    settings = Settings.from_environment()

    assert settings.allowed_hosts == hosts
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == settings
