"""Tells whether another user of this machine sent a request, where the system knows: on Linux.

Linux lists each TCP socket with its addresses and its owner (proc(5), `/proc/net/tcp`), and so the client's end of a
loopback connection. This module imports only the standard library, as `visits` does.
"""

import os
import sys
from collections.abc import Iterator, MutableMapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

_ROOT = 0
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def is_of_another_user(scope: MutableMapping[str, Any], tables: tuple[Path, ...] = _TABLES) -> bool:
    """Returns whether the client's end of the connection belongs to neither the server's user nor root.

    A client that has closed its end counts as another user. Returns False on systems without these tables.
    """
    if not any(table.exists() for table in tables):
        return False
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or not _is_address(client[0]):
        return False  # no TCP connection, such as that of a test
    ends_of_socket = (tuple(client[:2]), tuple(server[:2]))
    owners = {owner for ends, owner in _sockets(tables) if ends == ends_of_socket}
    return not owners & {os.getuid(), _ROOT}


def _sockets(tables: tuple[Path, ...]) -> Iterator[tuple[tuple[tuple[str, int], tuple[str, int]], int]]:
    """Yields the local and the remote address of each open socket, and the id of its user."""
    for table in tables:
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            _, local, remote, _state, _queues, _timer, _retransmits, user, _timeout, inode, *_ = line.split()
            if inode != "0":  # the socket of no process any more, which the table shows as root's
                yield (_address(local), _address(remote)), int(user)


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _address(text: str) -> tuple[str, int]:
    """Returns host and port of `0100007F:0FA0`: words of four bytes in the machine's order, and the port."""
    host, _, port = text.partition(":")
    words = (bytes.fromhex(host[start : start + 8]) for start in range(0, len(host), 8))
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    address = ip_address(packed)
    return str(getattr(address, "ipv4_mapped", None) or address), int(port, 16)
