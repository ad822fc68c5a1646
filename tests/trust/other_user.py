"""Becomes another user of this machine, and sends requests as that user."""

import contextlib
import http.client
import multiprocessing
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

_NOBODY = 65534
as_another_user = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


def send(url: str, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes = b"") -> tuple[int, str]:
    """Returns status and body of a response. The TLS certificate is not what these tests are about."""
    address = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(str(address.hostname), address.port, context=ssl._create_unverified_context())
        if address.scheme == "https"
        else http.client.HTTPConnection(str(address.hostname), address.port)
    )
    connection.request(method, path, body or None, dict(headers))
    response = connection.getresponse()
    return response.status, response.read().decode(errors="replace")


@contextlib.contextmanager
def processes_of_nobody() -> Iterator[Any]:
    """Yields a pool of one process, which belongs to nobody."""
    with multiprocessing.get_context("fork").Pool(1, _become_nobody) as pool:
        yield pool


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
