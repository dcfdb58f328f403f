"""Audit packs under the settings of this process."""

from typing import IO

from colophon import data
from colophon.bootstrap.auditing import notary, seal
from colophon.bootstrap.runtime import Runtime
from colophon.errors import Conflict
from colophon.services.export import Exported, NoteRead, Wanted, export
from colophon.services.pack import Missing, PackParts, trust_files, write_pack
from colophon.services.pack_log import CHANGED, campaign_log, log_files
from colophon.services.spool import Spool
from colophon.services.thumbnails import Thumbnails

_MORE_TRIES = 2  # of a pack whose campaign changed while it was read


def export_pack(wanted: Wanted, rt: Runtime, *, pictures: bool, note_read: NoteRead) -> Exported:
    """As `colophon.bootstrap.exports.write_export`; `Conflict` too when the campaign will not stand still."""
    for _ in range(_MORE_TRIES):
        try:
            return _export(wanted, rt, pictures, note_read)
        except Conflict as error:
            if error.reason != CHANGED:
                raise
    return _export(wanted, rt, pictures, note_read)


def _export(wanted: Wanted, rt: Runtime, pictures: bool, note_read: NoteRead) -> Exported:
    as_of = rt.catalog.events.size()

    def write(spool: Spool, file: IO[bytes]) -> tuple[Missing, ...]:
        policy = rt.trust_policy
        log = campaign_log(wanted.campaign, notary(rt), lambda: seal(rt), as_of=as_of)
        parts = PackParts(
            store=rt.store,
            thumbnails=Thumbnails(rt.store, rt.imaging),
            data=data.text,
            revisions=rt.catalog.dossiers.revisions(wanted.campaign),
            trust=trust_files(policy.model_dump(mode="json"), [(anchor.name, anchor.pem) for anchor in policy.anchors]),
            log=log_files(log),
            pictures=pictures,
        )
        return write_pack(spool, file, wanted.path.absolute().parent, parts)

    return export(wanted, write, dossiers=rt.catalog.dossiers, note_read=note_read)
