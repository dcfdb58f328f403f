"""Who reaches `colophon serve`: this machine alone, or others by its address or through a proxy; and whose word is
taken for who asks."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from colophon.errors import InvalidInput
from colophon.settings import Settings

_MOST = 1000  # characters


def trusted_proxies(given: str | None, settings: Settings) -> str | None:
    """Addresses and networks with commas between, whose word is taken for who asks; None: nobody's. ``given`` on the
    command line wins. Raises `InvalidInput` for what is neither: it would be left out without a word, and so is
    everybody (``*``), whose word says nothing."""
    text, where = (
        (given, "--behind-proxy") if given is not None else (settings.trusted_proxies, "COLOPHON_TRUSTED_PROXIES")
    )
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(text) > _MOST or not all(map(_is_network, parts)):
        hint = "addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8"
        raise InvalidInput("something here is neither an address nor a network", where=where, hint=hint)
    return ",".join(parts)


def others_reach(host: str | None, proxies: str | None, settings: Settings) -> bool:
    """Whether anybody but this machine may ask: by the address it listens on (None: not known; an empty one is every
    address), or because settings speak of a proxy or of an address that browsers or vendors know it by."""
    told = (settings.public_url, settings.webhook_url)
    hosts = [host, *(urlsplit(address).hostname for address in told if address)]
    return proxies is not None or not all(is_loopback(each) for each in hosts if each is not None)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address, without a port, is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
