"""From where somebody asks, as far as tries to sign in are counted by it."""

from ipaddress import IPv4Address, IPv6Network, ip_address

# What one subscriber is given of IPv6 at least (RFC 6177): within it an address costs nothing to change.
_SUBSCRIBERS_BITS = 64
_LONGEST = 100  # characters of anything that may be an address
ELSEWHERE = "elsewhere"


def origin_of(address: str) -> str:
    """An IPv4 address as it is, an IPv6 one as the network of 64 bits around it, without its zone. Whatever is no
    address is one and the same place: who can choose such a text is no more places by choosing many."""
    try:
        found = ip_address(address[:_LONGEST])
    except ValueError:
        return ELSEWHERE
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), _SUBSCRIBERS_BITS), strict=False))
