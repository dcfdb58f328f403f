"""What is configured, reachable, expired or missing, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from PIL import features

from colophon.bootstrap.auditing import notary
from colophon.bootstrap.buying import api_key
from colophon.bootstrap.certificates import WARN_DAYS, ending
from colophon.bootstrap.home import is_initialised
from colophon.bootstrap.hooks import check_hooks
from colophon.bootstrap.publishing import make_purge, make_view
from colophon.bootstrap.reach import others_reach, trusted_proxies
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import signing_chain
from colophon.bootstrap.tokens import metrics_token
from colophon.errors import ColophonError, InvalidInput
from colophon.provenance import certificate_facts, self_test, stamp_verdict
from colophon.services.audit_log import OVERDUE
from colophon.services.checkpoint import newest
from colophon.services.show_notify import target_views
from colophon.settings import Settings

_PROBE = b"colophon doctor was here\n"


@dataclass(frozen=True, slots=True)
class _Row:
    """``state``: ok, note (works, worth knowing) or problem."""

    state: str
    part: str
    message: str
    hint: str = ""


def examine(settings: Settings) -> list[dict[str, str]]:
    """One row a part. Reads, and writes one small object to the store; orders nothing and calls no provider."""
    if not is_initialised(settings):
        row = _Row("problem", "home", f"{settings.home} is not set up", "colophon init")
        return [_as_dict(row)]
    rt = Runtime(settings)
    try:
        return [_as_dict(row) for part in _PARTS for row in _safely(part, rt)]
    finally:
        rt.close()


def _as_dict(row: _Row) -> dict[str, str]:
    return {"state": row.state, "part": row.part, "message": row.message, "hint": row.hint}


def _safely(part: Callable[[Runtime], Iterator[_Row]], rt: Runtime) -> Iterator[_Row]:
    """A part that fails is a finding, and the next is still looked at."""
    try:
        yield from part(rt)
    except ColophonError as error:
        name = part.__name__.removeprefix("_").replace("_", " ")
        yield _Row("problem", name, f"{error.where + ': ' if error.where else ''}{error.message}", error.hint)


def _home(rt: Runtime) -> Iterator[_Row]:
    yield _Row("ok", "home", str(rt.settings.home))


def _catalog(rt: Runtime) -> Iterator[_Row]:
    campaigns = rt.catalog.boards.count()
    kind = "SQLite" if rt.settings.database.startswith("sqlite") else "PostgreSQL"
    yield _Row("ok", "catalog", f"{kind}, {campaigns} campaigns")


def _store(rt: Runtime) -> Iterator[_Row]:
    digest = rt.store.put(_PROBE, "text/plain")
    rt.store.get(digest)
    yield _Row("ok", "store", rt.settings.storage)


def _cdn(rt: Runtime) -> Iterator[_Row]:
    rt.shelf  # noqa: B018 - opening it is the test
    yield _Row("ok", "cdn", rt.settings.cdn)
    if make_view(rt.settings, rt.shelf).public and make_purge(rt.settings) is None:
        hint = "see COLOPHON_PURGE__KIND, unless nothing keeps copies in front of it"
        yield _Row("note", "cdn", "withdrawn files are purged nowhere", hint)
    now = rt.clock.now()
    if overdue := [each for each in rt.catalog.withdrawals.unfinished() if each.overdue(now)]:
        message = (
            f"{len(overdue)} withdrawn files still answer past their limit, the first at {overdue[0].addresses[0]}"
        )
        yield _Row("problem", "cdn", message, "colophon unpublish --due says what answers, and purges again")


def _signing(rt: Runtime) -> Iterator[_Row]:
    leaf = certificate_facts(signing_chain(rt.settings), now=rt.clock.now())[0]
    if rt.settings.signing_cert is None:
        hint = "set COLOPHON_SIGNING_CERT and COLOPHON_SIGNING_KEY before pictures leave the house"
        yield _Row("note", "signing", f"development certificate of {rt.signer.organisation}", hint)
    state = "problem" if leaf.days_left < 0 else "note" if leaf.days_left < WARN_DAYS else "ok"
    renew = "colophon certs develop" if leaf.development else "colophon certs request"
    hint = "" if state == "ok" else f"renew the certificate ({renew}): signing stops when it ends"
    yield _Row(state, "signing", f"{leaf.subject}: {leaf.days_left} days left", hint)
    problems = self_test(rt.signer.without_stamps(), rt.reader)
    for problem in problems:
        yield _Row("problem", "signing", str(problem), "certificate, key and trust policy must belong together")
    if not problems:
        yield _Row("ok", "signing", "signed and read back one picture in each format")


def _stamps(rt: Runtime) -> Iterator[_Row]:
    if not rt.settings.tsa_url:
        hint = "with COLOPHON_TSA_URL renditions stay trusted after the certificate ends"
        yield _Row("note", "stamps", "renditions get no time stamp", hint)
        return
    found = stamp_verdict(rt.signer, rt.reader)
    if found == "trusted":
        yield _Row("ok", "stamps", "the time-stamp service answers, and the trust policy believes it")
    else:
        hint = "add the root of the service's certificate to the trust policy, as an anchor of kind tsa"
        yield _Row("note", "stamps", f"the stamp of a picture signed now is {found}", hint)


def _trust(rt: Runtime) -> Iterator[_Row]:
    policy = rt.trust_policy
    names = ", ".join(anchor.name for anchor in policy.in_force(rt.clock.now())) or "nobody"
    yield _Row("ok", "trust", f"policy {policy.name} {policy.version} ({policy.digest[:12]}) believes: {names}")
    for name, each in ending(policy, rt.clock.now()):
        until = f"ended on {each.not_after.date()}" if each.days_left < 0 else f"{each.days_left} days left"
        hint = "add its successor to the trust policy; what was signed under it is judged by its stamps afterwards"
        yield _Row("note", "trust", f"anchor {name}, {each.subject}: {until}", hint)


def _decisions(rt: Runtime) -> Iterator[_Row]:
    policy = rt.decision_policy.ref
    yield _Row(
        "ok", "decisions", f"policy {policy.name} {policy.version} ({policy.sha256[:12]}) judges what checks find"
    )


def _audit_log(rt: Runtime) -> Iterator[_Row]:
    made = notary(rt)
    last = newest(made)
    places = " and ".join(place.address for place in made.places)
    if last is None:
        yield _Row("note", "audit log", f"no checkpoint yet at {places}", "colophon audit checkpoint")
        return
    _, since = made.log.checkpointed()
    if since is not None and made.clock.now() - since > OVERDUE:
        hint = "run the flow upkeep on its schedule, or colophon audit checkpoint"
        yield _Row("problem", "audit log", f"events since {since:%Y-%m-%d %H:%M} UTC are under no checkpoint", hint)
        return
    at = last.checkpoint.at
    yield _Row("ok", "audit log", f"{last.checkpoint.size} events under the checkpoint of {at:%Y-%m-%d %H:%M} UTC")


def _checks(rt: Runtime) -> Iterator[_Row]:
    engine = rt.safety_engine
    if engine is None:
        hint = "install the extra colophon[safety] (its engine NudeNet is under AGPL-3.0)"
        yield _Row("note", "checks", "no image safety engine: every picture waits for a person", hint)
    else:
        yield _Row("ok", "checks", f"image safety by {engine.name} {engine.version}, in a process of its own")
    reader = rt.word_reader
    if reader is None:
        missing = "no reader of words: pictures whose briefs ask about words wait for a person"
        yield _Row("note", "checks", missing, "install the extra colophon[ocr]")
    else:
        yield _Row("ok", "checks", f"words read by {reader.name} {reader.version}, in a process of its own")


def _lettering(rt: Runtime) -> Iterator[_Row]:
    if features.check_feature("raqm"):
        yield _Row("ok", "lettering", f"Raqm {features.version_feature('raqm')} shapes what is laid on pictures")
    else:
        hint = "install Pillow from its wheel, which has Raqm, HarfBuzz and FriBidi in it"
        yield _Row("problem", "lettering", "Pillow was built without Raqm: no words are laid on pictures", hint)


def _prompts(rt: Runtime) -> Iterator[_Row]:
    names = ", ".join(f"{each.name} {each.version}" for each in rt.prompt_lists)
    for profile in rt.check_profiles:
        rt.prompt_screen(profile)  # a list or category that is not there is told by what this raises
    yield _Row("ok", "prompts", f"screened by {names}")


def _moderation(rt: Runtime) -> Iterator[_Row]:
    service = rt.moderation
    if service is None:
        yield _Row("ok", "moderation", "no outside service: pictures stay in the house")
        return
    hint = "every picture is sent there, also unpublished ones; unset COLOPHON_MODERATION__SERVICE to stop that"
    yield _Row("note", "moderation", f"pictures are shown to {service.name} ({rt.settings.moderation.base_url})", hint)


def _routes(rt: Runtime) -> Iterator[_Row]:
    for route in rt.market.routes.values():
        if not route.enabled:
            yield _Row("note", f"route {route.name}", "switched off")
            continue
        try:
            api_key(route, rt.settings)
        except InvalidInput as error:
            yield _Row("note", f"route {route.name}", "no API key", error.hint)
            continue
        sandboxed = " (draws its own pictures, signs with a test certificate)" if route.embedded else ""
        default = ", used by default" if route.name in rt.settings.default_routes else ""
        yield _Row("ok", f"route {route.name}", f"{route.base_url}{sandboxed}{default}")


def _webhooks(rt: Runtime) -> Iterator[_Row]:
    address = check_hooks(rt.settings)
    if address is None:
        yield _Row("ok", "webhooks", "off: vendors are asked, and none is given an address")
        return
    hint = (
        "" if rt.settings.webhook_key else "where several machines order or receive, give all one COLOPHON_WEBHOOK_KEY"
    )
    yield _Row("ok", "webhooks", f"vendors may report to {address}, where `colophon serve` is to answer", hint)


def _notify(rt: Runtime) -> Iterator[_Row]:
    views = target_views(rt.despatch)
    if not views:
        yield _Row("ok", "notify", "no other program is told what happens")
    for view in views:
        where = view["address"] or "not in these settings"
        counts = f"{view['pending']} waiting, {view['dead']} given up"
        if view["state"] == "stopped":
            yield _Row("problem", "notify", f"{view['name']}: {view['why']}", f"colophon notify resume {view['name']}")
        elif view["dead"]:
            hint = "colophon notify list --state dead says why; colophon notify redeliver --dead"
            yield _Row("problem", "notify", f"{view['name']} ({where}): {counts}", hint)
        else:
            yield _Row("ok" if view["configured"] else "note", "notify", f"{view['name']} ({where}): {counts}")


def _metrics(rt: Runtime) -> Iterator[_Row]:
    token = metrics_token(rt.settings)
    if not others_reach(None, trusted_proxies(None, rt.settings), rt.settings):
        yield _Row("ok", "metrics", "/metrics answers this machine; from elsewhere it needs COLOPHON_METRICS_TOKEN")
    elif token is None:
        hint = "set COLOPHON_METRICS_TOKEN, and give it to Prometheus as a bearer token"
        yield _Row("note", "metrics", "settings speak of a proxy, so /metrics answers nobody: it has no key", hint)
    else:
        yield _Row("ok", "metrics", "/metrics asks for its bearer token")


def _prefect(rt: Runtime) -> Iterator[_Row]:
    from os import environ

    address = environ.get("PREFECT_API_URL")
    if not address:
        yield _Row(
            "ok", "prefect", "a temporary server for each run, and one that `colophon serve` keeps (no PREFECT_API_URL)"
        )
        return
    try:
        httpx.get(f"{address.rstrip('/')}/health", timeout=5).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        hint = "start it with `prefect server start`, or unset PREFECT_API_URL"
        yield _Row("problem", "prefect", f"{address} does not answer: {type(error).__name__}", hint)
    else:
        yield _Row("ok", "prefect", address)


_PARTS = (
    _home,
    _catalog,
    _store,
    _cdn,
    _signing,
    _stamps,
    _trust,
    _audit_log,
    _checks,
    _decisions,
    _lettering,
    _prompts,
    _moderation,
    _routes,
    _webhooks,
    _notify,
    _metrics,
    _prefect,
)
