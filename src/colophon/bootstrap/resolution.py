"""The Soft Binding Resolution API composed: its ports, and the token that may be asked for."""

from colophon.bootstrap.runtime import Runtime
from colophon.errors import InvalidInput
from colophon.services.recover import RecoveryDesk
from colophon.settings import Settings

_SHORTEST_TOKEN = 16


def recovery_desk(rt: Runtime) -> RecoveryDesk:
    """Raises what opening the catalog or the store raises."""
    return RecoveryDesk(rt.catalog.manifests, rt.catalog.lookalikes, rt.store, rt.imaging)


def resolution_token(settings: Settings) -> bytes | None:
    """None: everybody may ask. Raises `InvalidInput` for one that is too short to keep anybody out."""
    if settings.resolution_token is None:
        return None
    token = settings.resolution_token.get_secret_value().encode()
    if len(token) < _SHORTEST_TOKEN:
        raise InvalidInput(f"the token has fewer than {_SHORTEST_TOKEN} characters", where="COLOPHON_RESOLUTION_TOKEN")
    return token
