"""The audit log's checkpoints under the settings in force."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.bootstrap.cdn import cdn_access
from colophon.bootstrap.signing import read_policy, signing_chain, signing_key
from colophon.domain.checkpoint import Checkpoint, checked_origin
from colophon.errors import ColophonError, InvalidInput
from colophon.ports import CheckpointPlace, NoteSigner
from colophon.services.checkpoint import Notary, is_due, write_checkpoint
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.bootstrap.workrooms import Workrooms
    from colophon.services.audit_verify import Audit
    from colophon.storage import S3Access

_LOG = logging.getLogger("colophon.audit")
_UNDER_STORE = "checkpoints"


def notary(rt: "Workrooms") -> Notary:
    """Raises `InvalidInput` for an origin or address that is none."""
    places = checkpoint_places(rt.settings.storage, rt.settings.checkpoints, rt.s3)
    return Notary(checked_origin(rt.settings.log_origin), rt.catalog.events, places, lambda: _signer(rt), rt.clock)


def checkpoint_places(store: str, others: Sequence[str], s3: "S3Access | None") -> list[CheckpointPlace]:
    """Beside the objects of the store, and where else they are kept."""
    from colophon.storage import open_place

    places = [open_place(store, _UNDER_STORE, s3=s3)]
    try:
        places += [open_place(url, "", s3=s3) for url in others]
    except InvalidInput as error:
        raise InvalidInput(error.message, where="COLOPHON_CHECKPOINT_URL", hint=error.hint) from error
    return places


def seal(rt: "Workrooms", *, only_due: bool = False) -> Checkpoint | None:
    """Write a checkpoint; ``only_due``: unless a newer one than `colophon.services.checkpoint.EVERY` says it all.

    What keeps it from being written is in the log of the program, not raised: what was published is published, and the
    next pass tries again. `colophon audit checkpoint` raises it.
    """
    try:
        made = notary(rt)
        return None if only_due and not is_due(made) else write_checkpoint(made)
    except ColophonError as error:
        _LOG.error("no checkpoint of the audit log was written: %s (%s)", error.message, error.hint or error.where)
        return None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What to audit instead of what the settings name: a copy."""

    catalog: str | None = None
    store: str | None = None
    cdn: str | None = None
    checkpoints: tuple[str, ...] = ()
    policy: Path | None = None
    witnesses: tuple[str, ...] = ()

    @property
    def is_copy(self) -> bool:
        return self.catalog is not None


@contextmanager
def audit_of(rt: "Workrooms", other: Elsewhere, *, sample: int | None, signatures: bool) -> "Iterator[Audit]":
    """An audit over the settings in force, or over a copy. The public files of a copied catalog are only looked at
    where ``cdn`` says where they are. Raises `InvalidInput`, `NotFound`, `StoreUnavailable`."""
    from colophon.catalog import open_audited
    from colophon.provenance.list_reading import PolicyLists
    from colophon.provenance.notes import PolicyNotes
    from colophon.services.audit_log import Log
    from colophon.services.audit_verify import Audit
    from colophon.storage import open_shelf, open_store, open_witness

    settings = rt.settings
    store = other.store or settings.storage
    policy = read_policy(other.policy) if other.policy else rt.trust_policy
    places = checkpoint_places(store, other.checkpoints or settings.checkpoints, rt.s3)
    witnesses = [open_witness(address, s3=rt.s3) for address in other.witnesses]
    with open_audited(other.catalog or settings.database) as catalog:
        cdn = other.cdn or (None if other.is_copy else settings.cdn)
        now = None if other.is_copy else rt.clock.now()
        yield Audit(
            Log(catalog, checked_origin(settings.log_origin), places, PolicyNotes(policy), now, witnesses),
            store=open_store(store, s3=rt.s3),
            reader=rt.reader_under(other.policy) if signatures else None,
            shelf=open_shelf(cdn, settings.cdn_public_url, s3=cdn_access(settings, rt.s3)) if cdn else None,
            lists=PolicyLists(policy),
            threads=2 * (settings.imaging_workers or cpu_count() or 1),
            sample=sample,
        )


def _signer(rt: "Workrooms") -> NoteSigner:
    from colophon.provenance.notes import BrandNotes

    settings: Settings = rt.settings
    return BrandNotes(signing_chain(settings), signing_key(settings))
