"""The Soft Binding Resolution API composed: its ports."""

from colophon.bootstrap.runtime import Runtime
from colophon.services.recover import RecoveryDesk


def recovery_desk(rt: Runtime) -> RecoveryDesk:
    """Raises what opening the catalog or the store raises."""
    return RecoveryDesk(rt.catalog.manifests, rt.catalog.lookalikes, rt.store, rt.imaging)
