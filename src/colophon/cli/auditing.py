"""The audit: everything on record held against everything else, checkpoints and proofs of the log, erasure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from colophon.cli import exporting
from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, show, table
from colophon.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from colophon.domain.checkpoint import Checkpoint

Event = Annotated[int, typer.Argument(min=1, help="The event's number.")]


def add_to(app: typer.Typer) -> None:
    audit = typer.Typer(no_args_is_help=True, help="Hold everything on record against everything else.")
    audit.command()(verify)
    audit.command()(checkpoint)
    audit.command()(prove)
    audit.command()(compare)
    audit.command()(erase)
    exporting.add_to(audit)
    app.add_typer(audit, name="audit")


def verify(
    catalog: Annotated[str | None, typer.Option(metavar="URL", help="A copy of the catalog.")] = None,
    store: Annotated[str | None, typer.Option(metavar="URL", help="A copy of the store.")] = None,
    cdn: Annotated[str | None, typer.Option(metavar="URL", help="Where the public files are.")] = None,
    checkpoints: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Where checkpoints lie, besides the store; repeatable.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Checkpoints that somebody else kept: a file, folder or URL; repeatable."),
    ] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Another trust policy.")] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Check about N signatures, evenly spread, not all.")
    ] = None,
    signatures: Annotated[bool, typer.Option(help="Check the signatures of renditions at all.")] = True,
    json: Json = False,
) -> None:
    """Hold rows against the log, the log against its checkpoints, objects against digests, signatures against the trust
    policy, approvals, money, and public files and lists against the CDN store.

    Nothing is written; a copy will do. Exit 1 when anything does not agree; each is named.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.auditing import Elsewhere, audit_of
        from colophon.services.audit_verify import audit_view
        from colophon.services.audit_verify import verify as service

        other = Elsewhere(catalog, store, cdn, tuple(checkpoints or ()), policy, tuple(witness or ()))
        with audit_of(runtime(), other, sample=sample, signatures=signatures) as audit:
            view = audit_view(service(audit))
        show(view, json, lambda: _text(view))
        if not view["ok"]:
            raise typer.Exit(ANSWER_IS_NO)


def checkpoint(json: Json = False) -> None:
    """Write a checkpoint of the audit log now, unless the newest one says it all."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.auditing import notary
        from colophon.services.checkpoint import write_checkpoint

        made = notary(runtime())
        written = write_checkpoint(made)
        view = {"written": _named(written) if written else None, "places": [place.address for place in made.places]}
        text = f"written: {written.name}" if written else "nothing new: the newest checkpoint covers the whole log"
        show(view, json, lambda: text)


def prove(event: Event, json: Json = False) -> None:
    """Prove that an event is under a checkpoint: the event, the hashes beside its way to the root, and the checkpoint.
    docs/audit.md says how to check it without this program."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.proofs import inclusion_view
        from colophon.services.proofs import prove as service

        rt = runtime()
        text, covering = _note_over(event)
        proof = service(event, covering.size, rt.catalog.events)
        holds = proof.holds(covering.root)
        view = inclusion_view(proof) | {"checkpoint": text, "holds": holds}
        word = "holds" if holds else "does NOT hold"
        show(view, json, lambda: f"event {event} under {covering.name}: the proof {word}\n{text}")
        if not holds:
            raise typer.Exit(ANSWER_IS_NO)


def compare(
    first: Annotated[int, typer.Argument(min=1, help="The size of the older checkpoint.")],
    second: Annotated[int, typer.Argument(min=1, help="The size of the newer one.")],
    json: Json = False,
) -> None:
    """Prove that the log of one checkpoint begins with the log of another: nothing was rewritten between them."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.proofs import consistent, prove_consistent

        (older_text, older), (newer_text, newer) = _note_over(first, exact=True), _note_over(second, exact=True)
        path = prove_consistent(first, second, runtime().catalog.events)
        holds = consistent(older, newer, path)
        view = {
            "first": older_text,
            "second": newer_text,
            "path": [node.hex() for node in path],
            "holds": holds,
        }
        show(view, json, lambda: f"{newer.name} {'continues' if holds else 'does NOT continue'} {older.name}")
        if not holds:
            raise typer.Exit(ANSWER_IS_NO)


def erase(
    subject: Annotated[
        list[str] | None, typer.Argument(metavar="[SUBJECT...]", help="Rows, as decisions/dec_01..., to erase in.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="Wherever this name stands as a whole text.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be erased.")] = False,
    json: Json = False,
) -> None:
    """Erase personal texts (names and reasons of decisions) for good. The log still holds: it only ever had commitments
    to them, and their salts go too."""
    with errors_shown(json):
        from colophon.bootstrap import runtime

        log = runtime().catalog.events
        if bool(subject) == (person is not None):
            raise InvalidInput("name rows or a person", where="--person", hint="colophon audit erase decisions/ID")
        subjects = list(subject or log.personal(person or ""))
        done: dict[str, list[str]] = {each: [] if dry_run else list(log.erase(each)) for each in subjects}
        view = {"dry_run": dry_run, "erased": [{"subject": s, "columns": c} for s, c in done.items()]}
        verb = "would be erased" if dry_run else "erased"
        show(view, json, lambda: "\n".join([*subjects, f"{len(subjects)} {verb}"]))


def _note_over(size: int, *, exact: bool = False) -> "tuple[str, Checkpoint]":
    """The smallest checkpoint over so many events. Raises `NotFound`."""
    from colophon.bootstrap import runtime
    from colophon.bootstrap.auditing import notary
    from colophon.services.checkpoint import note_over

    made = notary(runtime())
    note = note_over(size, made)
    if note is None or (exact and note.checkpoint.size != size):
        wanted = f"of {size} events" if exact else f"over event {size} yet"
        raise NotFound(f"there is no checkpoint {wanted}", where=str(size), hint="colophon audit checkpoint")
    return note.dump().decode(), note.checkpoint


def _named(made: "Checkpoint") -> dict[str, Any]:
    return {"name": made.name, "size": made.size, "root": made.root.hex(), "at": made.at}


def _text(view: View) -> str:
    counted = ", ".join(f"{number} {name}" for name, number in view["checked"].items())
    rows = table(view["problems"], ("code", "kind", "id", "message")) + "\n" if view["problems"] else ""
    left = f" and {view['left_out']} more" if view["left_out"] else ""
    said = f"{len(view['problems'])}{left} disagreements" if view["problems"] else "everything agrees"
    after = f"{view['uncovered']} events came after the newest checkpoint: nothing outside vouches for them yet\n"
    unseen = "".join(f"not looked at: {each}\n" for each in view["not_looked_at"])
    return f"{rows}{after if view['uncovered'] else ''}{unseen}{counted}: {said}"
