"""Rows of a made-up catalog: campaigns, orders, money, pictures, verdicts and cards, with the unevenness of real ones.

Few brands and campaigns have most of the pictures, few words most of the places in prompts, and more is bought each
month. Every row agrees with the others: what is charged is in the ledger and its sums, what is approved was decided on.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from colophon.briefs.loading import canonical
from colophon.catalog.cards import card_of
from colophon.catalog.tallies import SUMS, Key, Line, added_up, of_days
from colophon.domain.brief import Brief
from colophon.domain.identity import new_id, place_of

Record = dict[str, Any]
SINCE, DAYS = datetime(2025, 1, 1, tzinfo=UTC), 730
_MODELS = ("flux-2-pro", "flux-2-flex", "flux-2-max", "flux-1.1-pro", "flux-kontext-pro", "gpt-image-1", "seedream-4")
_SHARES = (0.46, 0.2, 0.12, 0.1, 0.07, 0.04, 0.01)
_PRICES = (45_000, 60_000, 100_000, 40_000, 40_000, 42_000, 30_000)
_ROUTES = ("bfl", "fal", "replicate", "together", "azure")
_STATES = {"approved": 0.7, "rejected": 0.14, "checked": 0.1, "held": 0.055, "": 0.005}
_VERDICTS = {"trusted": 0.78, "troubled": 0.08, "valid": 0.06, "none": 0.06, "invalid": 0.015, "error": 0.005}
_OUTCOMES = {"approved": "accept", "rejected": "reject", "checked": "accept", "held": "hold"}
_FREQUENT = (
    "a the of on with in and soft light mug blue morning oak table harbour night glass matte ceramic warm studio linen"
    " shadow red coffee window rain street garden wooden product photograph clean background natural depth field macro"
)
_COMMON = _FREQUENT.split()
_PARTS = "ba ke li mo nu ra se ti vo wa zu dan fel gor hin jur kam lor mir nes pol qua rus sil tor ven"
_SYLLABLES = _PARTS.split()
_FOREIGN = ("Straßencafé an der Küste", "crème brûlée à côté", "青い湖のそばのマグカップ", "чайник на окне")


@dataclass
class Batch:
    """Rows by table, in an order in which what is referred to comes first."""

    rows: dict[str, list[Record]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


def vocabulary(size: int = 8000) -> list[str]:
    """The most frequent first."""
    count = len(_SYLLABLES)
    made = (
        _SYLLABLES[n % count] + _SYLLABLES[n // count % count] + (_SYLLABLES[n // count**2] if n >= count**2 else "")
        for n in range(size - len(_COMMON))
    )
    return [*_COMMON, *made]


def batches(assets: int, seed: int = 20270304, part: int = 5000) -> Iterator[Batch]:
    """``assets`` pictures over two years, oldest first; the same for the same seed, but for the chance in their ids."""
    chance = np.random.default_rng(seed)
    campaigns = max(3, assets // 400)
    brands = max(2, campaigns // 30)
    brand_of = _zipf(brands, 1.0, chance, campaigns)
    yield _campaigns(campaigns, brand_of)
    words = np.array(vocabulary())
    weights = 1 / np.arange(1, len(words) + 1) ** 0.9
    weights /= weights.sum()
    tallies: Counter[tuple[Key, str]] = Counter()
    places: Counter[int] = Counter()
    last = -1
    for start in range(0, assets, part):
        count = min(part, assets - start)
        batch = Batch()
        # Twice as much is bought at the end as at the beginning.
        share = (np.arange(start, start + count) + chance.random(count)) / assets
        seconds = DAYS * 86_400 * (np.sqrt(1 + 3 * share) - 1)
        order = np.sort(seconds)
        prompts = words[chance.choice(len(words), size=(count, 48), p=weights)]
        # A campaign is busy for a while: those of a time are neighbours.
        middle = (share * campaigns).astype(int)
        slugs = np.clip(middle + _zipf(60, 0.8, chance, count) - 20, 0, campaigns - 1)
        draws = {
            "model": chance.choice(len(_MODELS), count, p=_SHARES),
            "route": _zipf(len(_ROUTES), 1.1, chance, count),
            "state": chance.choice(len(_STATES), count, p=list(_STATES.values())),
            "verdict": chance.choice(len(_VERDICTS), count, p=list(_VERDICTS.values())),
            "seed": chance.integers(0, 2**31, count),
            "length": chance.integers(12, 48, count),
            "rare": chance.random(count),
            "hash": chance.integers(-(2**63), 2**63, (count, 3)),
        }
        for at in range(count):
            number = start + at
            drawn = {name: value[at] for name, value in draws.items()}
            drawn["position"] = places[slugs[at]]
            places[slugs[at]] += 1
            slug, moment = int(slugs[at]), SINCE + timedelta(seconds=float(order[at]))
            prompt = " ".join(prompts[at][: drawn["length"]])
            if drawn["rare"] < 0.03:
                prompt += ", " + _FOREIGN[number % len(_FOREIGN)]
            last = _picture(batch, number, slug, int(brand_of[slug]), moment, prompt, drawn, tallies, last)
        yield batch
    yield _sums(tallies)


def _zipf(size: int, power: float, chance: np.random.Generator, count: int) -> Any:
    weights = 1 / np.arange(1, size + 1) ** power
    return chance.choice(size, count, p=weights / weights.sum())


def _campaigns(count: int, brand_of: Any) -> Batch:
    batch = Batch()
    for number in range(count):
        at = _text(SINCE + timedelta(days=DAYS * number / count))
        batch.add("campaigns", slug=_slug(number), revision=_sha(f"r{number}"), created_at=at, updated_at=at)
    for number in range(count):
        batch.add(
            "revisions", campaign=_slug(number), revision=_sha(f"r{number}"), title=f"Season {number % 40} of {number}",
            brand=_brand(int(brand_of[number])), owner="Ada", renditions="[]", cap_micros=10**12,
            currency="USD", registered_at=_text(SINCE), canonical=_brief(number, int(brand_of[number])),
        )  # fmt: skip
    return batch


def _brief(number: int, brand: int) -> str:
    brief = {
        "schema_version": 1,
        "campaign": _slug(number),
        "title": f"Season {number % 40} of {number}",
        "brand": {"name": _brand(brand)},
        "visuals": [
            {"id": f"visual-{each}", "prompt": "A matte ceramic mug on an oak table", "variants": 4}
            for each in range(12)
        ],
        "placements": ["opengraph/universal"],
        "budget": {"currency": "USD", "cap": "1000000"},
    }
    return canonical(Brief.model_validate(brief))


def _picture(
    batch: Batch, number: int, slug: int, brand: int, moment: datetime, prompt: str, drawn: Record,
    tallies: "Counter[tuple[Key, str]]", last: int,
) -> int:  # fmt: skip
    model, route = _MODELS[drawn["model"]], f"{_ROUTES[drawn['route']]}-{_MODELS[drawn['model']]}"
    state = list(_STATES)[drawn["state"]] or "held"
    verdict = list(_VERDICTS)[drawn["verdict"]]
    generation, asset, at = f"gen_{_sha(str(number))[:40]}", new_id("asset", moment), _text(moment)
    price = _PRICES[drawn["model"]] + 15_000 * (number % 3)
    corrected = drawn["rare"] > 0.95
    charged = price + (500 * (number % 7) if corrected else 0)
    digest, seed = _sha(f"a{number}"), int(drawn["seed"])
    facts = {
        "asset": asset, "campaign": _slug(slug), "visual": f"visual-{number % 12}", "state": state,
        "outcome": _OUTCOMES[state], "verdict": verdict, "brand": _brand(brand),
        "title": f"Season {slug % 40} of {slug}", "model": model, "route": route, "prompt": prompt,
        "prompt_used": None, "seed": seed, "seed_reported": seed if number % 3 else None, "cost_micros": charged,
    }  # fmt: skip
    key = Key(moment.date(), _slug(slug), _brand(brand), route, model, "USD")
    lines = [
        Line(key, "reservation", price, "estimated"), Line(key, "release", price, "estimated"),
        Line(key, "charge", price, "reported"),
    ]  # fmt: skip
    if corrected:
        lines.append(Line(key, "correction", charged - price, "settled"))
    tallies.update(added_up(lines))
    batch.add(
        "generations", id=generation, campaign=_slug(slug), revision=_sha(f"r{slug}"), visual=facts["visual"],
        variant=number % 4, master="m1", width=1024, height=1024, route=route, model=model, seed=seed, prompt=prompt,
        structure="{}", safety="strict", references="[]", routes=json.dumps([route]), low_micros=price,
        high_micros=price, currency="USD", state="rejected" if state == "rejected" else "asset", attempt=1,
        provider=_ROUTES[drawn["route"]], request_id=f"task-{number}", submitted_at=at,
        seed_reported=facts["seed_reported"] and str(seed), parameters='{"seed":' + str(seed) + "}",
        cost_micros=charged, cost_currency="USD", cost_basis="settled" if corrected else "reported",
        original_sha256=digest, asset_id=asset, wish=_sha(prompt),
    )  # fmt: skip
    batch.add(
        "wanted", campaign=_slug(slug), revision=_sha(f"r{slug}"), position=drawn["position"], generation=generation,
    )  # fmt: skip
    batch.add(
        "attempts", generation=generation, number=1, route=route, model=model, started_at=at, ended_at=at,
        outcome="delivered", request_id=f"task-{number}", seconds=9.5,
    )  # fmt: skip
    for place, line in enumerate(lines):
        batch.add(
            "ledger", id=f"led_{number:022d}{place}", campaign=line.key.campaign, brand=line.key.brand,
            day=line.key.day.isoformat(), model=model, generation=generation, attempt=1, kind=line.kind,
            micros=line.micros, currency="USD", basis=line.basis, route=route, request_id=f"task-{number}", at=at,
        )  # fmt: skip
    found = _provenance(verdict, number)
    phash, dhash, code = (int(each) for each in drawn["hash"])
    batch.add(
        "assets", id=asset, sha256=digest, bytes=2_000_000, campaign=_slug(slug), visual=facts["visual"],
        variant=number % 4, generation=generation, state=state, format="png", width=1024, height=1024, mode="RGB",
        frames=1, pixels_sha256=digest, phash=phash, dhash=dhash, deviation=50.0, outcome=facts["outcome"],
        provenance=found, created_at=at,
    )  # fmt: skip
    batch.add(
        "rounds", asset=asset, number=1, checked_at=at, occasion="ingest", findings_round=1, findings_sha256=_sha("f"),
        outcome="hold" if state == "held" else "accept", weights='["note","note","note"]', absent="[]",
        policy="colophon", policy_version="1", policy_sha256=_sha("d"),
    )  # fmt: skip
    for place, name in enumerate(("provenance", "safety", "duplicate")):
        doubt = "review" if state == "held" and place == 1 else "pass"
        batch.add(
            "findings", asset=asset, round=1, position=place, name=name, version="1", verdict=doubt, score=0.5,
            reasons="[]", parameters='{"threshold":0.6}',
        )  # fmt: skip
    batch.add(
        "fingerprints", subject=asset, alg="iscc", view=0, asset=asset, bits=code, rest=_sha(f"i{number}")[:48],
        **{f"b{band}": code >> 16 * (3 - band) & 0xFFFF for band in range(4)},
    )  # fmt: skip
    batch.add(
        "verdicts", id=f"ver_{number:026d}", asset=asset, occasion="ingest", judged_at=at, confirmed_at=at,
        state="trusted" if verdict == "troubled" else verdict, policy=_sha("p"), lists="", library="c2pa 0.91",
        provenance=found, changes="null",
    )  # fmt: skip
    batch.add(
        "standings", subject=asset, asset=asset, campaign=_slug(slug), verdict=f"ver_{number:026d}", state=verdict,
        grounds=_sha("g"), due_at="9000-01-01 00:00:00.000000",
    )  # fmt: skip
    if state in ("approved", "rejected"):
        batch.add(
            "decisions", id=f"dec_{number:026d}", asset=asset, action="approve" if state == "approved" else "reject",
            decided_by="Ada", reason="looked at", decided_at=at, asset_sha256=digest, findings_sha256=_sha("f"),
            actor="person", accepted="[]", needed=1,
        )  # fmt: skip
    if number % 10 == 0:
        batch.add("comments", id=f"com_{number:026d}", asset=asset, said_by="Ada", text="a little dark", said_at=at)
    if state == "approved" and number % 4 == 0:
        _published(batch, number, slug, asset, at)
    place = max(last + 1, place_of(asset, moment))
    batch.add("cards", place=place, **card_of(facts))
    return place


def _published(batch: Batch, number: int, slug: int, asset: str, at: str) -> None:
    rendition, digest = f"ren_{number:026d}", _sha(f"x{number}")
    batch.add(
        "renditions", id=rendition, asset=asset, placement="opengraph/universal", format="jpg", width=1200, height=630,
        sha256=digest, bytes=80_000, recipe=digest, quality=82, signer="Northwind", created_at=at,
    )  # fmt: skip
    batch.add(
        "publications", id=f"pub_{number:026d}", campaign=_slug(slug), rendition=rendition, key=f"{slug}/{number}.jpg",
        address=f"https://cdn.example/{slug}/{number}.jpg", sha256=digest, published_from=at,
    )  # fmt: skip


def _sums(tallies: "Counter[tuple[Key, str]]") -> Batch:
    batch = Batch()
    for key in sorted({key for key, _ in tallies}):
        sums = {name: tallies[key, name] for name in SUMS}
        batch.add("tallies", **key._asdict() | {"day": key.day.isoformat()} | sums)
    days = of_days(tallies)
    for day in sorted({day for day, _ in days}):
        sums = {name: days[day, name] for name in SUMS}
        batch.add("day_tallies", **day._asdict() | {"day": day.day.isoformat()} | sums)
    return batch


def _provenance(verdict: str, number: int) -> str:
    trusted = verdict in ("trusted", "troubled")
    found = {
        "state": "trusted" if trusted else verdict,
        "integrity": "intact" if trusted else "unknown",
        "signer": {
            "organisation": "Vendor", "common_name": "Signing", "serial": f"{number:032x}", "trusted": trusted,
            "anchor": "vendor", "algorithm": "es256",
        },
        "timestamp": "absent",
        "signed_at": None,
        "revocation": "not_checked",
        "claim": {"vendor": "Vendor", "model": None},
        "policy": {"name": "default", "version": "1", "issued": "2027-01-01", "digest": "ab" * 32},
        "library": "c2pa 0.91",
        "chain": [],
        "problems": ["policy.revocation_unknown"] if verdict == "troubled" else [],
    }  # fmt: skip
    return json.dumps(found)


def _slug(number: int) -> str:
    return f"campaign-{number:05d}"


def _brand(number: int) -> str:
    return f"Brand {number}"


def _sha(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
