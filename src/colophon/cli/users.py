"""Commands about who works here: users add, list, grant, password, link, token, close."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import Json, View, errors_shown, say, show, table
from colophon.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime
    from colophon.domain.account import Account

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE[@BRAND]",
        help="viewer, marketer, reviewer, approver, auditor, publisher or admin; for one brand or, without @, for all. "
        "May be repeated.",
    ),
]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password's one line from stdin.")]
By = Annotated[str | None, typer.Option("--as", help="Who does this; the user of this machine unless given.")]


def add_to(app: typer.Typer) -> None:
    users = typer.Typer(help="Accounts of the web page and the API, their roles and keys.", no_args_is_help=True)
    users.command()(add)
    users.command("list")(listing)
    users.command()(grant)
    users.command()(password)
    users.command()(link)
    users.command()(token)
    users.command()(close)
    app.add_typer(users, name="users")


def add(name: Name, role: Roles, password_stdin: FromStdin = False, by: By = None, json: Json = False) -> None:
    """Make an account. Without a password it comes in by a link, or by your identity provider."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.reception import reception
        from colophon.services.show_accounts import account_view, parse_grant
        from colophon.services.sign_in import add_account

        rt = runtime()
        made = add_account(
            name,
            tuple(parse_grant(each) for each in role),
            password=_password() if password_stdin else None,
            by=_by(by, rt),
            reception=reception(rt),
        )
        show(account_view(made), json, lambda: f"{made.name} is {made.id}")


def listing(json: Json = False) -> None:
    """List the accounts with their roles."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show_accounts import account_view

        rows = [account_view(account) for account in runtime().catalog.accounts.every()]
        show({"accounts": rows}, json, lambda: _text(rows) if rows else "no accounts yet; `colophon serve` makes one")


def grant(name: Name, role: Roles, by: By = None, json: Json = False) -> None:
    """Give an account these roles and no others."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show_accounts import account_view, parse_grant

        rt = runtime()
        grants = [parse_grant(each) for each in role]
        view = account_view(
            rt.catalog.accounts.set_grants(_account(name, rt).id, grants, by=_by(by, rt), now=rt.clock.now())
        )
        show(view, json, lambda: _text([view]))


def password(name: Name, json: Json = False) -> None:
    """Give an account another password, read from stdin, and sign it out everywhere."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.reception import reception
        from colophon.services.account_keys import set_password

        rt = runtime()
        account = _account(name, rt)
        ended = set_password(account.id, _password(), reception=reception(rt))
        show({"id": account.id, "ended": ended}, json, lambda: f"done; {ended} sign-ins ended")


def link(
    name: Name,
    address: Annotated[str, typer.Option(help="Where the web page is.")] = "http://127.0.0.1:8080",
    json: Json = False,
) -> None:
    """Make an address that signs in once, within 15 minutes."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.reception import reception
        from colophon.services.account_keys import link_for

        rt = runtime()
        made = f"{address.rstrip('/')}/sign-in/{link_for(_account(name, rt).id, reception=reception(rt)).key}"
        show({"link": made}, json, lambda: made)


def token(
    name: Name,
    title: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it works.")] = 90,
    role: Annotated[list[str] | None, typer.Option(help="Only this role of the account's; may be repeated.")] = None,
    brand: Annotated[list[str] | None, typer.Option(help="Only for this brand; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Make a token for programs. It is shown this once; only its digest is kept."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.reception import reception
        from colophon.services.show_accounts import parse_grant, token_view
        from colophon.services.sign_in import make_token

        rt = runtime()
        roles = tuple(parse_grant(each).role for each in role) if role else None
        key, made = make_token(
            _account(name, rt),
            title,
            days,
            roles=roles,
            brands=tuple(brand) if brand else None,
            reception=reception(rt),
        )
        show({"token": key} | token_view(made, rt.clock.now()), json, lambda: key)
        say(f"{made.id} works until {made.expires_at:%Y-%m-%d}; keep it now, it is not shown again")


def close(name: Name, json: Json = False) -> None:
    """Close an account, with its sign-ins and tokens. Its name stays on what it decided."""
    with errors_shown(json):
        from colophon.bootstrap import runtime

        rt = runtime()
        account = _account(name, rt)
        rt.catalog.accounts.close_account(account.id, now=rt.clock.now())
        show({"id": account.id, "state": "closed"}, json, lambda: f"{account.name} is closed")


def _account(name: str, rt: "Runtime") -> "Account":
    found = rt.catalog.accounts.named(name)
    if found is None:
        raise NotFound(f"there is no account {name!r}", where=name, hint="`colophon users list` shows them")
    return found[0]


def _by(name: str | None, rt: "Runtime") -> str:
    from colophon.bootstrap.starting import this_actor

    return name or this_actor(rt.settings).name


def _password() -> str:
    if sys.stdin.isatty():
        first: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return first
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise InvalidInput("no password came on stdin", where="stdin")
    return line


def _text(rows: list[View]) -> str:
    shown = [
        {
            **row,
            "roles": ", ".join(
                each["role"] if each["brand"] == "*" else f"{each['role']}@{each['brand']}" for each in row["grants"]
            ),
            "state": "closed" if row["closed_at"] else "open",
        }
        for row in rows
    ]
    return table(shown, ("name", "state", "roles", "id"))
