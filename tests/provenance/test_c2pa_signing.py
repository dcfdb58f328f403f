"""Signed renditions: what their manifests say, how heavy they are, and how signing fails."""

import io
import json
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from colophon.confined import Confined
from colophon.confined.manifests import context_settings
from colophon.domain.manifest import Lineage, Origin, rendition_manifest
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import ManifestOrder
from colophon.domain.rendition import Change, Recipe
from colophon.domain.subject import Box
from colophon.errors import SigningError
from colophon.provenance.pki import SIGNING_PURPOSES, SigningKey, Wanted, make_development_ca
from colophon.provenance.selftest import self_test
from colophon.provenance.signer import C2paSigner

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

ORDER = ManifestOrder("rendition", ({"action": "c2pa.transcoded"},))

LINEAGE = Lineage(
    asset="asset_01m8hfrbcp32r9159xr5nj0gm1",
    campaign="spring-mugs",
    placement="instagram/feed_portrait",
    brand="Northwind",
    origin=Origin("Vendor", "flux-2-pro"),
)


def recipe(fmt: PictureFormat = PictureFormat.WEBP) -> Recipe:
    return Recipe(Box(102, 0, 819, 1024), 1080, 1350, fmt, None, "<x/>")


def order_of(fmt: PictureFormat = PictureFormat.WEBP) -> ManifestOrder:
    return rendition_manifest(LINEAGE, recipe(fmt), (Change.CROPPED, Change.RESIZED))


def signed(world: World, content: bytes, fmt: PictureFormat = PictureFormat.WEBP, parent: bytes | None = None) -> bytes:
    order = order_of(fmt)
    original = parent or world.original()
    return world.signer().sign(content, fmt.media_type, order, parent=original, parent_media_type="image/png").content


def crjson(content: bytes) -> list[dict[str, Any]]:
    with (
        c2pa.Context.from_dict(context_settings([], ("1.3.6.1.5.5.7.3.4",))) as context,
        c2pa.Reader("image/webp", io.BytesIO(content), context=context) as reader,
    ):
        manifests: list[dict[str, Any]] = json.loads(reader.crjson())["manifests"]
        return manifests


def test_the_parent_is_recorded_as_trusted_when_it_was(world: World, make_picture: Callable[..., bytes]) -> None:
    manifest, _ = crjson(signed(world, make_picture("webp")))
    recorded = manifest["assertions"]["c2pa.ingredient.v3"]["validationResults"]["activeManifest"]
    assert "signingCredential.trusted" in [status["code"] for status in recorded["success"]]
    assert recorded["failure"] == []


def test_own_assertions_hold_the_facts_and_no_prompt(world: World, make_picture: Callable[..., bytes]) -> None:
    manifest, _ = crjson(signed(world, make_picture("webp")))
    assertions = manifest["assertions"]
    assert assertions["org.colophon.rendition"]["placement"] == "instagram/feed_portrait"
    assert assertions["c2pa.ai-disclosure"]["modelName"] == "flux-2-pro"
    entries = assertions["cawg.training-mining"]["entries"]
    assert {entry["use"] for entry in entries.values()} == {"notAllowed"}
    assert "prompt" not in json.dumps(manifest).lower()


def test_the_manifest_of_a_rendition_stays_small(
    world: World, make_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    make_development_ca(tmp_path / "ca", organisation="Northwind", now=world.now)
    chain, key = ((tmp_path / "ca" / name).read_text() for name in ("chain.pem", "key.pem"))
    signer, parent, added = C2paSigner(chain, key, policy=world.policy()), world.original(), list[int]()
    for fmt in PictureFormat:
        content = make_picture("jpeg" if fmt is PictureFormat.JPEG else fmt.value)
        order = order_of(fmt)
        made = signer.sign(content, fmt.media_type, order, parent=parent, parent_media_type="image/png")
        added.append(len(made.content) - len(content))
    assert statistics.median(added) <= 9_000, added


def test_every_signature_has_its_own_bytes_also_from_threads(world: World, make_picture: Callable[..., bytes]) -> None:
    signer, parent, content = world.signer(), world.original(), make_picture("webp")
    order = order_of()

    def one(_: int) -> bytes:
        return signer.sign(content, "image/webp", order, parent=parent, parent_media_type="image/png").content

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(one, range(16)))
    assert len(set(made)) == 16
    assert all(world.reader().read(each).clean for each in made)


def test_an_expired_leaf_signs_nothing_and_the_hint_says_why(world: World, make_picture: Callable[..., bytes]) -> None:
    expired = world.brand.with_leaf(Wanted("Signer", "Brand Ltd", days=1), world.now - timedelta(days=3))
    signer = world.signer(expired)
    with pytest.raises(SigningError) as caught:
        world.child(world.original(), signer=signer)
    assert "renew" in caught.value.hint
    assert signer.organisation == "Brand Ltd"


