"""The verdict on files: the cases in which one tick would mislead."""

import json
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from colophon.confined import Confined
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder, ProvenanceState
from colophon.domain.trust import C2PA_SIGNING, AnchorKind
from colophon.errors import PictureError
from colophon.provenance.pki import Wanted
from colophon.provenance.reader import C2paReader
from colophon.services.show_asset import provenance_view

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any


def test_a_bought_picture_is_trusted_in_all_parts(world: World) -> None:
    verdict = world.reader().read(world.original())
    assert verdict.clean
    assert (verdict.integrity, verdict.timestamp, verdict.revocation) == ("intact", "absent", "not_checked")
    assert verdict.signer is not None
    assert (verdict.signer.organisation, verdict.signer.common_name) == ("Vendor Inc.", "Signer")
    assert (verdict.signer.anchor, verdict.signer.trusted, verdict.signer.algorithm) == ("vendor", True, "es256")
    assert verdict.signer.serial == f"{world.vendor.leaf.certificate.serial_number:x}"
    assert verdict.claim == {
        "vendor": "Vendor Inc.",
        "model": "flux-2-pro",
        "source_type": TRAINED_ALGORITHMIC_MEDIA,
        "generator": "Vendor API 2",
        "date": "2026-03-01T10:00:00Z",
    }
    assert verdict.policy["digest"] == world.policy().digest
    assert "c2pa-rs 0." in verdict.library


def test_a_chain_of_two_has_both_signers_and_anchors(world: World) -> None:
    verdict = world.reader().read(world.child(world.original()))
    assert verdict.clean
    assert [(link.organisation, link.trusted, link.title) for link in verdict.chain] == [
        ("Brand Ltd", True, "rendition"),
        ("Vendor Inc.", True, "original"),
    ]
    assert verdict.chain[0].actions == ("c2pa.opened", "c2pa.transcoded")
    assert verdict.chain[1].source_types == (TRAINED_ALGORITHMIC_MEDIA,)
    assert verdict.signer is not None
    assert verdict.signer.anchor == "brand"
    assert verdict.claim["vendor"] == "Vendor Inc."


def test_the_verdict_as_json_has_the_members_scripts_rely_on(world: World) -> None:
    shown = json.loads(json.dumps(provenance_view(world.reader().read(world.child(world.original())))))
    assert {"state", "integrity", "signer", "timestamp", "chain", "problems"} <= set(shown)
    assert {"organisation", "common_name", "trusted", "anchor"} <= set(shown["signer"])
    assert {"label", "title", "organisation", "trusted", "problems", "actions"} <= set(shown["chain"][1])
    absent = json.loads(json.dumps(provenance_view(world.reader().read(b""))))
    assert (absent["state"], absent["signer"], absent["chain"]) == ("error", None, [])


def test_a_chain_signed_without_anchors_is_trusted_by_a_reader_that_has_them(world: World) -> None:
    verdict = world.reader().read(world.child(world.original(), signer=world.signer(policy=None)))
    assert verdict.clean
    assert verdict.chain[1].trusted


def test_a_changed_pixel_is_invalid(world: World, tamper: Callable[[bytes], bytes]) -> None:
    verdict = world.reader().read(tamper(world.original()))
    assert (verdict.state, verdict.integrity) == (ProvenanceState.INVALID, "broken")
    assert "assertion.dataHash.mismatch" in verdict.problems


def test_a_stripped_picture_has_no_manifest(world: World, make_picture: Callable[..., bytes]) -> None:
    verdict = world.reader().read(make_picture("png"))
    assert (verdict.state, verdict.integrity, verdict.signer) == (ProvenanceState.NONE, "absent", None)
    assert verdict.problems == ()
    assert not verdict.clean


def test_an_unknown_authority_is_valid_and_untrusted(world: World) -> None:
    verdict = world.reader().read(world.original(world.stranger))
    assert (verdict.state, verdict.integrity) == (ProvenanceState.VALID, "intact")
    assert verdict.problems == ("signingCredential.untrusted",)
    assert verdict.signer is not None
    assert (verdict.signer.organisation, verdict.signer.trusted, verdict.signer.anchor) == ("Stranger", False, None)


def test_a_policy_that_names_nothing_believes_nobody(world: World) -> None:
    reader = C2paReader(world.confined, world.policy().model_copy(update={"anchors": ()}))
    assert reader.read(world.original()).state is ProvenanceState.VALID


def test_a_purpose_that_the_policy_does_not_list_is_invalid_with_intact_bytes(world: World) -> None:
    wanted = Wanted("Signer", "Vendor Inc.", purposes=(ObjectIdentifier(C2PA_SIGNING),))
    signed = world.original(world.vendor.with_leaf(wanted, world.now))
    assert world.reader().read(signed).clean
    verdict = world.reader(ekus=("1.3.6.1.5.5.7.3.36",)).read(signed)
    assert (verdict.state, verdict.integrity) == (ProvenanceState.INVALID, "intact")
    assert "signingCredential.invalid" in verdict.problems


