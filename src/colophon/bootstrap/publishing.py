"""What publishing is made of: the public's view, purge, signed lists."""

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.bootstrap.auditing import seal
from colophon.bootstrap.signing import signing_chain, signing_key
from colophon.errors import InvalidInput
from colophon.ports import Holder, PublicView, Purge, Shelf
from colophon.services.press import Press
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.bootstrap.workrooms import Workrooms

_HTTP = ("http://", "https://")


def make_press(rt: "Workrooms") -> Press:
    from colophon.provenance.list_signing import JwsSigner

    catalog, settings = rt.catalog, rt.settings
    return Press(
        orders=catalog.orders,
        assets=catalog.assets,
        publications=catalog.publications,
        withdrawals=catalog.withdrawals,
        leases=catalog.leases,
        issues=catalog.issues,
        verdicts=catalog.verdicts,
        reviews=catalog.reviews,
        store=rt.store,
        shelf=rt.shelf,
        view=make_view(settings, rt.shelf),
        purge=make_purge(settings),
        signer=JwsSigner(lambda: (signing_chain(settings), signing_key(settings))),
        reader=rt.reader,
        clock=rt.clock,
        process=this_process(),
        dead=dead,
        arrives=timedelta(seconds=settings.cdn_arrives_seconds),
        leaves=timedelta(seconds=settings.cdn_leaves_seconds),
        rounds=settings.cdn_rounds,
        changed=lambda: seal(rt),
    )


def make_view(settings: Settings, shelf: Shelf) -> PublicView:
    from colophon.providers.cdn_view import HttpView, ShelfView
    from colophon.providers.http import guarded_client

    base = settings.cdn_public_url or settings.cdn
    if base.startswith(_HTTP) and settings.cdn_read_back == "public":
        return HttpView(guarded_client(allow_private=settings.cdn_allow_private, answer_seconds=60.0))
    return ShelfView(shelf, base)


def make_purge(settings: Settings) -> Purge | None:
    """None: none is configured. Raises `InvalidInput` where a part of it is missing."""
    from colophon.providers.fastly import BASE_URL, FastlyPurge
    from colophon.providers.http import guarded_client

    purge = settings.purge
    if purge.kind is None:
        return None
    if purge.service is None or purge.token is None:
        hint = "set COLOPHON_PURGE__SERVICE and COLOPHON_PURGE__TOKEN"
        raise InvalidInput("purging needs a service and a token", where="COLOPHON_PURGE__KIND", hint=hint)
    client = guarded_client(allow_private=purge.allow_private, answer_seconds=30.0)
    token = purge.token.get_secret_value()
    return FastlyPurge(client, service=purge.service, token=token, base_url=purge.base_url or BASE_URL)


def this_process() -> str:
    """This machine's boot and name space of processes, the process, and when it was started; empty where the system
    does not tell, so that nobody draws conclusions from it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {_space()} {os.getpid()} {_started(os.getpid())}"
    except (OSError, ValueError, IndexError):
        return ""


def dead(holder: Holder) -> bool:
    """Whether a process is known to have ended. False also where that cannot be known from here: another machine,
    another container."""
    here, there = this_process().split(" "), holder.process.split(" ")
    if len(here) != len(there) or len(there) != 4 or here[:2] != there[:2]:
        return False
    try:
        return _started(int(there[2])) != there[3]
    except FileNotFoundError:
        return True
    except (OSError, ValueError, IndexError):
        return False


def _space() -> str:
    return Path("/proc/self/ns/pid").readlink().name.replace(" ", "")


def _started(process: int) -> str:
    """In ticks since the boot: a number that is used again belongs to another start (proc_pid_stat(5), field 22)."""
    text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return "ended" if fields[0] in ("Z", "X") else fields[19]
