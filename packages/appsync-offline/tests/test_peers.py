"""The owner of a connection's other end is read from Linux's tables of sockets."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from appsync_offline.web.peers import is_of_another_user

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
CLIENT, SERVER = ("127.0.0.1", 50000), ("127.0.0.1", 4000)
SCOPE: Any = {"client": CLIENT, "server": SERVER}
OURS, THEIRS = os.getuid(), os.getuid() + 1


def row(local: tuple[str, int], remote: tuple[str, int], user: int, inode: int = 7) -> str:
    ends = " ".join(f"{_words(host)}:{port:04X}" for host, port in (local, remote))
    return f"   0: {ends} 01 00000000:00000000 00:00000000 00000000 {user:5} 0 {inode} 1 0000 20 4 30 10 -1\n"


def _words(host: str) -> str:
    packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    return "".join((word[::-1] if sys.byteorder == "little" else word).hex().upper() for word in words)


def tables(folder: Path, *rows: str) -> tuple[Path, ...]:
    table = folder / "tcp"
    table.write_text(HEAD + "".join(rows))
    return (table, folder / "tcp6")


@pytest.mark.parametrize(("user", "is_another"), [(OURS, False), (0, False), (THEIRS, True)])
def test_the_owner_of_the_clients_end_decides(tmp_path: Path, user: int, is_another: bool) -> None:
    both_ends = [row(SERVER, CLIENT, OURS), row(CLIENT, SERVER, user)]

    assert is_of_another_user(SCOPE, tables(tmp_path, *both_ends)) == is_another


def test_another_connection_of_ours_does_not_count(tmp_path: Path) -> None:
    rows = [
        row(("127.0.0.1", 50001), SERVER, OURS),
        row(CLIENT, ("127.0.0.1", 4001), OURS),
        row(CLIENT, SERVER, THEIRS),
    ]

    assert is_of_another_user(SCOPE, tables(tmp_path, *rows))


def test_a_client_that_has_closed_its_end_is_not_taken_for_root(tmp_path: Path) -> None:
    assert is_of_another_user(SCOPE, tables(tmp_path, row(CLIENT, SERVER, 0, inode=0)))
    assert is_of_another_user(SCOPE, tables(tmp_path))


def test_a_client_with_a_mapped_address_is_recognized(tmp_path: Path) -> None:
    mapped = [(f"::ffff:{host}", port) for host, port in (CLIENT, SERVER)]

    assert not is_of_another_user(SCOPE, tables(tmp_path, row(mapped[0], mapped[1], OURS)))


def test_a_system_without_these_tables_tells_nothing(tmp_path: Path) -> None:
    assert not is_of_another_user(SCOPE, (tmp_path / "tcp",))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these tables")
def test_ones_own_connection_is_ones_own() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        scope: Any = {"client": client.getsockname(), "server": listening.getsockname()}

        assert not is_of_another_user(scope)
