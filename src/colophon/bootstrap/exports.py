"""Exports and reports of a campaign, under the settings of this process."""

from pathlib import Path
from typing import IO, Literal, get_args

from colophon import data
from colophon.bootstrap.runtime import Runtime
from colophon.errors import InvalidInput
from colophon.services.export import Exported, NoteRead, Read, Wanted, export, export_format
from colophon.services.spool import Spool

Format = Literal["json", "csv", "prov", "openlineage", "pack"]
FORMATS: tuple[Format, ...] = get_args(Format)
ENDINGS = {
    "json": ".json",
    "csv": ".csv",
    "prov": ".prov.json",
    "openlineage": ".openlineage.ndjson",
    "pack": ".zip",
    "report": ".html",
}


def on_record(rt: Runtime, by: str | None = None) -> NoteRead:
    """Every export and report is an event of the audit log before anybody has it; ``by`` is who reads it, where that
    is known."""

    def note(read: Read) -> None:
        body = {"format": read.format, "sha256": read.sha256, "bytes": read.bytes}
        rt.catalog.events.note("export", read.campaign, body=body, by=by)

    return note


def write_export(
    campaign: str,
    form: Format,
    rt: Runtime,
    *,
    out: Path | None = None,
    replace: bool = False,
    pictures: bool = True,
    note_read: NoteRead | None = None,
) -> Exported:
    """To ``out``, or into the home, where an earlier export of ours is replaced. Raises `NotFound`, `Conflict`,
    `InvalidInput`, `StoreUnavailable`."""
    wanted = _wanted(campaign, form, rt, out, ENDINGS[form], replace)
    if form != "pack":
        return export_format(wanted, dossiers=rt.catalog.dossiers, note_read=note_read or on_record(rt))

    from colophon.bootstrap.packs import export_pack  # with all that only packs and reports need

    return export_pack(wanted, rt, pictures=pictures, note_read=note_read or on_record(rt))


def write_campaign_report(
    campaign: str, rt: Runtime, *, out: Path | None = None, replace: bool = False, note_read: NoteRead | None = None
) -> Exported:
    """The page, as `write_export` writes a file."""
    from colophon.services.report import write_report
    from colophon.services.thumbnails import Thumbnails

    wanted = _wanted(campaign, "report", rt, out, ".html", replace)

    def write(spool: Spool, file: IO[bytes]) -> tuple[dict[str, str], ...]:
        write_report(spool, file, data.text("report.html"), Thumbnails(rt.store, rt.imaging))
        return ()

    return export(wanted, write, dossiers=rt.catalog.dossiers, note_read=note_read or on_record(rt))


def _wanted(campaign: str, form: str, rt: Runtime, out: Path | None, ending: str, replace: bool) -> Wanted:
    if out is not None:
        return Wanted(campaign, form, out, replace)
    rt.catalog.orders.campaign(campaign)  # its name becomes a file's name only where there is such a campaign
    folder = rt.settings.home / "exports"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"the folder of exports cannot be made: {error.strerror}", where=str(folder)) from error
    return Wanted(campaign, form, folder / f"{campaign}{ending}", replace=True)
