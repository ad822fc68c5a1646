"""The gateway sends answers without waiting for acknowledgments of earlier packets."""

import socket

from appsync_offline.web.serving import Port, _bound, configuration
from starlette.applications import Starlette


def test_answers_are_not_held_back_until_the_client_acknowledges() -> None:
    with _bound(configuration(Starlette(), Port(0), lifespan=False)) as listening:
        listening.listen()

        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
