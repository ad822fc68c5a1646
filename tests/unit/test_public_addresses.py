"""Messages go to addresses of the public internet, however a name or an address is written."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from adapters.public_addresses import NotPublic, is_public, public_address

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"),
    *("169.254.169.254", "169.254.170.2", "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "203.0.113.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2001:0:7f00:1::", "100::1", "4000::1"),
]
PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_globally_routable_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_globally_routable_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["93.184.216.34", "::1"],
        ["93.184.216.34", "::ffff:169.254.169.254"],
        ["fe80::1%eth0"],
        ["no address"],
    ],
)
def test_one_address_that_is_not_public_refuses_the_name(addresses: Sequence[str]) -> None:
    with pytest.raises(NotPublic, match=r"^The host name has an address that is not public\.$"):
        public_address("hooks.example.com", lambda _: addresses)


def test_an_ipv4_address_is_preferred_because_a_lambda_has_no_ipv6() -> None:
    addresses = ["2606:2800:220:1:248:1893:25c8:1946", "93.184.216.34"]

    assert public_address("hooks.example.com", lambda _: addresses) == "93.184.216.34"


def test_a_name_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotPublic, match=r"^The host name was not found\.$"):
        public_address("hooks.example.invalid")


def test_a_name_of_this_machine_is_not_public() -> None:
    with pytest.raises(NotPublic, match="not public"):
        public_address("localhost")