def test_a_key_that_is_not_the_certificates_is_refused_at_once(world: World) -> None:
    with pytest.raises(SigningError, match="does not belong"):
        C2paSigner(world.brand.chain, world.vendor.leaf.key_pem)


def test_an_old_key_form_is_refused_with_the_command_that_converts_it(world: World) -> None:
    form, none = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    sec1 = world.brand.leaf.key.private_bytes(serialization.Encoding.PEM, form, none).decode()
    with pytest.raises(SigningError) as caught:
        C2paSigner(world.brand.chain, sec1)
    assert "pkcs8" in caught.value.hint
    assert sec1.splitlines()[1] not in repr(caught.value) + caught.value.hint


def test_no_error_quotes_the_key(world: World) -> None:
    lines = world.brand.leaf.key_pem.splitlines()
    damaged = "\n".join([lines[0], lines[1][:-4], *lines[2:]])
    for chain, key in ((world.brand.chain, damaged), (damaged, world.brand.leaf.key_pem), (world.brand.chain, "x")):
        with pytest.raises(SigningError) as caught:
            C2paSigner(chain, key)
        told = "".join(str(part) for part in (caught.value, caught.value.hint, caught.value.__cause__))
        assert lines[1][:20] not in told
    assert lines[1][:20] not in repr(world.signer().__dict__) + repr(world.brand.leaf)


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ed25519.Ed25519PrivateKey.generate, "ed25519"),
        (lambda: rsa.generate_private_key(65537, 2048), "ps256"),
    ],
)
def test_the_algorithm_follows_the_key(world: World, make: Callable[[], SigningKey], algorithm: str) -> None:
    brand = world.brand.with_leaf(Wanted("Signer", "Brand Ltd"), world.now, make())
    verdict = world.reader().read(world.child(world.original(), signer=world.signer(brand)))
    assert verdict.clean
    assert verdict.signer is not None
    assert verdict.signer.algorithm == algorithm


def test_a_key_of_another_kind_is_refused(world: World) -> None:
    brand = world.brand.with_leaf(Wanted("Signer", "Brand Ltd"), world.now, ec.generate_private_key(ec.SECP256K1()))
    with pytest.raises(SigningError, match="kind of key"):
        world.signer(brand)


def test_garbage_and_wrong_media_types_are_signing_errors(world: World, make_picture: Callable[..., bytes]) -> None:
    order = ManifestOrder("x", ({"action": "c2pa.transcoded"},))
    for content, kind in ((b"garbage", "image/png"), (make_picture("png"), "text/plain"), (b"", "image/jpeg")):
        with pytest.raises(SigningError):
            world.signer().sign(content, kind, order, parent=world.original(), parent_media_type="image/png")


def test_a_manifest_that_breaks_a_rule_is_not_signed(world: World, make_picture: Callable[..., bytes]) -> None:
    order = ManifestOrder("x", ({"action": "c2pa.opened"},))
    with pytest.raises(SigningError):
        world.signer().sign(
            make_picture("png"), "image/png", order, parent=world.original(), parent_media_type="image/png"
        )


def test_self_test_is_silent_when_all_is_well_and_speaks_when_the_policy_lacks_the_signer(world: World) -> None:
    assert self_test(world.signer(), world.reader()) == []
    problems = self_test(world.signer(), world.reader(world.vendor.anchor("vendor")))
    assert len(problems) == 4
    assert "policy test" in problems[0].message


def test_self_test_reports_a_signer_that_cannot_sign(world: World) -> None:
    expired = world.brand.with_leaf(
        Wanted("Signer", "Brand Ltd", 1, purposes=SIGNING_PURPOSES), world.now - timedelta(3)
    )
    assert [problem.code for problem in self_test(world.signer(expired), world.reader())] == ["signing"] * 4


def test_children_sign_what_this_process_would(world: World, make_picture: Callable[..., bytes]) -> None:
    confined = Confined(1)
    signer = C2paSigner(world.brand.chain, world.brand.leaf.key_pem, policy=world.policy(), confined=confined)
    parent = world.original()
    try:
        for detached in (False, True):
            made = signer.sign(
                make_picture(), "image/png", ORDER, parent=parent, parent_media_type="image/png", detached=detached
            )
            verdict = world.reader().read(made.content, made.manifest if detached else None)
            assert (verdict.clean, len(verdict.chain), made.detached) == (True, 2, detached)
        with pytest.raises(SigningError) as caught:
            signer.sign(b"no picture", "image/png", ORDER, parent=parent, parent_media_type="image/png")
        assert caught.value.hint
        assert "PRIVATE KEY" not in str(caught.value) + repr(vars(signer))
    finally:
        confined.close()
    with pytest.raises(SigningError, match="signing process failed"):
        signer.sign(make_picture(), "image/png", ORDER, parent=parent, parent_media_type="image/png")
