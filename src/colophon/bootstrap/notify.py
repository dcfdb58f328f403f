"""Who is told what happens, under the settings in force, and the passes that tell them."""

import logging
import os
import random
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from colophon.domain.delivery import Target
from colophon.errors import ColophonError, InvalidInput
from colophon.services.notify import Despatch, Served, Subscription, deliver, tidy
from colophon.settings import NotifySettings, Settings

if TYPE_CHECKING:
    from colophon.bootstrap.adapters import Adapters
    from colophon.bootstrap.workrooms import Workrooms
    from colophon.ports import Outbox

PREFECT = "prefect"
PREFECT_VARIABLE = "PREFECT_API_URL"
BESIDE = 5.0  # seconds that a command which did something else gives to it
_LOG = logging.getLogger("colophon.notify")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def targets_of(settings: Settings) -> dict[str, NotifySettings]:
    """By name, those that are switched on; underscores of a variable's name are hyphens. Raises `InvalidInput`."""
    found = {}
    for written, members in settings.notify.items():
        name, where = written.replace("_", "-").lower(), _where(written)
        if not _NAME.fullmatch(name) or name == PREFECT:
            hint = f"1 to 64 of a-z, 0-9 and hyphens; {PREFECT!r} is what {PREFECT_VARIABLE} names"
            raise InvalidInput("a target cannot have this name", where=where, hint=hint)
        if members.enabled:
            found[name] = members
    return found


def enrol(outbox: "Outbox", rt: "Adapters") -> None:
    """A target that is new to the catalog is told of what happens from now on: this is called before anything does."""
    names = [*targets_of(rt.settings), *([PREFECT] if os.environ.get(PREFECT_VARIABLE) else [])]
    if names:
        outbox.enrol(names, now=rt.clock.now())


def make_despatch(rt: "Adapters") -> Despatch:
    """Raises `InvalidInput` for a target that cannot be one."""
    made = [_webhook(name, members) for name, members in targets_of(rt.settings).items()]
    made += _prefect(os.environ)
    return Despatch(rt.catalog.outbox, tuple(made), rt.clock, random.SystemRandom().random)


def pass_on(rt: "Workrooms", *, seconds: float = BESIDE) -> Sequence[Served]:
    """Tell of what just happened, beside what the caller is about: whatever goes wrong is in the log of the program and
    nothing is raised. What was not delivered stays, and the next pass goes on with it."""
    try:
        served = deliver(rt.despatch, seconds=seconds)
    except ColophonError as error:
        where = f"{error.where}: " if error.where else ""
        _LOG.warning("nobody was told: %s%s (%s)", where, error.message, error.hint)
        return ()
    except Exception:  # noqa: BLE001 - what was published is published, whatever is wrong with telling of it
        _LOG.exception("telling of it failed in a way nobody foresaw")
        return ()
    for each in served:
        for sent in each.failed[-1:]:
            what = f"answered {sent.status}" if sent.status else sent.problem
            _LOG.warning("%s did not take %d messages (%s)", each.target, len(each.failed), what)
    return served


def sweep_out(rt: "Workrooms", *, seconds: float) -> Sequence[Served]:
    """A scheduled pass: as `pass_on`, with more time, and old deliveries are forgotten."""
    served = pass_on(rt, seconds=seconds)
    if served:
        try:
            tidy(rt.despatch)
        except ColophonError as error:
            _LOG.warning("old deliveries are still kept: %s", error.message)
    return served


def _webhook(name: str, members: NotifySettings) -> Subscription:
    from colophon.providers.http import guarded_client
    from colophon.providers.standard_webhooks import WebhookCourier, read_secrets

    written = name.replace("-", "_")
    seals = read_secrets(members.secret.get_secret_value(), f"{_where(written)}__SECRET")
    seconds = members.timeout_seconds
    client = guarded_client(allow_private=members.allow_private, answer_seconds=seconds)
    try:
        courier = WebhookCourier(client, members.url.get_secret_value(), seals, seconds=seconds)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=f"{_where(written)}__URL", hint=error.hint) from None
    return Subscription(Target(name, members.events, members.brands), courier)


def _prefect(environment: Mapping[str, str]) -> list[Subscription]:
    """The Prefect server, where one is named; it is told of everything."""
    from colophon.providers.http import guarded_client
    from colophon.providers.prefect_events import PrefectCourier

    api = environment.get(PREFECT_VARIABLE)
    if not api:
        return []
    client = guarded_client(allow_private=True, answer_seconds=15.0)
    key, auth = environment.get("PREFECT_API_KEY"), environment.get("PREFECT_API_AUTH_STRING")
    try:
        return [Subscription(Target(PREFECT), PrefectCourier(client, api, api_key=key, auth=auth))]
    except InvalidInput as error:
        raise InvalidInput(error.message, where=PREFECT_VARIABLE, hint=error.hint) from None


def _where(written: str) -> str:
    return f"COLOPHON_NOTIFY__{written.upper()}"
