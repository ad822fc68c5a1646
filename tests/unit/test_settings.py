"""Settings come from the environment, reach the background process unchanged, and an invalid one is named."""

import os
from pathlib import Path

import pytest

from local.errors import CannotRun
from local.settings import Settings

VARIABLES = ("PORT", "TLS_PORT", "MINISTACK_PORT", "LOCAL_DATA", "AUTH", "WATCH", "ALLOWED_HOSTS")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_variables_the_defaults_apply() -> None:
    assert Settings.from_environment() == Settings()
    assert (Settings().port, Settings().tls_port, Settings().ministack_port) == (4000, 4443, 4566)


def test_a_background_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        port=5000,
        tls_port=5001,
        ministack_port=5002,
        data=Path("/somewhere"),
        enforces_iam=True,
        watches=False,
        allowed_hosts=("10.0.2.2", "tasks.test"),
    )

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert set(settings.environment()) == set(VARIABLES)
    assert Settings.from_environment() == settings


@pytest.mark.parametrize("value", ["many", "0", "65536", "-1", "\N{FULLWIDTH DIGIT ONE}", "80 80"])
def test_an_invalid_port_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MINISTACK_PORT", value)

    with pytest.raises(CannotRun, match=r"^MINISTACK_PORT must be a port number, 1 to 65535; it is "):
        Settings.from_environment()


@pytest.mark.parametrize("value", ["http://10.0.2.2", "10.0.2.2:4000", "a b", "--port"])
def test_an_invalid_host_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", f"localhost, {value}")

    with pytest.raises(CannotRun, match=r"^ALLOWED_HOSTS must be names or addresses without a port, with commas; "):
        Settings.from_environment()


def test_a_key_is_in_no_environment_of_the_settings() -> None:
    assert "the-secret" not in Settings(secret="the-secret").environment().values()
    assert Settings(secret="the-secret").aws_environment()["AWS_SECRET_ACCESS_KEY"] == "the-secret"


def test_a_program_may_not_download_unless_it_is_an_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")

    assert "HTTPS_PROXY" not in Settings().aws_environment()
    assert Settings().aws_environment(may_download=True)["HTTPS_PROXY"] == os.environ["HTTPS_PROXY"]
