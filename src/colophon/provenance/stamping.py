"""A signature with a time stamp: several tries, and what happens when the service stays out of reach."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from colophon.domain.provenance import Signed
from colophon.errors import SigningError, SigningUnavailable
from colophon.provenance.stamp_relay import StampRelay
from colophon.provenance.stamps import StampService

_LOG = logging.getLogger("colophon.provenance")

# Signs once, with the address from which a stamp is fetched, or without one.
SignOnce = Callable[[str | None], Signed]


def stamped(once: SignOnce, service: StampService) -> Signed:
    """Sign with a stamp, each try a signature of its own, because the stamp is fetched in the middle of it.

    Raises `SigningUnavailable` when the service stays out of reach and the settings say to sign nothing then;
    `SigningError` at once when it sends a stamp that must not be used, whatever the settings say.
    """
    for number in range(service.tries):
        if number:
            time.sleep(service.pause * 2 ** (number - 1))
        made = _try(once, service)
        if isinstance(made, Signed):
            return made
        if number == service.tries - 1 and service.outage == "fail":
            raise made
    _LOG.warning("%s is out of reach; signing without a time stamp", service.name)
    return replace(once(None), stamp_missing=True)


def _try(once: SignOnce, service: StampService) -> Signed | SigningUnavailable:
    """The signed file, or why its service gave no stamp. Raises what another try would not mend."""
    with StampRelay(service) as relay:
        try:
            return once(relay.address)
        except SigningError as error:
            if isinstance(relay.failure, SigningUnavailable):
                return relay.failure
            raise relay.failure or error from error