def test_a_client_certificate_is_no_signer(world: World) -> None:
    """Such a leaf cannot sign at all."""
    wanted = Wanted("Signer", "Brand Ltd", purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,))
    with pytest.raises(Exception, match="certificate is invalid"):
        world.original(world.brand.with_leaf(wanted, world.now))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("tampered", "ingredient.assertion.dataHash.mismatch"),
        ("unsigned", "policy.parent-unsigned"),
        ("untrusted", "ingredient.signingCredential.untrusted"),
    ],
)
@pytest.mark.parametrize("knows_anchors", [True, False])
def test_a_trusted_child_does_not_launder_its_parent(
    world: World,
    tamper: Callable[[bytes], bytes],
    make_picture: Callable[..., bytes],
    spoil: str,
    code: str,
    knows_anchors: bool,
) -> None:
    parents: dict[str, Callable[[], bytes]] = {
        "tampered": lambda: tamper(world.original()),
        "unsigned": lambda: make_picture("png"),
        "untrusted": lambda: world.original(world.stranger),
    }
    signer = world.signer() if knows_anchors else world.signer(policy=None)
    child = world.child(parents[spoil](), signer=signer)
    grandchild = world.child(child)
    for depth, content in enumerate((child, grandchild)):
        verdict = world.reader().read(content)
        assert code in verdict.problems
        assert not verdict.clean
        assert verdict.chain[depth].trusted
    if spoil != "unsigned":
        assert code.removeprefix("ingredient.") in verdict.chain[2].problems
        assert verdict.chain[2].trusted is (spoil == "tampered")


def test_records_that_contradict_each_other_do_not_decide_about_a_signer(world: World) -> None:
    """The child records its parent as untrusted, the grandchild as trusted: only what is found now counts."""
    child = world.child(world.original(), signer=world.signer(policy=None))
    content = world.child(child)
    assert world.reader().read(content).clean
    without = world.reader(world.brand.anchor("brand", AnchorKind.BRAND)).read(content)
    assert [link.trusted for link in without.chain] == [True, True, False]
    assert without.problems == ("ingredient.signingCredential.untrusted",)


def test_a_parent_unknown_here_is_a_problem_though_its_child_recorded_trust(world: World) -> None:
    verdict = world.reader(world.brand.anchor("brand", AnchorKind.BRAND)).read(world.child(world.original()))
    assert verdict.state is ProvenanceState.TRUSTED
    assert verdict.problems == ("ingredient.signingCredential.untrusted",)
    assert [link.trusted for link in verdict.chain] == [True, False]


def test_an_authority_for_time_stamps_vouches_for_no_claim(world: World) -> None:
    reader = world.reader(world.vendor.anchor("stamps", AnchorKind.TSA), world.brand.anchor("brand", AnchorKind.BRAND))
    verdict = reader.read(world.original())
    assert verdict.state is ProvenanceState.VALID
    assert verdict.problems == ("signingCredential.untrusted",)
    chain = reader.read(world.child(world.original())).chain
    assert [(link.trusted, link.problems) for link in chain] == [(True, ()), (False, ("signingCredential.untrusted",))]


def test_an_organisation_that_may_not_sign_under_its_anchor_is_not_trusted(world: World) -> None:
    brand = world.brand.anchor("brand", AnchorKind.BRAND)
    verdict = world.reader(world.vendor.anchor("vendor", organisations=("Other Inc.",)), brand).read(world.original())
    assert (verdict.state, verdict.problems) == (ProvenanceState.VALID, ("policy.signer",))
    allowed = world.reader(world.vendor.anchor("vendor", organisations=("Vendor Inc.",)), brand)
    assert allowed.read(world.original()).clean


def test_pins_shut_out_other_certificates_of_the_same_authority(world: World) -> None:
    other = world.vendor.with_leaf(Wanted("Other", "Vendor Inc."), world.now)
    reader = world.reader(world.vendor.anchor("vendor", pins=(world.vendor.leaf.pem,)))
    assert reader.read(world.original()).clean
    assert reader.read(world.original(other)).state is ProvenanceState.VALID


def test_an_anchor_counts_only_between_its_dates(world: World) -> None:
    today = world.now.date()
    reader = world.reader(world.vendor.anchor("vendor", valid_from=today + timedelta(days=10)))
    original = world.original()
    verdict = reader.read(original)
    assert verdict.state is ProvenanceState.VALID
    assert verdict.holds_until == datetime.combine(today + timedelta(days=10), datetime.min.time(), UTC)
    assert reader.read(original, at=world.now + timedelta(days=11)).state is ProvenanceState.TRUSTED


