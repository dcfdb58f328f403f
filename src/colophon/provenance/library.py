"""The C2PA library's version: releases known to accept forged files are not used."""

import c2pa

from colophon.errors import OutdatedLibrary

OLDEST = (0, 91, 0)  # of c2pa-rs; earlier releases accept forged files


def library_version() -> str:
    """Of c2pa-rs, the native part that reads and signs."""
    return str(c2pa.sdk_version())


def require_library() -> None:
    """Raises `OutdatedLibrary`."""
    found = library_version()
    numbers = tuple(int(part) for part in found.split("-")[0].split(".") if part.isdigit())
    if numbers < OLDEST:
        raise OutdatedLibrary(
            f"c2pa-rs {found} is too old to be relied on",
            where=f"c2pa-python {c2pa.__version__}",
            hint="install the c2pa-python that this release names; c2pa-rs 0.91.0 or later is needed",
        )
