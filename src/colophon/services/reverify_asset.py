"""Verify the files of one asset again, now."""

from collections.abc import Iterator

from colophon.domain.history import Scope, Standing
from colophon.services.reverify import Lab, Result, standings, verify_again


def verify_asset(asset: str, *, lab: Lab) -> list[Result]:
    """Its original and all its renditions, whether or not they are due; each verdict is put on record. Raises
    `StoreUnavailable`."""
    files: Iterator[Standing] = standings(Scope((asset,)), None, verdicts=lab.verdicts)
    return list(verify_again(files, lab=lab))
