"""Commands about certificates: certs with show, of, request and develop."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, show, table

certs = typer.Typer(
    no_args_is_help=True, help="Signing certificates: show them, request one, renew the development set."
)


_NAMES = ("where", "kind", "subject", "issuer", "serial", "sha256", "purposes")
_COLUMNS = (*_NAMES, "not_before", "not_after", "days_left")


class Algorithm(StrEnum):
    ES256 = "es256"
    ES384 = "es384"
    PS256 = "ps256"
    ED25519 = "ed25519"


class Second(StrEnum):
    EMAIL = "email"
    DOCUMENT = "document"


def add_to(app: typer.Typer) -> None:
    app.add_typer(certs, name="certs")


@certs.command("show")
def show_certificates(json: Json = False) -> None:
    """The signing chain and the trust policy's certificates, with days left. Exit 1 when the signing certificate is not
    valid now or its key does not belong to it."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.certificates import certificates_view

        view = certificates_view(runtime())
        show(view, json, lambda: _text(view))
        if not view["ok"]:
            raise typer.Exit(ANSWER_IS_NO)


@certs.command()
def of(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture with a manifest.")], json: Json = False
) -> None:
    """The certificates that signed a file's manifests, as PEM: what a pin in the trust policy is made of. Says nothing
    about whom to believe."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.certificates import file_certificates

        rows = file_certificates(file, runtime())
        show(rows, json, lambda: "\n".join(_chain_text(row) for row in rows))


@certs.command()
def request(
    organisation: Annotated[str, typer.Option(help="The organisation (O), as the authority will check it.")],
    country: Annotated[str, typer.Option(help="Its country (C), two letters.")],
    common_name: Annotated[str, typer.Option(help="The name of the signer (CN).")],
    key: Annotated[
        str | None, typer.Option(help="An existing key: PATH, file:PATH, env:NAME, pkcs11:... Without it one is made.")
    ] = None,
    new_key: Annotated[Path, typer.Option(help="Where a new key is written.")] = Path("signing-key.pem"),
    algorithm: Annotated[Algorithm, typer.Option(help="Of a new key.")] = Algorithm.ES256,
    second: Annotated[Second, typer.Option(help="The purpose beside C2PA claim signing.")] = Second.EMAIL,
    out: Annotated[Path, typer.Option(help="Where the request is written.")] = Path("signing.csr"),
    json: Json = False,
) -> None:
    """Make a certificate request (PKCS#10) for an authority, with the profile of C2PA. Overwrites nothing."""
    with errors_shown(json):
        from colophon.bootstrap.certificates import Application, request_certificate

        wish = Application(country, organisation, common_name, key, new_key, algorithm.value, second.value, out)
        view = request_certificate(wish)
        kept = f"new key: {view['new_key']} (keep it secret)\n" if view["new_key"] else ""
        show(view, json, lambda: f"{kept}request: {view['request']}\nsubject: {view['subject']}")


@certs.command()
def develop(json: Json = False) -> None:
    """Renew the development certificate: the new root joins the trust policy, then the new key replaces the old one.
    Old renditions stay verifiable."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.rotation import renew_development_set

        rt = runtime()
        view = renew_development_set(rt.settings, rt.clock.now())
        lines = (
            f"new development certificate, valid until {view['certificate']['not_after']}",
            f"trust policy {view['policy']['file']}: version {view['policy']['to']}, new anchor {view['anchor']}",
            f"old certificates: {view['archived'] or 'none'} (their key is deleted)",
        )
        show(view, json, lambda: "\n".join(lines))


def _text(view: View) -> str:
    kind = "development certificate" if view["signing"]["development"] else "certificate"
    rows = [_row("signing", kind if not number else "issuer", each) for number, each in enumerate(_chain(view))]
    rows += [_row(a["name"], a["kind"], each) for a in view["anchors"] for each in a["certificates"]]
    columns = (
        "where",
        "kind",
        "subject",
        "issuer",
        "serial",
        "purposes",
        "not_before",
        "not_after",
        "days_left",
        "sha256",
    )
    return "\n".join([table(rows, columns), *(f"problem: {problem}" for problem in view["problems"])])


def _chain(view: View) -> list[View]:
    found: list[View] = view["signing"]["chain"]
    return found


def _row(where: str, kind: str, each: View) -> View:
    short = {"not_before": each["not_before"][:10], "not_after": each["not_after"][:10], "sha256": each["sha256"][:16]}
    return each | short | {"where": where, "kind": kind, "purposes": " ".join(each["purposes"])}


def _chain_text(row: View) -> str:
    leaf = row["certificates"][0]
    about = (row["label"], f"{leaf['subject']}, sha256 {leaf['sha256']}", f"until {leaf['not_after']}")
    return "".join(f"# {line}\n" for line in about) + str(row["pem"])
