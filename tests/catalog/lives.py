"""A catalog with at least two rows in every guarded table, written through its ports."""

from dataclasses import replace
from datetime import timedelta

from colophon.catalog import SqlCatalog
from colophon.domain.account import Account, ApiToken, Grant, Role, SignedIn, SignInTry
from colophon.domain.asset import sha256
from colophon.domain.finding import Comment, Outcome, findings_digest
from colophon.domain.generation import GenerationState
from colophon.domain.halt import Halt, scope_of
from colophon.domain.history import Judged, Occasion
from colophon.domain.identity import new_id
from colophon.domain.kept import KeptManifest
from colophon.domain.money import Money
from colophon.domain.provenance import ProvenanceState
from colophon.domain.record import CostBasis, Publication
from colophon.domain.subject import FocusChoice, Point
from colophon.domain.withdrawal import Sighting, Why, Withdrawal
from colophon.ports import Issue
from tests.catalog.conftest import Maker


def live(catalog: SqlCatalog, make: Maker) -> list[str]:
    """Two campaigns from order to withdrawal, and two who work there. The campaigns' assets."""
    for name in ("Ada", "Bo"):
        _person(catalog, make, name)
    return [_campaign(catalog, make, campaign) for campaign in ("mugs", "jugs")]


def _person(catalog: SqlCatalog, make: Maker, name: str) -> None:
    later = make.now + timedelta(hours=1)
    account = Account(new_id("acc", make.now), name, make.now, (Grant(Role.REVIEWER, "Acme"),), f"idp {name}")
    catalog.accounts.add(account, password="$argon2id$", by="Cy")
    catalog.accounts.sign_in(f"session of {name}", SignedIn(account.id, make.now, later, make.now, "password"))
    known = {"now": make.now, "expires_at": later, "instead_of": None, "most": 9}
    catalog.known_browsers.know(f"browser of {name}", account.id, **known)  # type: ignore[arg-type]
    catalog.accounts.add_link(f"link of {name}", account.id, expires_at=later)
    token = ApiToken(new_id("tok", make.now), account.id, "jobs", make.now, later, (Role.REVIEWER,), ("Acme",))
    catalog.accounts.add_token(token, f"token of {name}")
    one = SignInTry(new_id("try", make.now), make.now, name, "192.0.2.1", "ok", "password", account.id)
    catalog.sign_in_tries.tried(one)
    catalog.limits.set(account.id, Money.of(str(len(name)), "USD"), currency="USD", by="Cy", now=make.now)


def _campaign(catalog: SqlCatalog, make: Maker, campaign: str) -> str:
    generations = [make.generation(campaign) for _ in range(3)]
    brief, planned = make.brief(campaign, title=campaign), (make.planned_rendition(),)
    by = f"Ada of {campaign}"
    make.register(catalog, generations, brief=brief, revision=f"rev-{campaign}", renditions=planned, by=by)
    bought, refused, unknown = (generation.id for generation in generations)
    make.delivered(catalog, bought)
    attempt = make.begin(catalog, refused)
    said = {"code": "moderated", "problem": "said no", "charge": None, "basis": CostBasis.UNKNOWN}
    catalog.orders.end(refused, attempt, GenerationState.REFUSED, now=make.now, by="Bo", **said)  # type: ignore[arg-type]
    attempt = make.begin(catalog, unknown)
    catalog.orders.record_unknown(unknown, attempt, problem="lost", now=make.now)
    catalog.orders.not_taken(unknown, attempt, by="Bo", problem="vendor says no", now=make.now)
    asset = replace(make.asset(bought), campaign=campaign)
    findings = (make.finding(), replace(make.finding(), name="technical"))
    manifest = KeptManifest(f"urn:{campaign}", "aa" * 32, asset.id, None, ProvenanceState.VALID)
    judgement = make.judgement(Outcome.HOLD, len(findings))
    catalog.assets.add(
        asset, provenance=make.provenance(), findings=findings, judgement=judgement, now=make.now, manifest=manifest
    )
    catalog.reviews.check_again(asset, findings, judgement, now=make.now)
    catalog.reviews.comment(Comment(new_id("com", make.now), asset.id, "Ada", "a little dark", make.now))
    for action in ("reject", "approve"):
        decision = replace(make.decision(asset, action), findings_sha256=findings_digest(findings))
        catalog.assets.decide(decision)
    catalog.assets.focus(FocusChoice(new_id("foc", make.now), asset.id, Point(3, 4), "Ada", make.now))
    rendition = make.rendition(asset)
    catalog.assets.add_rendition(rendition, now=make.now, provenance=make.provenance())
    changed = replace(make.provenance(), state=ProvenanceState.VALID)
    catalog.verdicts.record([Judged(asset.id, rendition.id, changed)], occasion=Occasion.AGAIN, now=make.now)
    for number in range(2):
        publication = Publication(
            f"pub_{campaign}_{number}", campaign, rendition.id, f"{campaign}/{number}.jpg", "https://cdn.example/x",
            rendition.sha256, make.now,
        )  # fmt: skip
        catalog.publications.open(publication)
    catalog.publications.close(f"pub_{campaign}_0", at=make.now)
    taken_back = Withdrawal(
        new_id("wd", make.now), f"pub_{campaign}_0", campaign, rendition.id, ("https://cdn.example/x",), Why.ASKED,
        make.now, make.now,
    )  # fmt: skip
    begun = catalog.withdrawals.begin(taken_back)
    catalog.withdrawals.mark(begun.id, taken_down_at=make.now, purged_at=make.now)
    gone = Sighting("https://cdn.example/x", "get", 404, {"age": campaign}, None, make.now, make.now)
    catalog.withdrawals.see(begun.id, [gone])
    number = (latest.sequence if (latest := catalog.issues.latest()) else 0) + 1
    listed = str(number).encode()
    catalog.issues.add(Issue(number, sha256(listed), make.now, listed, b"signature"))
    catalog.halts.halt(Halt(new_id("hlt", make.now), scope_of(campaign), "Bo", "a wrong price", make.now))
    catalog.halts.lift(scope_of(campaign), by="Ada", now=make.now)
    return asset.id
