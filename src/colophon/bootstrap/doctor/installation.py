"""What this installation holds: its home, catalog, stores, keys and papers."""

from collections.abc import Iterator

from colophon.bootstrap.auditing import notary
from colophon.bootstrap.certificates import WARN_DAYS, ending
from colophon.bootstrap.doctor.row import Row
from colophon.bootstrap.publishing import make_purge, make_view
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import signing_chain
from colophon.provenance import certificate_facts, self_test, stamp_verdict
from colophon.services.audit_log import OVERDUE
from colophon.services.checkpoint import newest

_PROBE = b"colophon doctor was here\n"


def home(rt: Runtime) -> Iterator[Row]:
    yield Row("ok", "home", str(rt.settings.home))


def catalog(rt: Runtime) -> Iterator[Row]:
    campaigns = rt.catalog.boards.count()
    kind = "SQLite" if rt.settings.database.startswith("sqlite") else "PostgreSQL"
    yield Row("ok", "catalog", f"{kind}, {campaigns} campaigns")


def store(rt: Runtime) -> Iterator[Row]:
    digest = rt.store.put(_PROBE, "text/plain")
    rt.store.get(digest)
    yield Row("ok", "store", rt.settings.storage)


def cdn(rt: Runtime) -> Iterator[Row]:
    rt.shelf  # noqa: B018 - opening it is the test
    yield Row("ok", "cdn", rt.settings.cdn)
    if make_view(rt.settings, rt.shelf).public and make_purge(rt.settings) is None:
        hint = "see COLOPHON_PURGE__KIND, unless nothing keeps copies in front of it"
        yield Row("note", "cdn", "withdrawn files are purged nowhere", hint)
    now = rt.clock.now()
    if overdue := [each for each in rt.catalog.withdrawals.unfinished() if each.overdue(now)]:
        message = (
            f"{len(overdue)} withdrawn files still answer past their limit, the first at {overdue[0].addresses[0]}"
        )
        yield Row("problem", "cdn", message, "colophon unpublish --due says what answers, and purges again")


def signing(rt: Runtime) -> Iterator[Row]:
    leaf = certificate_facts(signing_chain(rt.settings), now=rt.clock.now())[0]
    if rt.settings.signing_cert is None:
        hint = "set COLOPHON_SIGNING_CERT and COLOPHON_SIGNING_KEY before pictures leave the house"
        yield Row("note", "signing", f"development certificate of {rt.signer.organisation}", hint)
    state = "problem" if leaf.days_left < 0 else "note" if leaf.days_left < WARN_DAYS else "ok"
    renew = "colophon certs develop" if leaf.development else "colophon certs request"
    hint = "" if state == "ok" else f"renew the certificate ({renew}): signing stops when it ends"
    yield Row(state, "signing", f"{leaf.subject}: {leaf.days_left} days left", hint)
    problems = self_test(rt.signer.without_stamps(), rt.reader)
    for problem in problems:
        yield Row("problem", "signing", str(problem), "certificate, key and trust policy must belong together")
    if not problems:
        yield Row("ok", "signing", "signed and read back one picture in each format")


def stamps(rt: Runtime) -> Iterator[Row]:
    if not rt.settings.tsa_url:
        hint = "with COLOPHON_TSA_URL renditions stay trusted after the certificate ends"
        yield Row("note", "stamps", "renditions get no time stamp", hint)
        return
    found = stamp_verdict(rt.signer, rt.reader)
    if found == "trusted":
        yield Row("ok", "stamps", "the time-stamp service answers, and the trust policy believes it")
    else:
        hint = "add the root of the service's certificate to the trust policy, as an anchor of kind tsa"
        yield Row("note", "stamps", f"the stamp of a picture signed now is {found}", hint)


def trust(rt: Runtime) -> Iterator[Row]:
    policy = rt.trust_policy
    names = ", ".join(anchor.name for anchor in policy.in_force(rt.clock.now())) or "nobody"
    yield Row("ok", "trust", f"policy {policy.name} {policy.version} ({policy.digest[:12]}) believes: {names}")
    for name, each in ending(policy, rt.clock.now()):
        until = f"ended on {each.not_after.date()}" if each.days_left < 0 else f"{each.days_left} days left"
        hint = "add its successor to the trust policy; what was signed under it is judged by its stamps afterwards"
        yield Row("note", "trust", f"anchor {name}, {each.subject}: {until}", hint)


def audit_log(rt: Runtime) -> Iterator[Row]:
    made = notary(rt)
    last = newest(made)
    places = " and ".join(place.address for place in made.places)
    if last is None:
        yield Row("note", "audit log", f"no checkpoint yet at {places}", "colophon audit checkpoint")
        return
    _, since = made.log.checkpointed()
    if since is not None and made.clock.now() - since > OVERDUE:
        hint = "run the flow upkeep on its schedule, or colophon audit checkpoint"
        yield Row("problem", "audit log", f"events since {since:%Y-%m-%d %H:%M} UTC are under no checkpoint", hint)
        return
    at = last.checkpoint.at
    yield Row("ok", "audit log", f"{last.checkpoint.size} events under the checkpoint of {at:%Y-%m-%d %H:%M} UTC")


PARTS = (home, catalog, store, cdn, signing, stamps, trust, audit_log)
