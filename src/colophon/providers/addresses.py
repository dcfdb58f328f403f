"""Which addresses may be reached: host patterns for names, and public or private for what a name resolves to."""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence

# Prefixes that carry an IPv4 address inside: what is reached then is decided by a translator, not by the number seen.
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is assigned for global use, RFC 4291
_TRANSLATED = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible, RFC 4291
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 local use, RFC 8215
        "2001::/32",  # Teredo, RFC 4380
        "2002::/16",  # 6to4, RFC 3056
    )
)

Resolver = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address the system knows for a name, in its order. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def reachable(address: str, *, allow_private: bool = False) -> bool:
    """Whether a resolved address may be connected to: globally routable, or with ``allow_private`` also loopback and
    private networks. Never link-local (metadata services live there), multicast, unspecified or translated ones."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_multicast or ip.is_unspecified:
        return False
    if allow_private and (ip.is_loopback or _private(ip)):
        return True
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in _UNICAST or any(ip in net for net in _TRANSLATED)):
        return False
    return ip.is_global and not ip.is_reserved


def _private(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """RFC 1918 and RFC 4193 networks only; ``is_private`` also has documentation and reserved ranges."""
    networks = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16") if ip.version == 4 else ("fc00::/7",)
    return any(ip in ipaddress.ip_network(network) for network in networks)


def host_allowed(host: str, patterns: Iterable[str]) -> bool:
    """Whether a name is on the list. ``*.example.com`` means every name below example.com, not example.com itself;
    a look-alike (``example.com.evil.net``, ``evilexample.com``) matches nothing. ``*`` alone is any name: only for
    requests that bear no key, and never accepted in a route."""
    name = host.lower().rstrip(".")
    return bool(name) and any(_fits(name, pattern) for pattern in patterns)


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and len(name) >= len(pattern)
    return pattern in ("*", name)
