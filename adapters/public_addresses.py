"""Resolves the hosts of webhooks and admits only addresses of the public internet."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# Of IPv6, only global unicast addresses, without the ranges that carry an IPv4 address, which a gateway would unpack:
# NAT64 (RFC 6052) is outside of 2000::/3; Teredo (RFC 4380) and 6to4 (RFC 3056) are inside.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Protocol assignments (RFC 6890) and the anycast of 6to4 (RFC 7526): Python before 3.13 calls some of them global.
_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_CARRIERS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))


class NotPublic(Exception):
    """The host has no address, or an address that is not public. The message is for the webhook's owner."""


def resolve(host: str) -> Sequence[str]:
    """Returns the addresses of a host as the system's resolver gives them. Raises NotPublic if there is none."""
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise NotPublic("The host name was not found.") from fault
    return [str(answer[4][0]) for answer in answers]


def public_address(host: str, resolver: Callable[[str], Sequence[str]] = resolve) -> str:
    """Returns the address to connect to, IPv4 if there is one. The host is resolved once. Raises NotPublic.

    One address that is not public refuses the host, because a name that changes between a public and a private address
    is an attack (DNS rebinding).
    """
    addresses = [_address(text) for text in resolver(host)]
    if not addresses or not all(address is not None and is_public(address) for address in addresses):
        raise NotPublic("The host name has an address that is not public.")
    return str(min(addresses, key=lambda address: address.version if address else 0))


def is_public(address: Address) -> bool:
    """Returns whether an address is globally routable unicast (IANA special-purpose address registries)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST or any(address in network for network in _CARRIERS):
            return False
    elif any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:  # with the zone of a link-local address, which Python parses, or something else
        return None
