"""Manifest stores by label and pictures by their look, on both databases."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from colophon.catalog import SqlCatalog, bits, lookalikes, prints
from colophon.catalog.asset_tables import FingerprintRow
from colophon.catalog.database import Database
from colophon.catalog.lookalikes import nearest
from colophon.domain.asset import Asset, Fingerprints, Rendition
from colophon.domain.identity import new_id
from colophon.domain.kept import KeptManifest
from colophon.domain.provenance import ProvenanceState
from colophon.domain.record import Publication

Maker = Any
ISCC = "8f0123456789abcd" * 4


def _add(catalog: SqlCatalog, make: Maker, asset: Asset, manifest: KeptManifest | None = None) -> Asset:
    return catalog.assets.add(
        asset,
        provenance=make.provenance(),
        findings=(),
        judgement=make.judgement(count=0),
        now=make.now,
        manifest=manifest,
    )


def _kept(
    label: str,
    asset: str,
    rendition: str | None = None,
    *,
    content: str = "ab",
    state: ProvenanceState = ProvenanceState.TRUSTED,
) -> KeptManifest:
    return KeptManifest(label, content * 32, asset, rendition, state)


def _looking(asset: Asset, iscc: str | None, *windows: str, phash: str = "0" * 16) -> Asset:
    return replace(asset, facts=replace(asset.facts, fingerprints=Fingerprints(phash, "f" * 16, iscc, windows)))


def _flipped(code: str, places: Sequence[int]) -> str:
    number = int(code, 16)
    for place in places:
        number ^= 1 << place
    return f"{number:0{len(code)}x}"


def _banded(head: str) -> dict[str, int]:
    """The columns of a row that its first 64 bits decide."""
    return dict(zip(prints.BANDS, bits.bands(head), strict=True)) | {"bits": bits.signed(head)}


def _publish(catalog: SqlCatalog, make: Maker, rendition: Rendition) -> Publication:
    identity = new_id("pub", make.now)
    opened = Publication(identity, "mugs", rendition.id, f"k/{identity}", "https://x", rendition.sha256, make.now)
    return catalog.publications.open(opened)


def _alike(catalog: SqlCatalog, iscc: str, *, public: bool = False) -> list[str]:
    return [near.subject for near in catalog.lookalikes.alike({"iscc": iscc}, public=public)]


# Manifests


def test_a_manifest_is_found_by_label_and_by_what_it_came_with(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.asset()
    original = _kept("urn:c2pa:one", asset.id)
    _add(catalog, make, asset, original)
    rendition = make.rendition(asset)
    child = _kept("urn:c2pa:two", asset.id, rendition.id)
    catalog.assets.add_rendition(rendition, now=make.now, manifest=child)
    assert catalog.manifests.labelled(["urn:c2pa:two", "urn:c2pa:none", "urn:c2pa:one"]) == [child, original]
    assert catalog.manifests.of([asset.id, rendition.id]) == [original, child]
    assert catalog.manifests.of([asset.id]) == [original]
    assert catalog.manifests.of([]) == []
    assert (original.kind, child.kind) == ("original", "rendition")


def test_a_label_stays_with_the_first_that_came_with_it(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.asset(), make.asset()
    _add(catalog, make, first, _kept("urn:c2pa:one", first.id))
    _add(catalog, make, second, _kept("urn:c2pa:one", second.id, content="cd"))
    assert [kept.asset for kept in catalog.manifests.labelled(["urn:c2pa:one"])] == [first.id]
    assert catalog.manifests.of([second.id]) == []


@pytest.mark.parametrize("state", [ProvenanceState.TRUSTED, ProvenanceState.VALID])
def test_a_store_that_does_not_hold_gives_way_to_one_that_does(
    catalog: SqlCatalog, make: Maker, state: ProvenanceState
) -> None:
    forged, late, true = make.asset(), make.asset(), make.asset()
    _add(catalog, make, forged, _kept("urn:c2pa:one", forged.id, state=ProvenanceState.INVALID))
    _add(catalog, make, late, _kept("urn:c2pa:one", late.id, state=ProvenanceState.INVALID))
    assert [kept.asset for kept in catalog.manifests.labelled(["urn:c2pa:one"])] == [forged.id]
    _add(catalog, make, true, _kept("urn:c2pa:one", true.id, content="cd", state=state))
    assert catalog.manifests.labelled(["urn:c2pa:one"]) == [_kept("urn:c2pa:one", true.id, content="cd", state=state)]


def test_a_rendition_that_is_on_record_already_leaves_nothing_of_the_second(catalog: SqlCatalog, make: Maker) -> None:
    asset = _add(catalog, make, make.asset())
    first, again = make.rendition(asset), make.rendition(asset)
    catalog.assets.add_rendition(first, now=make.now, manifest=_kept("urn:c2pa:one", asset.id, first.id))
    look = Fingerprints("0" * 16, "0" * 16, ISCC)
    known = catalog.assets.add_rendition(
        again, now=make.now, manifest=_kept("urn:c2pa:two", asset.id, again.id), fingerprints=look
    )
    assert known == first
    assert catalog.manifests.labelled(["urn:c2pa:two"]) == []
    assert catalog.lookalikes.code(again.id, "iscc") is None


def test_only_what_was_published_is_public_and_its_original(catalog: SqlCatalog, make: Maker) -> None:
    asset, other = make.asset(), make.asset()
    asset, other = _looking(asset, ISCC), _looking(other, _flipped(ISCC, [0]))
    _add(catalog, make, asset, _kept("urn:c2pa:asset", asset.id))
    _add(catalog, make, other, _kept("urn:c2pa:other", other.id))
    shown, kept_back = make.rendition(asset), make.rendition(asset, recipe="01" * 32)
    for rendition, label in ((shown, "urn:c2pa:shown"), (kept_back, "urn:c2pa:back")):
        look = Fingerprints("0" * 16, "0" * 16, _flipped(ISCC, [1]))
        manifest = _kept(label, asset.id, rendition.id)
        catalog.assets.add_rendition(rendition, now=make.now, manifest=manifest, fingerprints=look)
    everything = ["urn:c2pa:asset", "urn:c2pa:other", "urn:c2pa:shown", "urn:c2pa:back"]
    assert catalog.manifests.labelled(everything, public=True) == []
    assert _alike(catalog, ISCC, public=True) == []
    publication = _publish(catalog, make, shown)
    for _ in range(2):  # while it is public, and after
        public = catalog.manifests.labelled(everything, public=True)
        assert [kept.label for kept in public] == ["urn:c2pa:asset", "urn:c2pa:shown"]
        assert {kept.label for kept in catalog.manifests.of([asset.id, other.id, kept_back.id], public=True)} == {
            "urn:c2pa:asset"
        }
        assert set(_alike(catalog, ISCC, public=True)) == {asset.id, shown.id}
        catalog.publications.close(publication.id, at=make.now)
    assert len(_alike(catalog, ISCC)) == 4


# Looks


def test_pictures_alike_are_those_a_full_comparison_finds(catalog: SqlCatalog, make: Maker) -> None:
    chance = random.Random(20270304)
    made = {}
    for _ in range(120):
        head, rest = chance.randint(0, 14), chance.randint(0, 70)
        code = _flipped(ISCC, [192 + p for p in chance.sample(range(64), head)] + chance.sample(range(192), rest))
        asset = _looking(make.asset(), code)
        made[asset.id] = code
        _add(catalog, make, asset)
    distances = {
        subject: ((int(code, 16) ^ int(ISCC, 16)) >> 192, (int(code, 16) ^ int(ISCC, 16)).bit_count())
        for subject, code in made.items()
    }
    near = {subject: far for subject, (head, far) in distances.items() if head.bit_count() <= 11 and far <= 56}
    assert len(near) > 20
    found = catalog.lookalikes.alike({"iscc": ISCC})
    assert {one.subject: one.distances["iscc"] for one in found} == near
    assert [one.score for one in found] == sorted((1 - far / 256 for far in near.values()), reverse=True)


def test_a_window_finds_the_whole_and_its_nearest_one_counts(catalog: SqlCatalog, make: Maker) -> None:
    far, near = _flipped(ISCC, range(0, 256, 2)), _flipped(ISCC, range(5))
    asset = _add(catalog, make, _looking(make.asset(), far, near, _flipped(ISCC, range(9)), near))
    [found] = catalog.lookalikes.alike({"iscc": ISCC, "phash": "0" * 16, "dhash": "0" * 16})
    assert (found.asset, found.rendition) == (asset.id, None)
    assert found.distances == {"iscc": 5, "phash": 0, "dhash": 64}
    assert catalog.lookalikes.code(asset.id, "iscc") == far


def test_a_rendition_is_found_by_its_own_pixels(catalog: SqlCatalog, make: Maker) -> None:
    asset = _add(catalog, make, _looking(make.asset(), _flipped(ISCC, range(0, 256, 2)), phash="ff" * 8))
    rendition = make.rendition(asset)
    look = Fingerprints("0f" * 8, "f0" * 8, ISCC)
    catalog.assets.add_rendition(rendition, now=make.now, fingerprints=look)
    [found] = catalog.lookalikes.alike({"iscc": ISCC})
    assert (found.asset, found.rendition, found.score) == (asset.id, rendition.id, 1.0)
    [own, other] = sorted(
        catalog.lookalikes.distances({"phash": "0f" * 8}, [asset.id, rendition.id, "nobody"]),
        key=lambda near: near.distances["phash"],
    )
    assert (own.subject, own.distances) == (rendition.id, {"phash": 0})
    assert (other.subject, other.distances) == (asset.id, {"phash": 32})


def test_a_picture_without_an_iscc_is_found_by_both_hashes_or_not_at_all(catalog: SqlCatalog, make: Maker) -> None:
    asset = _add(catalog, make, _looking(make.asset(), None))  # phash 0, dhash f
    wanted = {"iscc": ISCC, "phash": "7f" + "0" * 14, "dhash": "f" * 16}
    [found] = catalog.lookalikes.alike(wanted)
    assert (found.asset, found.distances) == (asset.id, {"phash": 7, "dhash": 0})
    assert catalog.lookalikes.alike({**wanted, "phash": "ff" + "0" * 14}) == []
    assert catalog.lookalikes.alike({**wanted, "dhash": "f" * 14 + "00"}) == []
    assert catalog.lookalikes.alike({"iscc": ISCC}) == []


def test_a_crowd_that_shares_a_band_does_not_hide_what_is_near(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """All of the crowd share the band of the code that is asked for; they are newer, and not near."""
    near, far = (_add(catalog, make, _looking(make.asset(), code)) for code in (_flipped(ISCC, [200]), "00" * 32))
    head = ISCC[:4] + "".join(f"{int(digit, 16) ^ 15:x}" for digit in ISCC[4:16])
    database = Database(url)
    with database.writing() as session:
        row = session.get_one(FingerprintRow, (far.id, "iscc", 0)).model_dump()
        session.execute(insert(FingerprintRow), [row | _banded(head) | {"view": n} for n in range(1, 20_000)])
    database.close()
    assert _alike(catalog, ISCC) == [near.id]


def test_of_more_than_are_looked_at_the_nearest_are(
    catalog: SqlCatalog, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookalikes, "SUBJECTS", 40)
    crowd = [_add(catalog, make, _looking(make.asset(), _flipped(ISCC, [200, 201]))) for _ in range(45)]
    late = _add(catalog, make, _looking(make.asset(), _flipped(ISCC, [200])))
    assert _alike(catalog, ISCC) == [late.id, *(asset.id for asset in crowd[:39])]


@pytest.mark.parametrize("public", [False, True])
def test_the_search_looks_up_every_band_in_its_index(catalog: SqlCatalog, url: str, make: Maker, public: bool) -> None:
    chance, sqlite_used = random.Random(1), url.startswith("sqlite")
    database = Database(url)
    for _ in range(40):  # PostgreSQL reads a small table by any index as well
        asset = _add(catalog, make, _looking(make.asset(), ISCC, phash=f"{chance.getrandbits(64):016x}"))
        with database.writing() as session:
            row = session.get_one(FingerprintRow, (asset.id, "iscc", 0)).model_dump()
            heads = [f"{chance.getrandbits(64):016x}" for _ in range(400)]
            views = [row | _banded(head) | {"view": view} for view, head in enumerate(heads, 1)]
            session.execute(insert(FingerprintRow), views)
    dialect = sqlite.dialect() if sqlite_used else postgresql.dialect()  # type: ignore[no-untyped-call]
    statement = nearest("iscc", ISCC[:16], public=public).compile(
        dialect=dialect, compile_kwargs={"literal_binds": True}
    )
    with database.connection(writes=True) as connection:
        connection.execute(text("ANALYZE"))
        if not sqlite_used:  # at this few rows reading all would be as quick
            connection.execute(text("SET enable_seqscan = off"))
        explained = connection.execute(text(f"EXPLAIN {'QUERY PLAN' if sqlite_used else ''} {statement}"))
        plan = "\n".join(str(row[-1]) for row in explained)
    database.close()
    for band in range(4):
        assert f"ix_fingerprints_alg_b{band}_subject_view_bits" in plan, plan
    assert "SCAN fingerprints" not in plan
    assert "Seq Scan on fingerprints" not in plan
