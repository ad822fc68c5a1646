"""Programs of the stack receive the variables that they need, and no secret of the user's shell."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from local import surroundings

SECRETS = {
    "GITHUB_TOKEN": "ghp_x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_PROFILE": "production",
    "NPM_TOKEN": "x",
    "MISE_GITHUB_TOKEN": "x",
    "DATABASE_URL": "postgres://user:password@host/",
    "SSH_AUTH_SOCK": "/tmp/agent",
}
CODE = {"NODE_OPTIONS": "--require=x", "PYTHONPATH": "/x", "LD_PRELOAD": "/x.so", "PYTHONSTARTUP": "/x.py"}
INSTALLATION = {
    "PIP_USER": "1",
    "NODE_ENV": "production",
    "NPM_CONFIG_OMIT": "dev",
    "npm_config_production": "true",
    "UV_EXCLUDE_NEWER": "2020-01-01",
}
NETWORK = {
    "HTTP_PROXY": "http://user:password@proxy:3128",
    "https_proxy": "http://proxy:3128",
    "PIP_INDEX_URL": "https://packages.example/simple",
    "UV_INDEX_COMPANY_PASSWORD": "x",
    "npm_config_registry": "https://packages.example/npm",
}
NEEDED = {"PATH": "/usr/bin", "HOME": "/home/anna", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NVM_DIR": "/home/anna/.nvm"}


@contextmanager
def shell(monkeypatch: pytest.MonkeyPatch, *variables: Mapping[str, str]) -> Iterator[None]:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for group in variables:
        for name, value in group.items():
            monkeypatch.setenv(name, value)
    yield


def test_programs_of_this_machine_get_nothing_but_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    with shell(monkeypatch, SECRETS, CODE, INSTALLATION, NETWORK, NEEDED):
        received = surroundings.of_programs()

    assert {name: value for name, value in received.items() if name in NEEDED} == NEEDED
    assert set(received) - set(NEEDED) == {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "NO_PROXY", "no_proxy"}


def test_installers_also_get_the_way_to_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    with shell(monkeypatch, SECRETS, CODE, INSTALLATION, NETWORK, NEEDED):
        received = surroundings.of_installers()

    assert {name: value for name, value in received.items() if name in NETWORK} == NETWORK
    assert received.keys() & (SECRETS | CODE | INSTALLATION).keys() == set()


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_this_machine_is_never_behind_a_proxy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with shell(monkeypatch, {name: "intranet.example,localhost"}):
        received = surroundings.of_installers()

    assert received["NO_PROXY"] == received["no_proxy"] == "intranet.example,127.0.0.1,localhost,::1"


def test_keeping_twice_keeps_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with shell(monkeypatch, SECRETS, NETWORK, NEEDED, {"PORT": "5000", "LOCAL_DATA": "/x", "WATCH": "0"}):
        surroundings.keep_what_is_allowed()
        once = dict(os.environ)
        surroundings.keep_what_is_allowed()

        assert dict(os.environ) == once
        assert once["PORT"] == "5000"
