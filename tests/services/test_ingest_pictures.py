"""What becomes of delivered bytes and of files from outside."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from pydantic import SecretStr

from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import Finding, Verdict
from colophon.domain.generation import GenerationState, Job, JobStatus
from colophon.domain.provenance import ProvenanceState
from colophon.errors import CheckError, InvalidInput, ObjectCorrupt, PictureError
from colophon.sandbox.draw import draw
from colophon.sandbox.signing import sign
from colophon.services.identify import identify_file
from colophon.services.ingest import ingest, ingest_file
from colophon.settings import RouteSettings

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World


def verdicts(world: World, asset: str) -> dict[str, str]:
    return {f.name: f.verdict.value for f in world.rt.catalog.assets.findings(asset)}


def provenance_finding(world: World, asset: str) -> Finding:
    return next(f for f in world.rt.catalog.assets.findings(asset) if f.name == "provenance")


def replaced(world: World, *, model: str) -> Asset:
    """The asset of an order for flux-2-pro, after its picture was delivered with papers that name ``model``."""
    generation = world.one()
    world.submit(generation)
    signed = sign(
        _plain_png(512, 512),
        "image/png",
        folder=world.settings.sandbox_folder,
        model=model,
        title="delivered.png",
        when=world.clock.now(),
    )
    job = Job(str(world.progress(generation).request_id), JobStatus.READY)
    digest = world.rt.store.put(signed, "image/png")
    world.rt.catalog.orders.record_original(generation, 1, digest, job, now=world.clock.now())
    assert world.ingest(generation) is GenerationState.ASSET
    return world.rt.catalog.assets.get(str(world.progress(generation).asset_id))


def delivered(world: World, fault: str, name: str = "spring") -> str:
    generation = world.one(name)
    world.faults(fault)
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    return generation


def test_a_picture_that_passes_all_checks_is_checked_and_keeps_its_papers(world: World) -> None:
    asset = world.bought()
    assert asset.state is AssetState.CHECKED
    names = ("picture", "provenance", "safety", "duplicate", "palette", "words", "prompt", "people", "space", "logo")
    assert verdicts(world, asset.id) == dict.fromkeys(names, "pass")
    assert (asset.facts.width, asset.facts.height, asset.bytes) == (512, 512, len(world.rt.store.get(asset.sha256)))
    provenance = world.rt.catalog.assets.provenance(asset.id)
    assert provenance.clean
    assert provenance.signer is not None
    assert provenance.signer.anchor == "sandbox"
    assert [link.anchor for link in provenance.chain] == ["sandbox"]
    assert world.progress(str(asset.generation)).state is GenerationState.ASSET


def test_examining_again_changes_nothing(world: World) -> None:
    asset = world.bought()
    before = world.progress(str(asset.generation))
    assert world.ingest(str(asset.generation)) is GenerationState.ASSET
    assert world.progress(str(asset.generation)) == before
    assert [a.id for a in world.rt.catalog.assets.of_campaign("spring")] == [asset.id]


def test_a_picture_without_papers_waits_for_a_person(world: World) -> None:
    generation = delivered(world, "unsigned")
    assert world.ingest(generation) is GenerationState.ASSET
    asset = world.rt.catalog.assets.get(str(world.progress(generation).asset_id))
    assert asset.state is AssetState.HELD
    assert verdicts(world, asset.id)["provenance"] == "review"
    assert world.rt.catalog.assets.provenance(asset.id).state is ProvenanceState.NONE
    assert [a.id for a in world.rt.catalog.assets.waiting(limit=100)] == [asset.id]


def test_papers_that_do_not_fit_their_picture_reject_it(world: World) -> None:
    signed, other = world.bought("source"), world.bought("autumn")
    changed = _with_pixels_of(world.rt.store.get(other.sha256), papers_of=world.rt.store.get(signed.sha256))
    generation = world.one()
    world.submit(generation)
    request = str(world.progress(generation).request_id)
    digest = world.rt.store.put(changed, "image/png")
    job = Job(request, JobStatus.READY)
    world.rt.catalog.orders.record_original(generation, 1, digest, job, now=world.clock.now())

    assert world.ingest(generation) is GenerationState.REJECTED
    progress = world.progress(generation)
    assert progress.problem_code == "check_failed"
    asset = world.rt.catalog.assets.get(str(progress.asset_id))
    assert asset.state is AssetState.REJECTED
    assert verdicts(world, asset.id)["provenance"] == "fail"
    assert world.rt.catalog.assets.provenance(asset.id).integrity == "broken"
    assert asset.id not in {a.id for a in world.rt.catalog.assets.waiting(limit=100)}


def test_a_picture_signed_by_another_house_than_its_routes_is_held(
    tmp_path: Path, finished_home: Path, open_world: OpenWorld
) -> None:
    """A route that was pointed at another service: what comes is trusted, but not what was bought."""
    shutil.copytree(finished_home, tmp_path / "home")
    strange = RouteSettings(base_url="http://sandbox.invalid/bfl", api_key=SecretStr("any"))
    world = open_world(tmp_path, routes={"bfl": strange})
    asset = world.bought(model={"routes": ["bfl"]})
    finding = provenance_finding(world, asset.id)
    assert (asset.state, finding.verdict) == (AssetState.HELD, Verdict.REVIEW)
    assert "'Colophon Sandbox' as signer, not Black Forest Labs Inc." in finding.reasons[-1]
    assert world.rt.catalog.assets.provenance(asset.id).clean


def test_a_picture_whose_papers_name_another_model_than_ordered_is_held(world: World) -> None:
    asset = replaced(world, model="flux-2-klein-4b")
    finding = provenance_finding(world, asset.id)
    assert (asset.state, finding.verdict) == (AssetState.HELD, Verdict.REVIEW)
    assert "'flux-2-klein-4b' as model, flux-2-pro was ordered" in finding.reasons[-1]


def test_a_picture_whose_papers_name_the_model_ordered_is_not_held_for_them(world: World) -> None:
    asset = replaced(world, model="flux-2-pro")
    assert (asset.state, verdicts(world, asset.id)["provenance"]) == (AssetState.CHECKED, "pass")


def test_a_picture_trusted_under_an_entry_that_is_not_for_vendors_is_held(world: World) -> None:
    policy = world.settings.trust_policy_file
    policy.write_text(policy.read_text().replace('kind = "vendor"', 'kind = "brand"'))
    asset = world.bought()
    finding = provenance_finding(world, asset.id)
    assert (asset.state, finding.verdict) == (AssetState.HELD, Verdict.REVIEW)
    assert "entry 'sandbox', which is not for vendors" in finding.reasons[-1]


def test_a_picture_of_a_route_that_is_gone_is_held(world: World) -> None:
    generation = delivered(world, "slow:0")
    bench = replace(world.rt.bench_of(generation), expected=lambda route, model: None)
    ingest(generation, bench=bench)
    asset = world.rt.catalog.assets.get(str(world.progress(generation).asset_id))
    assert asset.state is AssetState.HELD
    assert "not set up any more" in provenance_finding(world, asset.id).reasons[-1]


def test_another_size_than_ordered_is_rejected_and_kept(world: World) -> None:
    generation = delivered(world, "wrong_size")
    assert world.ingest(generation) is GenerationState.REJECTED
    asset = world.rt.catalog.assets.get(str(world.progress(generation).asset_id))
    finding = next(f for f in world.rt.catalog.assets.findings(asset.id) if f.name == "picture")
    assert finding.verdict is Verdict.FAIL
    assert "512 x 512 was ordered, this is 256 x 256" in finding.reasons[0]
    assert world.rt.store.exists(asset.sha256)
    assert world.render(generation) == []


@pytest.mark.parametrize(("fault", "code"), [("not_a_picture", "picture_format"), ("truncated", "picture_undecodable")])
def test_bytes_that_are_no_picture_are_rejected_and_kept(world: World, fault: str, code: str) -> None:
    generation = delivered(world, fault)
    assert world.ingest(generation) is GenerationState.REJECTED
    progress = world.progress(generation)
    assert (progress.problem_code, progress.asset_id) == (code, None)
    assert progress.problem
    assert world.rt.store.exists(str(progress.original_sha256))
    assert world.rt.catalog.assets.of_campaign("spring") == []
    assert world.spending() == ("0.03", "0.00")


def test_an_original_that_was_damaged_in_the_store_is_not_examined(world: World) -> None:
    generation = delivered(world, "slow:0")
    address = world.rt.store.address(str(world.progress(generation).original_sha256))
    _append(address)
    with pytest.raises(ObjectCorrupt):
        world.ingest(generation)
    assert world.progress(generation).state is GenerationState.DELIVERED


@pytest.mark.parametrize(
    ("scores", "state", "verdict"),
    [
        ({"FACE_FEMALE": 0.9}, AssetState.CHECKED, "pass"),
        ({"BUTTOCKS_EXPOSED": 0.4}, AssetState.HELD, "review"),
        ({"FEMALE_BREAST_EXPOSED": 0.8}, AssetState.REJECTED, "fail"),
    ],
)
def test_what_the_safety_engine_sees_decides(
    world: World, scores: dict[str, float], state: AssetState, verdict: str
) -> None:
    world.engine.scores = scores
    generation = delivered(world, "slow:0")
    world.ingest(generation)
    asset = world.rt.catalog.assets.get(str(world.progress(generation).asset_id))
    assert (asset.state, verdicts(world, asset.id)["safety"]) == (state, verdict)


def test_a_check_that_cannot_run_is_unknown_and_holds_the_picture(world: World) -> None:
    world.engine.failure = CheckError("the model file is damaged")
    asset = world.bought()
    assert asset.state is AssetState.HELD
    finding = next(f for f in world.rt.catalog.assets.findings(asset.id) if f.name == "safety")
    assert (finding.verdict, finding.reasons) == (Verdict.UNKNOWN, ("the model file is damaged",))


def test_the_same_picture_in_another_campaign_is_rejected(world: World) -> None:
    visual = [{"id": "hero", "prompt": "The same mug", "seeds": [7]}]
    first = world.bought("spring", visuals=visual)
    generation = world.one("autumn", visuals=visual)
    world.submit(generation)
    world.collect(generation)
    assert world.ingest(generation) is GenerationState.REJECTED
    second = str(world.progress(generation).asset_id)
    finding = next(f for f in world.rt.catalog.assets.findings(second) if f.name == "duplicate")
    assert finding.verdict is Verdict.FAIL
    assert first.id in finding.reasons[0]


def test_a_file_from_outside_is_held_and_known_the_second_time(world: World, tmp_path: Path) -> None:
    file = tmp_path / "from-elsewhere.png"
    file.write_bytes(_plain_png(300, 200))
    asset = ingest_file(file, bench=world.rt.bench)
    assert (asset.state, asset.campaign, asset.generation) == (AssetState.HELD, "_outside", None)
    assert world.rt.store.get(asset.sha256) == file.read_bytes()
    assert ingest_file(file, bench=world.rt.bench) == asset
    assert [a.id for a in world.rt.catalog.assets.page(limit=10)] == [asset.id]


def test_a_copy_of_an_asset_from_outside_is_rejected_when_only_its_wrapping_differs(
    world: World, tmp_path: Path
) -> None:
    asset = world.bought()
    file = tmp_path / "copy.png"
    file.write_bytes(_rewrapped(world.rt.store.get(asset.sha256)))
    copied = ingest_file(file, bench=world.rt.bench)
    assert copied.id != asset.id
    assert copied.state is AssetState.REJECTED
    assert verdicts(world, copied.id)["duplicate"] == "fail"


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg/>"])
def test_a_file_that_is_no_picture_leaves_nothing(world: World, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "note.png"
    file.write_bytes(content)
    with pytest.raises(PictureError):
        ingest_file(file, bench=world.rt.bench)
    assert world.rt.catalog.assets.page(limit=10) == []


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_file_that_cannot_be_read_is_named(world: World, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        ingest_file(tmp_path / name, bench=world.rt.bench)
    assert raised.value.where == str(tmp_path / name)


def test_a_file_over_the_limit_is_refused_unread(world: World, tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    with file.open("wb") as sparse:
        sparse.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(InvalidInput, match="larger than 64 MB"):
        ingest_file(file, bench=world.rt.bench)


def _identified(file: Path, world: World) -> list[dict[str, Any]]:
    view = identify_file(file, catalog=world.rt.catalog, imaging=world.rt.imaging, reader=world.rt.reader)
    matches: list[dict[str, Any]] = view["matches"]
    return matches


def test_identify_names_an_asset_by_bytes_rendition_pixels_and_look(world: World, tmp_path: Path) -> None:
    asset, [rendition] = world.rendered(placements=["linkedin/single_image_square"])
    other = world.bought("winter", visuals=[{"id": "hero", "prompt": "A glass tower at night in the rain"}])
    original = world.rt.store.get(asset.sha256)
    files = {
        "bytes": original,
        "rendition": world.rt.store.get(rendition.sha256),
        "pixels": _rewrapped(original),
        "fingerprint": _recompressed(original),
    }
    for how, content in files.items():
        file = tmp_path / f"{how}.any"
        file.write_bytes(content)
        [match] = _identified(file, world)
        assert (match["asset_id"], match["how"], match["state"]) == (asset.id, how, "checked")
        assert match["score"] == 1.0 if how != "fingerprint" else 0.8 < match["score"] <= 1.0
        assert match["asset_id"] != other.id


def test_identify_says_nothing_about_a_stranger(world: World, tmp_path: Path) -> None:
    world.bought()
    file = tmp_path / "stranger.png"
    file.write_bytes(_plain_png(400, 300))
    assert _identified(file, world) == []


def _append(address: str) -> None:
    with Path(address).open("ab") as file:
        file.write(b"more")


def _plain_png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    draw("a mug", 1, width, height).save(file, "PNG")
    return file.getvalue()


def _rewrapped(content: bytes) -> bytes:
    """The same pixels in a new file without any papers."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.save(file, "PNG", compress_level=9)
    return file.getvalue()


def _recompressed(content: bytes) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").resize((picture.width // 2, picture.height // 2)).save(file, "JPEG", quality=70)
    return file.getvalue()


def _with_pixels_of(content: bytes, *, papers_of: bytes) -> bytes:
    """A PNG with the manifest chunk of another one."""
    papers = next(chunk for kind, chunk in _chunks(papers_of) if kind == b"caBX")
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, chunk in _chunks(content):
        if kind == b"IDAT" and papers:
            parts.append(papers)
            papers = b""
        if kind != b"caBX":
            parts.append(chunk)
    return b"".join(parts)


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        found.append((png[at + 4 : at + 8], png[at:end]))
        at = end
    return found