def test_an_expired_leaf_without_a_stamp_is_invalid_with_intact_bytes(world: World) -> None:
    """A leaf of a few seconds: signed while valid, read after."""
    wanted = Wanted("Signer", "Vendor Inc.", days=1)
    until = world.now + timedelta(days=-1, minutes=5)
    vendor = world.vendor.with_leaf(wanted, until + (datetime.now(UTC) - world.now) + timedelta(seconds=2))
    signed = world.original(vendor)
    assert world.reader().read(signed).clean
    time.sleep(max(0.0, (vendor.leaf.certificate.not_valid_after_utc - datetime.now(UTC)).total_seconds()) + 1.1)
    verdict = world.reader().read(signed)
    assert (verdict.state, verdict.integrity) == (ProvenanceState.INVALID, "intact")
    assert "signingCredential.expired" in verdict.problems


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp", "avif"])
def test_four_formats(world: World, tamper: Callable[[bytes], bytes], fmt: str) -> None:
    signed = world.child(world.original(), fmt=fmt)
    assert world.reader().read(signed).clean
    assert world.reader().read(tamper(signed)).state is not ProvenanceState.TRUSTED


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp", "avif"])
def test_a_detached_manifest_goes_there_and_back(world: World, make_picture: Callable[..., bytes], fmt: str) -> None:
    content, order = make_picture(fmt), ManifestOrder("rendition", ({"action": "c2pa.transcoded"},))
    signed = world.signer().sign(
        content, f"image/{fmt}", order, parent=world.original(), parent_media_type="image/png", detached=True
    )
    assert signed.content == content
    assert signed.detached
    assert world.reader().read(content).state is ProvenanceState.NONE
    assert world.reader().read(content, signed.manifest).clean
    assert world.reader().read(make_picture(fmt), signed.manifest).integrity == "broken"


@pytest.mark.parametrize("content", [b"", b"\x00" * 4000, b"GIF89a" + bytes(100), b"%PDF-1.7", b"<svg/>"])
def test_other_formats_are_not_parsed(world: World, content: bytes) -> None:
    verdict = world.reader().read(content)
    assert (verdict.state, verdict.integrity) == (ProvenanceState.ERROR, "unknown")
    assert verdict.problems[0] == "format.unsupported"


def test_truncated_and_spoilt_files_never_raise_and_are_never_trusted(world: World) -> None:
    reader = world.reader()
    for fmt in ("png", "jpeg", "webp", "avif"):
        signed = world.child(world.original(), fmt=fmt)
        for cut in (13, 40, 300, 2000, len(signed) // 2, len(signed) - 1):
            assert reader.read(signed[:cut]).state is not ProvenanceState.TRUSTED
        for at in range(60, len(signed) - 60, max(1, len(signed) // 25)):
            spoilt = signed[:at] + bytes(64) + signed[at + 64 :]
            verdict = reader.read(spoilt)
            assert spoilt == signed or verdict.state is not ProvenanceState.TRUSTED


def test_garbage_in_the_detached_manifest_never_raises(world: World, make_picture: Callable[..., bytes]) -> None:
    for garbage in (b"", b"\x00" * 100, struct.pack(">I4s", 2**32 - 1, b"jumb") * 50):
        assert world.reader().read(make_picture("png"), garbage).state is not ProvenanceState.TRUSTED


def test_too_large_is_an_error_and_is_not_parsed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.provenance.reader.MAX_PICTURE_BYTES", 100)
    assert world.reader().read(bytes(101)).problems == ("limits.size",)


def test_too_many_manifests_are_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.confined.manifests.MAX_MANIFESTS", 1)
    verdict = world.reader().read(world.child(world.original()))
    assert (verdict.state, verdict.problems[0]) == (ProvenanceState.ERROR, "limits.manifests")


def test_a_child_that_dies_is_an_error_with_its_reason(world: World) -> None:
    class Dying:
        def call(self, *_: object) -> Any:
            raise PictureError("killed by its memory limit", reason="limits")

    verdict = C2paReader(Dying(), world.policy()).read(world.original())
    assert verdict.state is ProvenanceState.ERROR
    assert verdict.problems == ("reader.limits", "killed by its memory limit")


def test_a_child_that_lies_about_the_shape_is_an_error(world: World) -> None:
    class Lying:
        def call(self, *_: object) -> Any:
            return {"outcome": "read", "message": "", "library": "", "manifests": {"x": {"title": 7}}}, []

    verdict = C2paReader(Lying(), world.policy()).read(world.original())
    assert (verdict.state, verdict.problems) == (ProvenanceState.ERROR, ("reader.answer",))


def test_the_real_child_process_says_the_same(world: World) -> None:
    content = world.child(world.original())
    confined = Confined(workers=1)
    try:
        assert C2paReader(confined, world.policy()).read(content) == world.reader().read(content)
    finally:
        confined.close()
