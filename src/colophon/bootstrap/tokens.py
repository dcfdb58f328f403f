"""Keys that settings give to one door of this server: who has one may ask there, and nowhere else."""

from pydantic import SecretStr

from colophon.errors import InvalidInput
from colophon.settings import Settings

_SHORTEST = 16


def resolution_token(settings: Settings) -> bytes | None:
    """For finding lost manifests; None: everybody may ask. Raises `InvalidInput` for one that is too short to keep
    anybody out."""
    return _long_enough(settings.resolution_token, "COLOPHON_RESOLUTION_TOKEN")


def metrics_token(settings: Settings) -> bytes | None:
    """For ``/metrics`` from elsewhere; None: this machine alone may ask. Raises `InvalidInput` likewise."""
    return _long_enough(settings.metrics_token, "COLOPHON_METRICS_TOKEN")


def _long_enough(secret: SecretStr | None, setting: str) -> bytes | None:
    if secret is None:
        return None
    token = secret.get_secret_value().encode()
    if len(token) < _SHORTEST:
        raise InvalidInput(f"the token has fewer than {_SHORTEST} characters", where=setting)
    return token
